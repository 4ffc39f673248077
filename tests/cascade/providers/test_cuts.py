"""Every dialect's stream, cut at every byte and ended at every byte."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from chat.cascade import ProviderError
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Opaque,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolFragment,
    together,
)
from chat.cascade.providers.transport import close_client
from tests.loopback import event

WORDS = ("Grüße, ", "\u2028 und 😀", "\r\n\r\ndata: {}\n\n", "!")
CITY = {"city": "Zürich"}
ARGUMENTS = json.dumps(CITY, ensure_ascii=False)


def named(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def choice(finish: str | None = None, **delta: Any) -> bytes:
    data = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def piece(id: str = "", name: str = "", arguments: str = "") -> dict[str, Any]:
    return {"index": 0, "id": id, "function": {"name": name, "arguments": arguments}}


CHAT_COMPLETIONS = [
    b": waiting\n\n",
    choice(role="assistant", content="<think>"),
    choice(content="Hm, ä"),
    choice(content="</think>"),
    *(choice(content=word) for word in WORDS),
    choice(tool_calls=[piece("call_1", "weather", ARGUMENTS[:11])]),
    choice(tool_calls=[piece(arguments=ARGUMENTS[11:])]),
    choice(finish="tool_calls"),
    event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 9}}),
    b"data: [DONE]\n\n",
]

RESPONSES = [
    named("response.reasoning_summary_text.delta", output_index=0, delta="Hm, ä"),
    *(named("response.output_text.delta", output_index=1, delta=word) for word in WORDS),
    named(
        "response.output_item.added",
        output_index=2,
        item={"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ""},
    ),
    named("response.function_call_arguments.delta", output_index=2, delta=ARGUMENTS[:11]),
    named("response.function_call_arguments.delta", output_index=2, delta=ARGUMENTS[11:]),
    named("response.completed", response={"usage": {"input_tokens": 7, "output_tokens": 9}}),
]

MESSAGES = [
    named("message_start", message={"usage": {"input_tokens": 7, "output_tokens": 1}}),
    named("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}),
    named("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "Hm, ä"}),
    named("content_block_stop", index=0),
    named("ping"),
    named("content_block_start", index=1, content_block={"type": "text", "text": ""}),
    *(
        named("content_block_delta", index=1, delta={"type": "text_delta", "text": word})
        for word in WORDS
    ),
    named("content_block_stop", index=1),
    named(
        "content_block_start",
        index=2,
        content_block={"type": "tool_use", "id": "call_1", "name": "weather", "input": {}},
    ),
    *(
        named(
            "content_block_delta",
            index=2,
            delta={"type": "input_json_delta", "partial_json": part},
        )
        for part in (ARGUMENTS[:11], ARGUMENTS[11:])
    ),
    named("content_block_stop", index=2),
    named("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
    named("message_stop"),
]


def part(*, finish: str | None = None, **said: Any) -> bytes:
    candidate = {"content": {"parts": [said]}} | ({"finishReason": finish} if finish else {})
    data = {"candidates": [candidate], "usageMetadata": {"promptTokenCount": 7}}
    return f"data: {json.dumps(data, ensure_ascii=False)}\r\n\r\n".encode()


GENERATE_CONTENT = [
    part(text="Hm, ä", thought=True),
    *(part(text=word) for word in WORDS),
    part(functionCall={"id": "call_1", "name": "weather", "args": CITY}, finish="STOP"),
]


def line(*, done: bool = False, counts: dict[str, int] | None = None, **message: Any) -> bytes:
    data = {"message": {"role": "assistant", **message}, "done": done, **(counts or {})}
    return f"{json.dumps(data, ensure_ascii=False)}\n".encode()


OLLAMA_CHAT = [
    line(content="", thinking="Hm, ä"),
    *(line(content=word) for word in WORDS),
    line(tool_calls=[{"id": "call_1", "function": {"name": "weather", "arguments": CITY}}]),
    line(content="", done=True, counts={"prompt_eval_count": 7, "eval_count": 9}),
]

STREAMS = {
    "openai": CHAT_COMPLETIONS,
    "openai_responses": RESPONSES,
    "anthropic": MESSAGES,
    "gemini": GENERATE_CONTENT,
    "ollama": OLLAMA_CHAT,
}


class Pieces(httpx.AsyncByteStream):
    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._pieces:
            yield part


class Wire:
    """Hands out one stream, in whatever pieces."""

    def __init__(self, dialect: str) -> None:
        self._stream = PROVIDERS[dialect]
        self._pieces: Sequence[bytes] = ()
        self._request = Request(
            "m", ({"role": "user", "content": "Hi"},), 10, 0.5, "https://m.test/v1"
        )
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Pieces(self._pieces))

    async def read(self, *pieces: bytes) -> tuple[list[Delta], ProviderError | None]:
        """What came, and what then went wrong."""
        self._pieces = pieces
        deltas: list[Delta] = []
        try:
            async for delta in self._stream(self._request, self.transport):
                deltas.append(delta)
        except ProviderError as error:
            return list(together(deltas)), error
        return list(together(deltas)), None


@pytest.fixture(params=STREAMS)
async def wire(request: pytest.FixtureRequest) -> AsyncGenerator[tuple[Wire, bytes], None]:
    wire = Wire(request.param)
    yield wire, b"".join(STREAMS[request.param])
    await close_client(wire.transport)


def told(deltas: Sequence[Delta]) -> dict[str, Any]:
    """Whatever the pieces: the thoughts, the text, the call, and how it ended."""
    calls = [delta for delta in deltas if isinstance(delta, ToolFragment)]
    arguments = "".join(delta.arguments for delta in calls)
    return {
        "thoughts": "".join(delta.text for delta in deltas if isinstance(delta, Reasoning)),
        "text": "".join(delta.text for delta in deltas if isinstance(delta, Text)),
        "calls": [(delta.id, delta.name) for delta in calls if delta.name],
        "arguments": arguments,
        "others": [delta for delta in deltas if isinstance(delta, Opaque | Finish | Reported)],
    }


async def test_no_cut_changes_what_is_read(wire: tuple[Wire, bytes]) -> None:
    source, stream = wire
    whole, error = await source.read(stream)
    assert error is None
    expected = told(whole)
    assert (expected["thoughts"], expected["text"]) == ("Hm, ä", "".join(WORDS))
    assert expected["calls"] == [("call_1", "weather")]
    assert json.loads(expected["arguments"]) == CITY
    assert Finish("tool_calls") in whole
    for cut in range(1, len(stream)):
        deltas, error = await source.read(stream[:cut], stream[cut:])
        assert (told(deltas), error) == (expected, None), cut
    deltas, error = await source.read(*(bytes([byte]) for byte in stream))
    assert (told(deltas), error) == (expected, None)


async def test_no_beginning_is_taken_for_the_whole(wire: tuple[Wire, bytes]) -> None:
    """Of a stream that ends anywhere, a beginning is told, and a finish only after all of it."""
    source, stream = wire
    whole, _ = await source.read(stream)
    expected = told(whole)
    said = ("thoughts", "text", "arguments")
    for end in range(len(stream)):
        deltas, _ = await source.read(stream[:end])
        found = told(deltas)
        assert all(expected[name].startswith(found[name]) for name in said), end
        if any(isinstance(delta, Finish) for delta in deltas):
            assert [found[name] for name in said] == [expected[name] for name in said], end
