"""Who changed what, and when: of the whole set-up, and of one thing in it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.narrowing import NarrowAdmin
from chat.admin.reading import ReadOnlyAdmin
from chat.changes import described
from chat.models import Change, Reading


class KeptAdmin(NarrowAdmin):
    """Its History leads to all that happened to the thing, on the desk or elsewhere."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not request.user.has_perm("chat.view_change"):
            return super().history_view(request, object_id, extra_context)
        about = {"kind": str(self.opts.verbose_name_raw), "object_id": object_id}
        return HttpResponseRedirect(f"{reverse('admin:chat_change_changelist')}?{urlencode(about)}")


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "happened", "details")
    list_display_links = None
    list_filter = ("kind", "what", "by")
    linked_by = ("object_id",)
    list_select_related = ("by",)
    list_per_page = 50
    search_fields = ("object", "by_name")

    @admin.display(description=gettext_lazy("who"), ordering="by_name")
    def who(self, change: Change) -> str:
        return change.by_name or _("nobody signed in")

    @admin.display(description=gettext_lazy("what"))
    def happened(self, change: Change) -> str:
        return f"{_(change.kind)} {change.object}: {change.get_what_display().lower()}"

    @admin.display(description=gettext_lazy("from \u2192 to"))
    def details(self, change: Change) -> SafeString:
        return render_to_string("admin/chat/_changes.html", {"lines": described(change)})


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """Who read whose conversation."""

    list_display = ("at", "reader_name", "owner_name", "conversation_id")
    list_display_links = None
    list_filter = ("reader", "at")
    search_fields = ("reader_name", "owner_name")
