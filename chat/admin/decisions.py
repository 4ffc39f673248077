"""Single decisions over drafts, as they were taken: what was found, and what it weighed."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.accounts.permissions import may_read
from chat.admin.reading import ReadOnlyAdmin
from chat.models import Cascade, Decision
from chat.models.ledger import Kind
from chat.render.words import KINDS
from chat.templatetags.cascade import score as written
from chat.templatetags.cascade import word


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("judged as")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(words)) for kind, words in KINDS.items()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Decision]) -> QuerySet[Decision]:
        kind = self.value() or ""
        return rows.alias(kind=Kind("decision")).filter(kind=kind) if kind in KINDS else rows


class AcceptedFilter(admin.SimpleListFilter):
    title = gettext_lazy("draft")
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("accepted", _("accepted")), ("set_aside", _("set aside"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Decision]) -> QuerySet[Decision]:
        return rows.filter(status=self.value()) if self.value() else rows


class CascadeFilter(admin.SimpleListFilter):
    title = gettext_lazy("cascade")
    parameter_name = "cascade"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Cascade.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Decision]) -> QuerySet[Decision]:
        chosen = self.value() or ""
        if not chosen.isdecimal():
            return rows
        # Looked up by itself: a number that is too large is then none, and no error.
        return rows.filter(turn__cascade__in=Cascade.objects.filter(pk=int(chosen)))


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "draft",
        "cascade",
        "kind",
        "scored",
        "why",
        "checks",
    )
    list_filter = (AcceptedFilter, KindFilter, CascadeFilter)
    list_per_page = 50
    fields = (
        "created_at",
        "model",
        "cascade",
        "told",
        "ran_under",
        "conversation",
    )
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """Without the texts: a decision is read by its figures."""
        rows: QuerySet[Decision] = super().get_queryset(request)
        judged = rows.filter(decision__isnull=False).select_related("turn__cascade")
        return judged.defer("text", "reasoning", "tool_calls", "turn__prompt")

    def get_readonly_fields(self, request: HttpRequest, row: Any = None) -> tuple[str, ...]:
        return self.fields

    def get_fields(self, request: HttpRequest, row: Any = None) -> tuple[str, ...]:
        return self.fields if may_read(request.user) else self.fields[:-1]

    @admin.display(description=gettext_lazy("draft by"), ordering="model")
    def draft(self, row: Decision) -> str:
        return row.model

    @admin.display(description=gettext_lazy("cascade"))
    def cascade(self, row: Decision) -> str | None:
        return row.turn.cascade.name if row.turn and row.turn.cascade else None

    @admin.display(description=gettext_lazy("judged as"))
    def kind(self, row: Decision) -> str:
        kind = _of(row)["kind"]
        return str(KINDS.get(kind, kind))

    @admin.display(description=gettext_lazy("score, needed"))
    def scored(self, row: Decision) -> SafeString:
        return render_to_string("admin/chat/decision/_score.html", {"decision": row.decision})

    @admin.display(description=gettext_lazy("because"))
    def why(self, row: Decision) -> str:
        reason = _of(row)["reason"]
        return _("no fault found") if _of(row)["accepted"] else word(reason)

    @admin.display(description=gettext_lazy("checks against it"))
    def checks(self, row: Decision) -> str | None:
        against = [check for check in _of(row)["checks"] if check["contribution"] < 0]
        against.sort(key=lambda check: check["contribution"])
        return ", ".join(f"{word(c['name'])} {written(c['value'])}" for c in against[:3]) or None

    @admin.display(description=gettext_lazy("decision"))
    def told(self, row: Decision) -> SafeString:
        return render_to_string("admin/chat/decision/_told.html", {"decision": row.decision})

    @admin.display(description=gettext_lazy("ran under"))
    def ran_under(self, row: Decision) -> SafeString:
        kept = row.turn.configuration if row.turn else None
        context = {"configuration": kept.data if kept else None}
        return render_to_string("admin/chat/decision/_configuration.html", context)

    @admin.display(description=gettext_lazy("conversation"))
    def conversation(self, row: Decision) -> SafeString:
        return render_to_string("admin/chat/decision/_conversation.html", {"turn": row.turn})


def _of(row: Decision) -> dict[str, Any]:
    return cast(dict[str, Any], row.decision)  # the list holds only rows with one
