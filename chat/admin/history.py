"""Who changed what, and when: of the whole set-up, and of one thing in it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.meanwhile import MeanwhileAdmin
from chat.admin.narrowing import NarrowAdmin
from chat.admin.reading import ReadOnlyAdmin
from chat.models import Change, ModelConfig, Price, Reading
from chat.setup.changes import described, subject


class KeptAdmin(MeanwhileAdmin, NarrowAdmin):
    """Its History leads to all that happened to the thing, on the desk or elsewhere."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not request.user.has_perm("chat.view_change"):
            return super().history_view(request, object_id, extra_context)
        about = {"of": f"{self.opts.verbose_name_raw}:{object_id}"}
        return HttpResponseRedirect(f"{reverse('admin:chat_change_changelist')}?{urlencode(about)}")


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = Change.objects.order_by().values_list("kind", flat=True).distinct()
        return sorted(((kind, capfirst(_(kind))) for kind in kinds), key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, rows: QuerySet[Change]) -> QuerySet[Change]:
        return rows.filter(kind=self.value()) if self.value() else rows


class ObjectFilter(admin.SimpleListFilter):
    """One thing, where its History leads here."""

    title = gettext_lazy("object")
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if not (value := self.value()):
            return []
        last = Change.objects.filter(_itself(*_read(value))).first()
        return [(value, f"{_(last.kind)} {subject(last)}" if last else value)]

    def queryset(self, request: HttpRequest, rows: QuerySet[Change]) -> QuerySet[Change]:
        if not (value := self.value()):
            return rows
        kind, key = _read(value)
        return rows.filter(_itself(kind, key) | _its_prices(kind, key))


def _read(value: str) -> tuple[str, str]:
    kind, _colon, key = value.partition(":")
    return kind, key


def _itself(kind: str, key: str) -> Q:
    return Q(kind=kind, object_id=key)


def _its_prices(kind: str, key: str) -> Q:
    """A model's prices are rows of their own, and part of what it is."""
    if kind != ModelConfig._meta.verbose_name_raw or not key.isdecimal():
        return Q()
    model = ModelConfig.objects.filter(pk=int(key))  # none, for a number that is too large
    prices = Price.objects.filter(model_config__in=model).values_list("pk", flat=True)
    return Q(kind=Price._meta.verbose_name_raw, object_id__in=[str(pk) for pk in prices])


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = fields = readonly_fields = ("at", "who", "happened", "details")
    list_filter = (ObjectFilter, KindFilter, "what", "by")
    linked_by = ("kind",)
    list_select_related = ("by",)
    list_per_page = 50
    search_fields = ("object", "by_name")

    @admin.display(description=gettext_lazy("who"), ordering="by_name")
    def who(self, change: Change) -> str:
        return change.by_name or _("nobody signed in")

    @admin.display(description=gettext_lazy("what"))
    def happened(self, change: Change) -> str:
        what = change.get_what_display().lower()
        return f"{_(change.kind)} {subject(change)}: {what}"

    @admin.display(description=gettext_lazy("from \u2192 to"))
    def details(self, change: Change) -> SafeString:
        return render_to_string("admin/chat/_changes.html", {"lines": described(change)})


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """Who read whose conversation."""

    list_display = ("at", "reader_name", "owner_name", "which")
    list_display_links = None
    list_filter = ("reader", "at")
    search_fields = ("reader_name", "owner_name")

    @admin.display(description=gettext_lazy("conversation"))
    def which(self, reading: Reading) -> str | None:
        """By its number: whoever may see this need not be one who may read it."""
        return str(reading.conversation_id) if reading.conversation_id else None
