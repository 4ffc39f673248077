"""Tools: what models may call, the calls they make, and running them."""

from chat.cascade.tools.call import ToolCall, ToolCallFormat
from chat.cascade.tools.config import ToolConfig, read_tool_choice, read_tools
from chat.cascade.tools.executor import ToolExecutor
from chat.cascade.tools.result import ToolResult

__all__ = [
    "ToolCall",
    "ToolCallFormat",
    "ToolConfig",
    "ToolExecutor",
    "ToolResult",
    "read_tool_choice",
    "read_tools",
]
