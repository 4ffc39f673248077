"""The cascade engine: a cheap model drafts, a check decides, a stronger model answers if need be.

    agent = CascadeAgent(models=[
        ModelConfig(name="gpt-4o-mini", provider="openai", cost=0.00015),
        ModelConfig(name="gpt-4o", provider="openai", cost=0.00625),
    ])
    async for event in agent.stream_events("Explain Python in one sentence."):
        ...

It knows nothing of Django, sockets, databases or HTML.
"""

from chat.cascade.agent import CascadeAgent
from chat.cascade.config import CascadePolicy, ModelConfig
from chat.cascade.errors import (
    BadResponse,
    CascadeError,
    ConfigError,
    Incomplete,
    OverBudget,
    ProviderError,
    RateLimited,
    Refused,
    Rejected,
    TimedOut,
    ToolError,
    Unavailable,
)
from chat.cascade.quality import Decision, decide
from chat.cascade.result import AttemptResult, CascadeResult
from chat.cascade.routing import Complexity
from chat.cascade.streaming.events import (
    StreamEvent,
    StreamEventType,
    ToolStreamEvent,
    ToolStreamEventType,
)
from chat.cascade.streaming.text import CascadeStream
from chat.cascade.tools import ToolCall, ToolCallFormat, ToolConfig, ToolExecutor, ToolResult

__all__ = [
    "AttemptResult",
    "BadResponse",
    "CascadeAgent",
    "CascadeError",
    "CascadePolicy",
    "CascadeResult",
    "CascadeStream",
    "Complexity",
    "ConfigError",
    "Decision",
    "Incomplete",
    "ModelConfig",
    "OverBudget",
    "ProviderError",
    "RateLimited",
    "Refused",
    "Rejected",
    "StreamEvent",
    "StreamEventType",
    "TimedOut",
    "ToolCall",
    "ToolCallFormat",
    "ToolConfig",
    "ToolError",
    "ToolExecutor",
    "ToolResult",
    "ToolStreamEvent",
    "ToolStreamEventType",
    "Unavailable",
    "decide",
]
