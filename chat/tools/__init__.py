"""What models may use in an answer. To ship a tool, write it and give it a row in `SHIPPED`.

A row makes the tool for one turn, so that it acts for that turn's reader and nobody else. What is
offered is a cascade's choice (`Cascade.tools`), among these and the tools of MCP servers.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from chat.cascade import ToolCall, ToolConfig, ToolExecutor
from chat.models import McpTool, Turn
from chat.tools.conversations import rename_conversation, search_conversations

TIMEOUT_S = 20.0
MAX_OUTPUT = 12_000
"""Characters; about 3,000 tokens, which every later request of the turn pays for again."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """`name` is what people call it; models know it by its key. What an `inward` one gives is of
    this turn and its question alone."""

    name: str | Promise
    make: Callable[[Turn], ToolConfig]
    inward: bool = True


def _calculate(turn: Turn) -> ToolConfig:
    from chat.cascade.tools.ready import CALCULATE  # it takes what checks schemas, which is large

    return CALCULATE


def _current_time(turn: Turn) -> ToolConfig:
    from chat.cascade.tools.ready import CURRENT_TIME  # as above

    return CURRENT_TIME


SHIPPED: Mapping[str, Shipped] = {
    "calculate": Shipped(pgettext_lazy("tool", "calculate"), _calculate),
    "current_time": Shipped(pgettext_lazy("tool", "current time"), _current_time),
    "search_conversations": Shipped(
        pgettext_lazy("tool", "search conversations"), search_conversations, inward=False
    ),
    "rename_conversation": Shipped(
        pgettext_lazy("tool", "rename conversation"), rename_conversation
    ),
}


def called(tool: str) -> str:
    """What a reader calls it, in their language; a foreign tool has its own name."""
    shipped = SHIPPED.get(tool)
    return str(shipped.name) if shipped else tool


def is_inward(tool: str) -> bool:
    """Whether what it gave may be read by everybody who may read the answer."""
    shipped = SHIPPED.get(tool)
    return shipped is not None and shipped.inward


def offered() -> list[tuple[str, str]]:
    """Every tool there is, by name, in words for an operator."""
    foreign = McpTool.objects.filter(server__enabled=True).select_related("server")
    return [
        *((name, called(name)) for name in SHIPPED),
        *((tool.name, _from(tool)) for tool in foreign),
    ]


def gone(names: Sequence[str]) -> list[str]:
    """Those of them that cannot be offered: their server is off, or has them no longer."""
    foreign = [name for name in names if name not in SHIPPED]
    if not foreign:
        return []
    here = set(McpTool.objects.filter(server__enabled=True).values_list("name", flat=True))
    return [name for name in foreign if name not in here]


def _from(tool: McpTool) -> str:
    return _("{tool}, from {server}").format(tool=tool.remote_name, server=tool.server)


def executor_for(
    turn: Turn, *, approve: Callable[[ToolCall], Awaitable[bool]]
) -> ToolExecutor | None:
    """Runs what the turn's cascade offers; None where that is nothing (any more)."""
    names = turn.cascade.tools if turn.cascade else []
    tools = [SHIPPED[name].make(turn) for name in names if name in SHIPPED]
    foreign = McpTool.objects.filter(name__in=names, server__enabled=True).select_related("server")
    if names and (rows := list(foreign)):
        from chat.tools import mcp  # half a second of imports, for those who use it

        tools += [mcp.tool(row) for row in rows]
    if not tools:
        return None
    return ToolExecutor(tools, TIMEOUT_S, MAX_OUTPUT, approve)
