"""The events of the Responses API, whole and with pieces missing, and requests in its form."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chat.cascade import ProviderError
from chat.cascade.pricing import Usage
from chat.cascade.providers import openai_responses
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Opaque,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolChoice,
    ToolFragment,
    ToolSpec,
)
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply, event

USAGE = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 4},
    "output_tokens": 3,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 10,
}
USED = Reported(Usage(7, 3, cached_input=2, reasoning=1, cache_write=4))


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\n".encode() + event({"type": kind, "sequence_number": 1} | fields)


def delta(kind: str, words: str, at: int = 0) -> bytes:
    return named(f"response.{kind}.delta", delta=words, output_index=at)


def ended(status: str = "completed", **fields: Any) -> bytes:
    response = {"object": "response", "status": status, "error": None, "usage": USAGE} | fields
    return named(f"response.{status}", response=response)


def item(kind: str, at: int = 0, **fields: Any) -> bytes:
    return named(f"response.output_item.{kind}", output_index=at, item=fields)


def call(name: str, arguments: str = "") -> dict[str, Any]:
    return {"type": "function_call", "call_id": f"of-{name}", "name": name, "arguments": arguments}


MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}
THOUGHT = {"type": "reasoning", "id": "r", "encrypted_content": "abc", "summary": []}
ARGUMENTS = "function_call_arguments"

ODD: dict[str, tuple[list[bytes], list[Delta]]] = {
    "as documented": (
        [
            named("response.created", response={"status": "in_progress", "error": None}),
            item("added", **MESSAGE),
            delta("output_text", "Hel"),
            delta("output_text", "lo"),
            named("response.output_text.done", text="Hello"),
            item("done", **MESSAGE),
            ended(output=[MESSAGE]),
        ],
        [Text("Hello"), Finish("stop"), USED],
    ),
    "end mark and more after it (OpenRouter)": (
        [ended(), b"data: [DONE]\n\n", delta("output_text", "no")],
        [Finish("stop"), USED],
    ),
    "a cost in USD (OpenRouter)": (
        [ended(usage=USAGE | {"cost": 0.0123, "is_byok": False})],
        [Finish("stop"), replace(USED, cost_usd=Decimal("0.0123"))],
    ),
    "a cost in ticks (xAI)": (
        [ended(usage=USAGE | {"cost_in_usd_ticks": 37_756_000})],
        [Finish("stop"), replace(USED, cost_usd=Decimal("0.0037756"))],
    ),
    "half of the usage": (
        [ended(usage={"input_tokens": 7})],
        [Finish("stop"), Reported(Usage(7), missing="output")],
    ),
    "refusal": (
        [delta("refusal", "No."), ended()],
        [Text("No.", is_refusal=True), Finish("refusal"), USED],
    ),
    "reasoning summary": (
        [delta("reasoning_summary_text", "Hm"), ended()],
        [Reasoning("Hm"), Finish("stop"), USED],
    ),
    "reasoning text (LM Studio)": (
        [delta("reasoning_text", "Hm"), ended()],
        [Reasoning("Hm"), Finish("stop"), USED],
    ),
    "calls in pieces, interleaved": (
        [
            item("added", 1, **call("f")),
            item("added", 2, **call("g")),
            delta(ARGUMENTS, "{", 1),
            delta(ARGUMENTS, "{}", 2),
            delta(ARGUMENTS, "}", 1),
            named(f"response.{ARGUMENTS}.done", output_index=1, arguments="{}"),
            item("done", 1, **call("f", "{}")),
            ended(output=[MESSAGE | {"content": []}, call("f", "{}"), call("g", "{}")]),
        ],
        [
            ToolFragment(0, "of-f", "f"),
            ToolFragment(1, "of-g", "g"),
            ToolFragment(0, arguments="{"),
            ToolFragment(1, arguments="{}"),
            ToolFragment(0, arguments="}"),
            Finish("tool_calls"),
            USED,
        ],
    ),
    "arguments at the end only": (
        [
            item("added", **call("f")),
            named(f"response.{ARGUMENTS}.done", output_index=0, arguments="{}"),
            item("done", **call("f", "{}")),
            ended(),
        ],
        [ToolFragment(0, "of-f", "f"), ToolFragment(0, arguments="{}"), Finish("tool_calls"), USED],
    ),
    "a call in the last event only": (
        [ended(output=[call("f", "{}")])],
        [ToolFragment(0, "of-f", "f"), ToolFragment(0, arguments="{}"), Finish("tool_calls"), USED],
    ),
    "a thought that grows while it is written goes back whole, and once": (
        [
            item("added", **THOUGHT | {"encrypted_content": "a"}),
            item("done", **THOUGHT),
            item("added", 1, **call("f")),
            item("done", 1, **call("f", "{}")),
            ended(output=[THOUGHT, call("f", "{}")]),
        ],
        [
            Opaque(THOUGHT),
            ToolFragment(0, "of-f", "f"),
            ToolFragment(0, arguments="{}"),
            Finish("tool_calls"),
            USED,
        ],
    ),
    "a thought in the last event only": (
        [ended(output=[THOUGHT, MESSAGE])],
        [Opaque(THOUGHT), Text("Hello"), Finish("stop"), USED],
    ),
    "text in the last event only": (
        [ended(output=[MESSAGE])],
        [Text("Hello"), Finish("stop"), USED],
    ),
    "arguments of no call": ([delta(ARGUMENTS, "{}", 4), ended()], [Finish("stop"), USED]),
    "thoughts to send back": (
        [item("done", **THOUGHT), ended()],
        [Opaque(THOUGHT), Finish("stop"), USED],
    ),
    "cut by length": (
        [ended("incomplete", incomplete_details={"reason": "max_output_tokens"})],
        [Finish("length"), USED],
    ),
    "a call cut by length": (
        [item("added", **call("f")), ended("incomplete", incomplete_details=None)],
        [ToolFragment(0, "of-f", "f"), Finish("length"), USED],
    ),
    "filtered": (
        [ended("incomplete", incomplete_details={"reason": "content_filter"})],
        [Finish("content_filter"), USED],
    ),
    "no end": ([delta("output_text", "Hello")], [Text("Hello")]),
    "nonsense": (
        [
            event([]),
            event({"type": 7}),
            named("response.new.thing", delta={"a": 1}),
            named("response.output_text.delta", delta=None, output_index=[]),
            item("added", **{"type": None}),
            ended(output=[None, {"type": "message", "content": 7}], usage=None),
        ],
        [Finish("stop")],
    ),
}


async def read(provider: Loopback, *raw: bytes, **settings: Any) -> list[Delta]:
    provider.script("m", Reply(raw=raw, **settings))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    return await deltas_of(openai_responses.stream, request)


@pytest.mark.parametrize(("raw", "expected"), ODD.values(), ids=ODD)
async def test_odd_stream(provider: Loopback, raw: list[bytes], expected: list[Delta]) -> None:
    assert await read(provider, *raw) == expected


async def test_json_body_instead_of_a_stream(provider: Loopback) -> None:
    body = {"object": "response", "status": "completed", "output": [MESSAGE], "usage": USAGE}
    raw = json.dumps(body).encode()
    assert await read(provider, raw, content_type="application/json") == [
        Text("Hello"),
        Finish("stop"),
        USED,
    ]


@pytest.mark.parametrize("status", ["cancelled", "in_progress", "queued"])
async def test_a_body_that_has_not_ended_proves_nothing(provider: Loopback, status: str) -> None:
    body = {"object": "response", "status": status, "output": [MESSAGE], "usage": USAGE}
    raw = json.dumps(body).encode()
    assert await read(provider, raw, content_type="application/json") == [Text("Hello"), USED]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (named("error", error={"code": "rate_limit_exceeded", "message": "x"}), "rate_limited"),
        (named("error", code="server_error", message="x"), "unavailable"),
        (ended("failed", error={"code": "server_error", "message": "x"}), "unavailable"),
        (ended("failed", error={"code": "rate_limit_exceeded"}), "rate_limited"),
        (named("response.failed", response=None), "unavailable"),
    ],
    ids=["nested error", "flat error", "failed", "failed by a limit", "failed without a word"],
)
async def test_failure(provider: Loopback, raw: bytes, code: str) -> None:
    with pytest.raises(ProviderError) as failure:
        await read(provider, delta("output_text", "Hel"), raw)
    assert failure.value.code == code


async def test_request_is_in_the_api_s_form(provider: Loopback) -> None:
    provider.script("m", Reply(raw=[ended()]))
    tool = ToolSpec(name="f", description="Do", parameters={"type": "object"})
    request = Request(
        "m",
        (
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "a", "name": "f", "arguments": {"x": 1}}],
                "opaque": [THOUGHT],
            },
            {"role": "tool", "content": "Done", "tool_call_id": "a", "name": "f"},
        ),
        10,
        0.5,
        provider.base_url,
        api_key="key",
        tools=(tool,),
        tool_choice=ToolChoice("one", "f"),
    )
    assert [d async for d in openai_responses.stream(request, None)] == [Finish("stop"), USED]
    assert (provider.requests[0].path, provider.requests[0].key) == ("/v1/responses", "key")
    assert provider.requests[0].body == {
        "model": "m",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": "Hi"},
            THOUGHT,
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"x": 1}'},
            {"type": "function_call_output", "call_id": "a", "output": "Done"},
        ],
        "max_output_tokens": 16,
        "temperature": 0.5,
        "stream": True,
        "store": False,
        "tools": [{"type": "function", "strict": False, **tool}],
        "tool_choice": {"type": "function", "name": "f"},
        "include": ["reasoning.encrypted_content"],
    }


async def test_what_a_model_cannot_hide_is_not_asked_for_twice(provider: Loopback) -> None:
    refusal = {"error": {"message": "Encrypted content is not supported", "param": "include"}}
    reply = Reply(status=400, raw=[json.dumps(refusal).encode()], content_type="application/json")
    provider.script("m", reply, Reply(raw=[ended()]))
    tool = ToolSpec(name="f", description="Do", parameters={})
    request = Request("m", (), 10, 0.5, provider.base_url, tools=(tool,))
    assert [d async for d in openai_responses.stream(request, None)] == [Finish("stop"), USED]
    assert ["include" in request.body for request in provider.requests] == [True, False]
