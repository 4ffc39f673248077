"""Asks a tool server what it has, and keeps that as the tools an operator can offer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from chat.cascade import ConfigError
from chat.models import McpServer, McpTool
from chat.tools import foreign

if TYPE_CHECKING:
    from mcp.types import Tool


@dataclass(frozen=True, slots=True)
class Listed:
    """`refused` says of each tool that was not kept why."""

    kept: int
    refused: list[str]


def list_tools(server: McpServer) -> Listed:
    """Raises `ToolError` where the server cannot be asked; what is kept then stays."""
    from chat.tools import mcp  # half a second of imports, for those who use it

    return _keep(server, async_to_sync(mcp.tools_of)(server))


@transaction.atomic
def _keep(server: McpServer, tools: list["Tool"]) -> Listed:
    refused, kept = [], set()
    said = {tool.name for tool in tools}
    gone = [row.pk for row in server.tools.all() if row.remote_name not in said]
    server.tools.filter(pk__in=gone).delete()  # first, since their names may be others' now
    for tool in tools[: foreign.MOST_TOOLS]:
        try:
            _keep_one(server, tool)
            kept.add(tool.name)
        except ConfigError as error:
            refused.append(str(error))
    if (more := len(tools) - foreign.MOST_TOOLS) > 0:
        refused.append(f"{more} tools after the first {foreign.MOST_TOOLS}")
    server.tools.exclude(remote_name__in=kept).delete()
    server.listed_at = timezone.now()
    server.save(update_fields=["listed_at"])
    return Listed(len(kept), refused)


def _keep_one(server: McpServer, tool: "Tool") -> None:
    """An operator's word that it is safe holds for as long as the tool says the same of itself."""
    name = foreign.safe_name(server, tool.name)
    if McpTool.objects.filter(name=name).exclude(server=server, remote_name=tool.name).exists():
        raise ConfigError(f"There is another tool called {name!r}")
    config = foreign.config(name, tool, server.name)
    says = {"description": config.description, "parameters": config.parameters}
    asks_first = not (tool.annotations and tool.annotations.read_only_hint)
    row, is_new = McpTool.objects.get_or_create(
        server=server,
        remote_name=tool.name,
        defaults={"name": name, "asks_first": asks_first, **says},
    )
    if not is_new and (row.description, row.parameters) != (config.description, config.parameters):
        row.description, row.parameters = config.description, config.parameters
        row.asks_first = asks_first
        row.save()
