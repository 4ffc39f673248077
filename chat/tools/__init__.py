"""What models may use in an answer. To ship a tool, write it and give it a row in `SHIPPED`.

A row makes the tool for one turn, so that it acts for that turn's reader and nobody else. What is
offered is a cascade's choice (`Cascade.tools`), among these and the tools of MCP servers.
"""

from collections.abc import Awaitable, Callable, Mapping

from chat.cascade import ToolCall, ToolConfig, ToolExecutor
from chat.cascade.tools.ready import CALCULATE, CURRENT_TIME
from chat.models import McpTool, Turn
from chat.tools.conversations import rename_conversation, search_conversations

TIMEOUT_S = 20.0
MAX_OUTPUT = 12_000
"""Characters; about 3,000 tokens, which every later request of the turn pays for again."""

SHIPPED: Mapping[str, Callable[[Turn], ToolConfig]] = {
    "calculate": lambda turn: CALCULATE,
    "current_time": lambda turn: CURRENT_TIME,
    "search_conversations": search_conversations,
    "rename_conversation": rename_conversation,
}


def offered() -> list[tuple[str, str]]:
    """Every tool there is, by name, in words for an operator."""
    foreign = McpTool.objects.filter(server__enabled=True).select_related("server")
    return [
        *((name, name.replace("_", " ")) for name in SHIPPED),
        *((tool.name, f"{tool.remote_name}, from {tool.server}") for tool in foreign),
    ]


def executor_for(
    turn: Turn, *, approve: Callable[[ToolCall], Awaitable[bool]]
) -> ToolExecutor | None:
    """Runs what the turn's cascade offers; None where that is nothing (any more)."""
    names = turn.cascade.tools if turn.cascade else []
    tools = [SHIPPED[name](turn) for name in names if name in SHIPPED]
    foreign = McpTool.objects.filter(name__in=names, server__enabled=True).select_related("server")
    if names and (rows := list(foreign)):
        from chat.tools import mcp  # half a second of imports, for those who use it

        tools += [mcp.tool(row) for row in rows]
    if not tools:
        return None
    return ToolExecutor(tools, TIMEOUT_S, MAX_OUTPUT, approve)
