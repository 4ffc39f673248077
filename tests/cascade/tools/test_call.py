"""What models send in each vendor's form, and what they read of a result."""

import datetime
import re
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest

from chat.cascade import ConfigError, ToolCall, ToolError, ToolResult


class Unit(Enum):
    CELSIUS = "celsius"
    KELVIN = "kelvin"


PARIS = {"location": "Paris"}
FUNCTION = {"name": "get_weather", "arguments": '{"location": "Paris"}'}


@pytest.mark.parametrize(
    ("provider", "wire", "id"),
    [
        ("openai", {"id": "c1", "type": "function", "function": FUNCTION}, "c1"),
        ("openai", {"type": "function_call", "id": "fc_1", "call_id": "c1", **FUNCTION}, "c1"),
        ("vllm", {"id": "c1", "type": "function", "function": FUNCTION}, "c1"),
        ("huggingface", {"id": 0, "function": {**FUNCTION, "arguments": PARIS}}, None),
        ("ollama", {"function": {"name": "get_weather", "arguments": PARIS}}, None),
        (
            "anthropic",
            {"type": "tool_use", "id": "t1", "name": "get_weather", "input": PARIS},
            "t1",
        ),
        ("gemini", {"functionCall": {"name": "get_weather", "args": PARIS}}, None),
        ("gemini", {"functionCall": {"id": "g1", "name": "get_weather", "args": PARIS}}, "g1"),
        ("gemini", {"id": "g1", "name": "get_weather", "args": PARIS}, "g1"),
    ],
)
def test_each_vendor_s_call_is_read(provider: str, wire: Any, id: str | None) -> None:
    read = getattr(ToolCall, f"from_{provider}")(wire)
    assert read.id == id or (id is None and re.fullmatch("[0-9a-z]{9}", read.id))
    assert (read.name, read.arguments, read.provider_format) == ("get_weather", PARIS, provider)
    assert ToolCall.from_provider(provider, {**wire, "id": "x"}).provider_format == provider


def test_calls_without_an_id_get_different_ones() -> None:
    wire = {"function": {"name": "get_weather", "arguments": PARIS}}
    assert ToolCall.from_ollama(wire).id != ToolCall.from_ollama(wire).id


@pytest.mark.parametrize("nothing", ["", "  ", None, {}, "{}"])
def test_nothing_is_a_call_without_arguments(nothing: Any) -> None:
    wire = {"id": "c1", "function": {"name": "now", "arguments": nothing}}
    assert ToolCall.from_openai(wire).arguments == {}


@pytest.mark.parametrize(
    "written",
    [
        '{"location": "Par',
        '{"a":1}{"b":2}',
        "[]",
        "null",
        '"{}"',
        "NaN",
        '{"a": Infinity}',
        '{"a": [-1e999]}',
        "[" * 9999,
    ],
    ids=lambda text: text[:12],
)
def test_bad_arguments_never_become_none_at_all(written: str) -> None:
    wire = {"id": "c1", "function": {"name": "get_weather", "arguments": written}}
    with pytest.raises(ToolError, match=r"arguments of 'get_weather'"):
        ToolCall.from_openai(wire)


@pytest.mark.parametrize("wire", [{}, {"function": None}, {"function": {"name": ""}}, None, []])
def test_a_call_of_nothing_is_refused(wire: Any) -> None:
    with pytest.raises(ToolError, match="names no tool"):
        ToolCall.from_openai(wire)


def test_an_unknown_vendor_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="openai, anthropic, ollama, gemini, vllm, huggingface"):
        ToolCall.from_provider("acme", {})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("22°C", "22°C"),
        (None, "null"),
        (
            {"at": datetime.date(2026, 1, 2), "unit": Unit.KELVIN},
            '{"at": "2026-01-02", "unit": "kelvin"}',
        ),
        ((1, {2}, MappingProxyType({"a": True})), '[1, [2], {"a": true}]'),
        ("nul\0 and half \ud83d", "nul\ufffd and half \ufffd"),
    ],
)
def test_a_result_is_read_as_text_or_json(value: Any, text: str) -> None:
    result = ToolResult("call_1", "get_weather", value)
    assert result.success
    assert result.to_message() == {
        "role": "tool",
        "content": text,
        "tool_call_id": "call_1",
        "name": "get_weather",
        "is_error": False,
    }


def test_an_error_is_read_as_one() -> None:
    result = ToolResult("call_1", "get_weather", error="It failed.")
    message = result.to_message()
    assert not result.success
    assert (message["content"], message["is_error"]) == ("It failed.", True)
