"""Tools: what models may call, the calls they make, and running them."""

from chat.cascade.tools.call import ToolCall, ToolCallFormat
from chat.cascade.tools.config import ToolConfig
from chat.cascade.tools.executor import ToolExecutor
from chat.cascade.tools.result import ToolResult

__all__ = [
    "ToolCall",
    "ToolCallFormat",
    "ToolConfig",
    "ToolExecutor",
    "ToolResult",
]
