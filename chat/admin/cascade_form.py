"""The form of a cascade and of its steps: what is saved can answer."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.rows import LabelledFormSet
from chat.cascade import Complexity
from chat.cascade.config import DEFAULT_THRESHOLDS
from chat.cascade.quality.calibration import known_checks
from chat.cascade.quality.kinds import Kind
from chat.models import CascadeStep, Change, ModelConfig
from chat.render.words import KINDS, LEVELS, WORDS
from chat.setup.changes import record
from chat.tools import offered

THRESHOLDS = {f"threshold_{level}": level for level in Complexity}


def checks_by_kind() -> list[tuple[str, list[tuple[str, str]]]]:
    """Those that every answer is looked at with first, then those of a kind of work alone."""
    known = known_checks()
    common = set(known[Kind.PROSE])
    groups = [(_("Every answer"), common)]
    groups += [
        (capfirst(str(KINDS[kind])), set(names) - common)
        for kind, names in known.items()
        if set(names) - common
    ]
    seen: set[str] = set()
    found = []
    for title, names in groups:
        found.append((title, [(name, _words(name)) for name in sorted(names - seen)]))
        seen |= names
    return found


def _words(name: str) -> str:
    said = capfirst(str(WORDS.get(name, name.replace("_", " "))))
    return f"{said} ({name})"


def _tools(had: list[str]) -> list[tuple[str, str]]:
    """Also those of a server that is off or gone: they stay until they are unticked."""
    here = offered()
    gone = [name for name in had if name not in dict(here)]
    return here + [(name, _("{tool}, not offered now").format(tool=name)) for name in gone]


class CascadeForm(forms.ModelForm):
    tools = forms.MultipleChoiceField(
        label=gettext_lazy("Tools"),
        choices=offered,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "What its models may use in an answer. All of them must be able to call tools."
        ),
    )
    checks_off = forms.MultipleChoiceField(
        choices=checks_by_kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("checks that are off"),
        help_text=gettext_lazy(
            "What is ticked is not looked at. A draft that is empty, refused or cut off is "
            "set aside all the same."
        ),
    )
    threshold_trivial = threshold_simple = threshold_moderate = forms.FloatField()
    threshold_hard = threshold_expert = forms.FloatField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "tools" in self.fields:  # not of somebody who may only look
            self.fields["tools"].choices = _tools(self.instance.tools)  # type: ignore[attr-defined]
        kept = self.instance.thresholds if isinstance(self.instance.thresholds, dict) else {}
        for name, level in THRESHOLDS.items():
            self.fields[name] = forms.FloatField(
                label=capfirst(str(LEVELS[level])),
                required=False,
                min_value=0,
                max_value=1,
                initial=kept.get(level.value),
                widget=forms.NumberInput(
                    attrs={
                        "placeholder": number_format(DEFAULT_THRESHOLDS[level], 2),
                        "step": "any",
                    }
                ),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = {level.value: cleaned.get(name) for name, level in THRESHOLDS.items()}
        self.instance.thresholds = {name: at for name, at in given.items() if at is not None}
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Two defaults are no error here: choosing one takes the mark from the other."""
        return {*super()._get_validation_exclusions(), "is_default"}  # type: ignore[misc]  # Django's own way, not in the stubs


class StepForm(forms.ModelForm):
    """Where no place is given, the model comes after those that have one, as it stands."""

    position = forms.IntegerField(
        required=False, min_value=0, max_value=999, label=gettext_lazy("place")
    )

    def _get_validation_exclusions(self) -> set[str]:
        """Steps are written anew together: the rows that are there now are in nobody's way."""
        return {*super()._get_validation_exclusions(), "position", "model_config"}  # type: ignore[misc]  # as above


class StepFormSet(LabelledFormSet):
    """The models of a cascade, in order."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Which row it was is not asked: after a save in another tab there are others."""
        super().add_fields(form, index)
        form.fields["id"] = forms.IntegerField(
            required=False, initial=form.fields["id"].initial, widget=forms.HiddenInput
        )

    def clean(self) -> None:
        if any(self.errors) or not self.management_form.is_valid():
            return
        models = self.models()
        for model in models:
            if models.count(model) > 1:
                raise ValidationError(
                    _("{model} stands twice: a cascade asks each model once.").format(model=model)
                )
        if len(models) < 2:
            raise ValidationError(
                _(
                    "A cascade needs at least two models: one that drafts, and one that answers "
                    "when the draft is not good enough."
                )
            )

    def models(self) -> list[ModelConfig]:
        rows = [row for row in self.cleaned_data if row.get("model_config")]
        kept = [row for row in rows if not row.get("DELETE")]
        return [row["model_config"] for row in sorted(kept, key=_place)]

    @transaction.atomic
    def save(self, commit: bool = True) -> list[CascadeStep]:
        """All anew, unless nothing changed: places are unique, so two cannot be swapped in turn."""
        self.new_objects: list[CascadeStep] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[CascadeStep] = []
        before, models = list(self.instance.steps.all()), self.models()
        if [step.model_config_id for step in before] == [model.pk for model in models]:
            return []
        names = [step.model_config.name for step in before]
        record(self.instance, Change.What.CHANGED, [("models", names, [m.name for m in models])])
        for step in before:
            step.delete()
        self.new_objects = [
            CascadeStep.objects.create(cascade=self.instance, model_config=model, position=at)
            for at, model in enumerate(models, start=1)
        ]
        return self.new_objects


def _place(row: dict[str, Any]) -> int:
    place = row.get("position")
    return 1_000 if place is None else int(place)


class StepInline(admin.TabularInline):
    model = CascadeStep
    form = StepForm
    formset = StepFormSet
    extra = 2
    ordering = ("position",)
    fields = ("position", "model_config")
    verbose_name_plural = gettext_lazy(
        "models, in order: the first drafts, the last has the last word"
    )
