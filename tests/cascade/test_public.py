"""What the package shows to the world, and what it does not know of."""

import subprocess
import sys

import chat.cascade
import chat.cascade.streaming


def test_exported_names() -> None:
    assert sorted(chat.cascade.__all__) == [
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
    assert all(hasattr(chat.cascade, name) for name in chat.cascade.__all__)


def test_streaming_exports_the_guide_s_names() -> None:
    assert sorted(chat.cascade.streaming.__all__) == [
        "StreamEvent",
        "StreamEventType",
        "ToolStreamEvent",
        "ToolStreamEventType",
    ]


def test_equal_meanings_have_equal_values() -> None:
    text, tools = chat.cascade.StreamEventType, chat.cascade.ToolStreamEventType
    assert text.CHUNK == tools.TEXT_CHUNK
    assert {member.value for member in text} <= {member.value for member in tools}


def test_the_engine_loads_neither_django_nor_channels() -> None:
    code = (
        "import sys, chat.cascade, chat.cascade.providers.demo\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"django", "channels", "redis", "asgiref"} & set(loaded.stdout.split())


def test_each_module_can_be_imported_first() -> None:
    names = [
        "quality",
        "pricing",
        "config",
        "streaming.text",
        "providers.openai",
        "routing",
        "attempt",
        "tools",
    ]
    for name in names:
        subprocess.run([sys.executable, "-c", f"import chat.cascade.{name}"], check=True)
