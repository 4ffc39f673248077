"""Ollama's lines as they really arrive, and requests in its own form."""

import json
from typing import Any

import pytest

from chat.cascade import ModelConfig, ProviderError
from chat.cascade.pricing import Usage
from chat.cascade.providers import ollama
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Message,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolChoice,
    ToolFragment,
    ToolSpec,
)
from chat.cascade.streaming.events import CallData
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply


def line(**fields: Any) -> bytes:
    return json.dumps({"model": "m", "done": False} | fields).encode() + b"\n"


def said(**message: Any) -> bytes:
    return line(message={"role": "assistant", "content": ""} | message)


DONE = line(
    message={"content": ""}, done=True, done_reason="stop", prompt_eval_count=7, eval_count=3
)
END: list[Delta] = [Finish("stop"), Reported(Usage(7, 3))]


def called(name: str = "f", arguments: Any = None, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": {} if arguments is None else arguments}} | more


async def deltas(provider: Loopback, *raw: bytes, **settings: Any) -> list[Delta]:
    provider.script("m", Reply(raw=raw, content_type="application/x-ndjson", **settings))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    return await deltas_of(ollama.stream, request)


ODD: dict[str, tuple[list[bytes], list[Delta]]] = {
    "as documented": ([said(content="Hello"), DONE], [Text("Hello"), *END]),
    "text in the last line": (
        [line(message={"content": "Bye"}, done=True, done_reason="stop", eval_count=1)],
        [Text("Bye"), Finish("stop"), Reported(Usage(0, 1), missing="input")],
    ),
    "no line end at the end": ([DONE.rstrip()], END),
    "thinking": (
        [said(thinking="Hm"), said(content="Yes"), DONE],
        [Reasoning("Hm"), Text("Yes"), *END],
    ),
    "a call with arguments and id": (
        [said(tool_calls=[called(arguments={"x": "ü"}, id="a")]), DONE],
        [ToolFragment(0, "a", "f", '{"x": "ü"}'), Finish("tool_calls"), END[1]],
    ),
    "calls in several lines, equal names": (
        [said(tool_calls=[called(id="a")]), said(tool_calls=[called(id="b")]), DONE],
        [
            ToolFragment(0, "a", "f", "{}"),
            ToolFragment(1, "b", "f", "{}"),
            Finish("tool_calls"),
            END[1],
        ],
    ),
    "cut by length": ([line(done=True, done_reason="length")], [Finish("length")]),
    "a call, then cut by length": (
        [said(tool_calls=[called(id="a")]), line(done=True, done_reason="length")],
        [ToolFragment(0, "a", "f", "{}"), Finish("length")],
    ),
    "no done": ([said(content="Hello")], [Text("Hello")]),
    "nonsense": (
        [b"[]\n", b"\n", line(message=[1]), said(content=None, tool_calls=[None, {}]), DONE],
        END,
    ),
    "no reason at the end": ([line(done=True)], [Finish("stop")]),
}


@pytest.mark.parametrize(("raw", "expected"), ODD.values(), ids=ODD)
async def test_odd_stream(provider: Loopback, raw: list[bytes], expected: list[Delta]) -> None:
    assert await deltas(provider, *raw) == expected


async def test_a_line_may_be_cut_anywhere(provider: Loopback) -> None:
    whole = said(content="Grüße\u2028!") + DONE
    pieces = [whole[at : at + 1] for at in range(len(whole))]
    assert await deltas(provider, *pieces) == [Text("Grüße\u2028!"), *END]


async def test_a_call_without_an_id_is_given_one(provider: Loopback) -> None:
    read = await deltas(provider, said(tool_calls=[called(), called()]), DONE)
    ids = [delta.id for delta in read if isinstance(delta, ToolFragment)]
    assert len(set(ids)) == 2 and all(ids)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(raw=[said(content="He"), b'{"error": "llama runner died"}\n']), "unavailable"),
        (Reply(status=404, raw=[b'{"error": "model \\"m\\" not found"}']), "not_found"),
        (Reply(raw=[b"{nope\n"]), "bad_response"),
    ],
    ids=["error line", "unknown model", "not JSON"],
)
async def test_failure(provider: Loopback, reply: Reply, code: str) -> None:
    provider.script("m", reply)
    with pytest.raises(ProviderError) as failure:
        async for _ in ollama.stream(Request("m", (), 10, 0.5, provider.base_url), None):
            pass
    assert failure.value.code == code


async def test_request_is_in_ollama_s_form(provider: Loopback) -> None:
    provider.script("m", Reply(raw=[DONE]))
    tool = ToolSpec(name="f", description="Do", parameters={"type": "object"})
    request = Request(
        "m",
        (
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "a", "name": "f", "arguments": {"x": 1}}],
            },
            {"role": "tool", "content": "Done", "tool_call_id": "a", "name": "f"},
        ),
        10,
        0.5,
        f"{provider.base_url}/v1/",
        tools=(tool,),
    )
    assert [d async for d in ollama.stream(request, None)] == END
    assert provider.requests[0].path == "/api/chat"
    assert "authorization" not in provider.requests[0].headers
    assert provider.requests[0].body == {
        "model": "m",
        "stream": True,
        "options": {"num_predict": 10, "temperature": 0.5},
        "messages": [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}],
            },
            {"role": "tool", "content": "Done", "tool_name": "f"},
        ],
        "tools": [{"type": "function", "function": tool}],
    }


async def test_results_are_sent_in_the_order_of_their_calls(provider: Loopback) -> None:
    def turn(*ids: str) -> list[Message]:
        calls = [CallData(id=id, name="f", arguments={}) for id in sorted(ids)]
        said = Message(role="assistant", content="", tool_calls=calls)
        return [said, *(Message(role="tool", content=id, tool_call_id=id) for id in ids)]

    first = Message(role="tool", content="of no call")
    messages = (first, *turn("b", "a"), *turn("c", "a", "b"), Message(role="user", content="Hi"))
    provider.script("m", Reply(raw=[DONE]))
    request = Request("m", messages, 10, 0.5, provider.base_url)
    assert [d async for d in ollama.stream(request, None)] == END
    told = [sent["content"] for sent in provider.requests[0].body["messages"]]
    assert told == ["of no call", "", "a", "b", "", "a", "b", "c", "Hi"]


async def test_a_given_key_is_sent_and_forbidden_tools_are_not(provider: Loopback) -> None:
    provider.script("m", Reply(raw=[DONE]))
    tool = ToolSpec(name="f", description="Do", parameters={})
    request = Request(
        "m",
        (),
        10,
        0.5,
        provider.base_url,
        api_key="key",
        tools=(tool,),
        tool_choice=ToolChoice("none"),
    )
    async for _ in ollama.stream(request, None):
        pass
    assert provider.requests[0].key == "key"
    assert "tools" not in provider.requests[0].body


ROOMS = {
    "a short prompt leaves it to the server": (100, 500, None, None),
    "a long one": (10_000, 500, None, 8_192),
    "a long answer": (100, 4_000, None, 4_096),
    "more than any model takes": (2_000_000, 500, None, 131_072),
    "as set": (100, 500, 4_096, 4_096),
}


@pytest.mark.parametrize(("size", "answer", "given", "sent"), ROOMS.values(), ids=ROOMS)
async def test_a_prompt_is_not_cut_for_want_of_room(
    provider: Loopback, size: int, answer: int, given: int | None, sent: int | None
) -> None:
    provider.script("m", Reply(raw=[DONE]))
    model = ModelConfig("m", "ollama", base_url=provider.base_url, num_ctx=given)
    asked = model.request(
        [{"role": "user", "content": "word " * (size // 4)}], max_tokens=answer, temperature=0
    )
    async for _ in ollama.stream(asked, None):
        pass
    assert provider.requests[0].body["options"].get("num_ctx") == sent


async def test_tools_and_calls_take_room_too(provider: Loopback) -> None:
    provider.script("m", Reply(raw=[DONE]))
    tool = ToolSpec(name="f", description="word " * 2_500, parameters={"type": "object"})
    messages = ({"role": "user", "content": "Hi"},)
    request = Request("m", messages, 10, 0.5, provider.base_url, tools=(tool,))  # type: ignore[arg-type]
    async for _ in ollama.stream(request, None):
        pass
    assert provider.requests[0].body["options"]["num_ctx"] == 4_096
