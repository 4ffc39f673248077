"""Cascades: their models in order, their policy, and a first question to each."""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from chat.admin.cascade_form import THRESHOLDS, CascadeForm, StepInline
from chat.admin.health import HealthAdmin
from chat.admin.history import KeptAdmin
from chat.cascade.providers import demo
from chat.costs import health
from chat.models import Cascade, CascadeStep, ModelConfig
from chat.setup.advice import Member, Terms, advice, advice_on
from chat.tools import gone


@admin.register(Cascade)
class CascadeAdmin(KeptAdmin, HealthAdmin):
    form = CascadeForm
    change_form_template = "admin/chat/cascade/change_form.html"
    list_display = ("name", "models", "state", "kept", "first_token", "spent")
    actions = ("clone",)
    inlines = (StepInline,)
    health_by_id = staticmethod(health.of_cascades)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "is_default")}),
        (
            gettext_lazy("Route and check"),
            {
                "fields": (tuple(THRESHOLDS), "direct_from"),
                "description": gettext_lazy(
                    "The score, 0 to 1, from which a draft is kept, by how hard the "
                    "question looks. Empty keeps the engine's own, which is shown."
                ),
            },
        ),
        (gettext_lazy("Answers"), {"fields": ("tools", "budget_usd", "system_prompt", "titles")}),
        (
            gettext_lazy("Promise and shadow checks"),
            {"fields": ("promise_percent", "shadow_percent", "shadow_usd_a_day")},
        ),
        (
            gettext_lazy("Checks on and off"),
            {"fields": ("checks_off",), "classes": ("collapse", "checks-off")},
        ),
    )

    class Media:
        js = (
            Script("js/cascade-steps.js", type="module"),
            Script("js/cascade-advice.js", type="module"),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cascade]:
        cascades: QuerySet[Cascade] = super().get_queryset(request)
        return cascades.prefetch_related(
            "steps__model_config__provider", "steps__model_config__prices"
        )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("advice/", self._view(self.advice_view), name="chat_cascade_advice"),
            path("<int:pk>/clone/", self._view(self.clone_view), name="chat_cascade_clone"),
            path("<int:pk>/try/", self._view(self.try_view), name="chat_cascade_try"),
        ]
        return own + super().get_urls()

    def _view(self, view: Any) -> Any:
        return self.admin_site.admin_view(view)

    def save_model(self, request: HttpRequest, cascade: Cascade, form: Any, change: bool) -> None:
        if cascade.is_default:
            for other in Cascade.objects.filter(is_default=True).exclude(pk=cascade.pk):
                other.is_default = False
                other.save(update_fields=["is_default"])
        super().save_model(request, cascade, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        cascade = options.get("obj")
        context["advice"] = advice_on(cascade) if cascade else []
        return super().render_change_form(request, context, *args, **options)

    @admin.display(description=gettext_lazy("models"))
    def models(self, cascade: Cascade) -> SafeString:
        names = [step.model_config.name for step in cascade.steps.all()]
        context = {"names": names, "advice": advice_on(cascade)}
        return render_to_string("admin/chat/cascade/_models.html", context)

    @admin.display(description=gettext_lazy("state"), ordering="enabled")
    def state(self, cascade: Cascade) -> str:
        if not cascade.enabled:
            return _("off")
        return _("default") if cascade.is_default else _("on")

    def advice_view(self, request: HttpRequest) -> HttpResponse:
        """What is to be said of a form as it stands, saved or not."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        members = [Member.of(config) for config in posted_models(request)]
        return JsonResponse({"advice": advice(members, posted_terms(request))})

    def clone_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        cascade = get_object_or_404(Cascade, pk=pk)
        if request.method != "POST":
            return redirect("admin:chat_cascade_change", pk)
        made = cloned(cascade)
        self.log_addition(request, made, f"Cloned from {cascade}.")
        messages.success(
            request,
            _("{made} is a copy of {cascade}, and off until you turn it on.").format(
                made=made, cascade=cascade
            ),
        )
        return redirect("admin:chat_cascade_change", made.pk)

    @admin.action(description=gettext_lazy("Clone"), permissions=["add"])
    def clone(self, request: HttpRequest, chosen: QuerySet[Cascade]) -> None:
        for cascade in chosen:
            made = cloned(cascade)
            self.log_addition(request, made, f"Cloned from {cascade}.")
            messages.success(
                request, _("{made} is a copy, and off until you turn it on.").format(made=made)
            )

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A question to the saved cascade: an ordinary conversation of the operator's own."""
        cascade = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, cascade):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try {cascade}").format(cascade=cascade),
            "opts": self.opts,
            "cascade": cascade,
            "advice": advice_on(cascade),
            "models": [step.model_config for step in cascade.steps.all()],
            "suggestions": demo.prompts(get_language() or ""),
            "client_id": uuid.uuid4(),
            "step": 4 if request.GET.get("then") == "setup" else None,
        }
        return TemplateResponse(request, "admin/chat/cascade/try.html", context)


@transaction.atomic
def cloned(cascade: Cascade) -> Cascade:
    steps = list(cascade.steps.all())
    copy = Cascade.objects.get(pk=cascade.pk)
    copy.pk, copy._state.adding = None, True
    copy.name, copy.is_default, copy.enabled = _free_name(cascade.name), False, False
    copy.save()
    for step in steps:
        CascadeStep.objects.create(
            cascade=copy, model_config_id=step.model_config_id, position=step.position
        )
    return copy


def _free_name(name: str) -> str:
    taken = set(Cascade.objects.values_list("name", flat=True))
    copy = _("copy")
    names = (f"{name[:68]}, {copy}{f' {at}' if at > 1 else ''}" for at in range(1, len(taken) + 2))
    return next(found for found in names if found not in taken)


def posted_models(request: HttpRequest) -> list[ModelConfig]:
    """Those of the rows that are neither empty nor marked to be deleted, in their order."""
    rows: list[tuple[int, int]] = []
    for at in range(min(_whole(request.POST.get("steps-TOTAL_FORMS")) or 0, 100)):
        pk = _whole(request.POST.get(f"steps-{at}-model_config"))
        if pk is not None and not request.POST.get(f"steps-{at}-DELETE"):
            place = _whole(request.POST.get(f"steps-{at}-position"))
            rows.append((1_000 if place is None else place, pk))
    rows.sort(key=lambda row: row[0])
    configs = ModelConfig.objects.select_related("provider").prefetch_related("prices")
    found = configs.in_bulk([pk for _, pk in rows])
    return [found[pk] for _, pk in rows if pk in found]


def posted_terms(request: HttpRequest) -> Terms:
    budget = request.POST.get("budget_usd", "").strip()
    tools = request.POST.getlist("tools")
    return Terms(
        tools=bool(tools),
        gone_tools=gone(tools),
        promises=bool(request.POST.get("promise_percent", "").strip()),
        checks_off=bool(request.POST.getlist("checks_off")),
        budget_usd=Decimal(budget) if budget.replace(".", "", 1).isdecimal() else None,
    )


def _whole(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and len(value) < 10 else None
