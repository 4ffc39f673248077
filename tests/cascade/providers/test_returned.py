"""In a tool loop, each service gets back what it wants back, and no other service does."""

from typing import Any

import pytest

from chat.cascade import (
    CascadeAgent,
    CascadePolicy,
    Complexity,
    ModelConfig,
    ToolConfig,
    ToolExecutor,
)
from chat.cascade.providers import openai
from chat.cascade.providers.base import Message, Opaque, Request
from tests.cascade.conftest import events_of
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply, event

CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"location": "Paris"}'},
}
ANY_DRAFT = CascadePolicy(thresholds=dict.fromkeys(Complexity, 0), direct_from=None)
SIGNATURE = {"google": {"thought_signature": "abc=="}}
PIECES = [
    {"type": "reasoning.text", "index": 0, "text": "Let me ", "format": "anthropic-claude-v1"},
    {"type": "reasoning.text", "index": 0, "text": "see."},
    {"type": "reasoning.text", "index": 0, "text": None, "signature": "abc=="},
    {"type": "reasoning.encrypted", "index": 1, "data": "xyz"},
    {"type": "reasoning.encrypted", "index": 1, "data": "uvw"},
]
DETAILS = [
    {
        "type": "reasoning.text",
        "index": 0,
        "text": "Let me see.",
        "format": "anthropic-claude-v1",
        "signature": "abc==",
    },
    *PIECES[3:],
]


def delta(finish: str | None = None, **fields: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def get_weather(location: str) -> str:
    """Get the weather of a city."""
    return "sunny"


THOUGHTS = [delta(reasoning_content="Let me "), delta(reasoning_content="see.")]

LOOPS: dict[str, tuple[str, list[bytes], dict[str, Any]]] = {
    "DeepSeek": ("deepseek", THOUGHTS, {"reasoning_content": "Let me see."}),
    "OpenRouter": (
        "openrouter",
        [delta(reasoning="x", reasoning_details=[piece]) for piece in PIECES],
        {"reasoning_details": DETAILS},
    ),
    "another": ("vllm", THOUGHTS, {}),
}


async def second_request(provider: Loopback, service: str, *raw: bytes) -> dict[str, Any]:
    """The assistant's message in it, after a call that was run."""
    answer = Reply("It is sunny in Paris.")
    provider.script("m", Reply(raw=[*raw, delta("tool_calls")]), answer)
    model = ModelConfig("m", service, base_url=provider.base_url, api_key="k", cost=0)
    executor = ToolExecutor([ToolConfig.from_function(get_weather)])
    agent = CascadeAgent([model, model], policy=ANY_DRAFT, tool_executor=executor)
    await events_of(agent.stream_events("The weather in Paris?"))
    said: dict[str, Any] = provider.requests[1].body["messages"][1]
    return said


@pytest.mark.parametrize(("service", "raw", "returned"), LOOPS.values(), ids=LOOPS)
async def test_thoughts_go_back_where_they_are_wanted(
    provider: Loopback, service: str, raw: list[bytes], returned: dict[str, Any]
) -> None:
    said = await second_request(provider, service, *raw, delta(tool_calls=[CALL]))
    assert {name: value for name, value in said.items() if "reasoning" in name} == returned
    assert said["tool_calls"][0]["id"] == "call_1"


async def test_a_signed_call_goes_back_with_its_signature(provider: Loopback) -> None:
    calls = [CALL | {"extra_content": SIGNATURE}, CALL | {"index": 1, "id": "call_2"}]
    said = await second_request(provider, "gemini-openai", delta(tool_calls=calls))
    assert [call.get("extra_content") for call in said["tool_calls"]] == [SIGNATURE, None]


async def test_thoughts_that_led_to_no_call_are_not_kept(provider: Loopback) -> None:
    """DeepSeek's older models answer 400 to thoughts that are sent back to them."""
    provider.script("m", Reply(raw=[*THOUGHTS, delta(content="Sunny."), delta("stop")]))
    messages: tuple[Message, ...] = ({"role": "user", "content": "Hi"},)
    request = Request("m", messages, 10, 0.5, provider.base_url, service="deepseek")
    found = await deltas_of(openai.stream, request)
    assert not any(isinstance(delta, Opaque) for delta in found)
