"""Cascades and their steps."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from chat.cascade import CascadePolicy, ConfigError
from chat.models import Cascade, CascadeStep
from chat.tools import offered


class StepFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        """A cascade is checked as the engine would: what is saved can answer."""
        super().clean()
        if any(self.errors):
            return
        rows = [row for row in self.cleaned_data if row and not row.get("DELETE")]
        steps = [row["model_config"] for row in sorted(rows, key=lambda row: row["position"])]
        if len(steps) < 2:
            raise ValidationError(
                "A cascade needs at least two models: one that drafts, and one that answers when "
                "the draft is not good enough."
            )


class StepInline(admin.TabularInline):
    model = CascadeStep
    formset = StepFormSet
    extra = 2
    ordering = ("position",)


class CascadeForm(forms.ModelForm):
    tools = forms.MultipleChoiceField(
        choices=offered,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What its models may use in an answer. All of them must be able to call tools.",
    )

    def clean_thresholds(self) -> dict[str, float]:
        thresholds = self.cleaned_data["thresholds"] or {}
        if not isinstance(thresholds, dict):
            raise ValidationError('Write scores by level, such as {"simple": 0.6}.')
        try:
            CascadePolicy(thresholds=thresholds)
        except ConfigError as error:
            raise ValidationError(str(error)) from error
        return thresholds

    def _get_validation_exclusions(self) -> set[str]:
        """Two defaults are no error here: choosing one takes the mark from the other."""
        return {*super()._get_validation_exclusions(), "is_default"}  # type: ignore[misc]  # Django's own way, not in the stubs


@admin.register(Cascade)
class CascadeAdmin(admin.ModelAdmin):
    form = CascadeForm
    list_display = ("name", "models", "is_default", "enabled")
    inlines = (StepInline,)

    def save_model(self, request: HttpRequest, cascade: Cascade, form: Any, change: bool) -> None:
        if cascade.is_default:
            Cascade.objects.exclude(pk=cascade.pk).update(is_default=False)
        super().save_model(request, cascade, form, change)

    @admin.display(description="models")
    def models(self, cascade: Cascade) -> str:
        steps = cascade.steps.select_related("model_config")
        return " → ".join(step.model_config.name for step in steps)
