"""Tool servers (MCP) and what they offer."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chat.admin.addresses import AddressAdmin
from chat.admin.history import KeptAdmin
from chat.admin.rows import LabelledFormSet
from chat.cascade import ToolError
from chat.models import McpServer, McpTool
from chat.tools.listing import list_tools


class McpToolInline(admin.TabularInline):
    """As the server describes them; an operator decides only which ask first."""

    model = McpTool
    formset = LabelledFormSet
    fields = ("description", "asks_first")
    readonly_fields = ("description",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: McpServer | None = None) -> bool:
        return False


@admin.register(McpServer)
class McpServerAdmin(KeptAdmin, AddressAdmin):
    list_display = ("name", "place", "tool_count", "enabled", "listed_at")
    fields = ("name", "url", "key_variable", "command", "enabled", "listed_at")
    inlines = (McpToolInline,)
    actions = ("list_again",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: McpServer | None = None
    ) -> tuple[str, ...]:
        """Its name is part of its tools' names, by which cascades offer them."""
        return ("name", "listed_at") if obj else ("listed_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[McpServer]:
        servers: QuerySet[McpServer] = super().get_queryset(request)
        return servers.annotate(tool_count=Count("tools"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """It is asked once all is saved: whoever writes meanwhile need not wait for its answer."""
        super().save_related(request, form, formsets, change)
        if not change or {"url", "command", "key_variable"} & set(form.changed_data):
            transaction.on_commit(partial(self._list, request, form.instance))

    @admin.action(
        description=gettext_lazy("List the tools of these servers again"), permissions=["change"]
    )
    def list_again(self, request: HttpRequest, servers: QuerySet[McpServer]) -> None:
        for server in servers:
            self._list(request, server)

    def _list(self, request: HttpRequest, server: McpServer) -> None:
        try:
            listed = list_tools(server)
        except ToolError as error:
            self.message_user(request, str(error), messages.WARNING)
            return
        self.message_user(
            request,
            ngettext(
                "{server}: {kept} tool. Offer it in a cascade.",
                "{server}: {kept} tools. Offer them in a cascade.",
                listed.kept,
            ).format(server=server, kept=listed.kept),
        )
        for sentence in listed.refused:
            self.message_user(
                request, _("Left out: {sentence}.").format(sentence=sentence), messages.WARNING
            )

    @admin.display(description=gettext_lazy("address or command"))
    def place(self, server: McpServer) -> str:
        return server.url or server.command

    @admin.display(description=gettext_lazy("tools"))
    def tool_count(self, server: Any) -> int:
        count: int = server.tool_count
        return count
