"""The Messages API as it arrives: whole, by line, cut anywhere; and what is sent to it."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from chat.cascade import ProviderError
from chat.cascade.pricing import Usage
from chat.cascade.providers import anthropic
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Message,
    Opaque,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolChoice,
    ToolFragment,
    ToolSpec,
)
from tests.deltas import deltas_of, keys_sent
from tests.loopback import Loopback, Received, Reply

HI: tuple[Message, ...] = ({"role": "user", "content": "Hi"},)
WEATHER: ToolSpec = {
    "name": "weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def event(type: str, **fields: Any) -> bytes:
    """With its name above it and blanks before the last brace, as the vendor pads them."""
    data = json.dumps({"type": type, **fields}, ensure_ascii=False)[:-1] + "   }"
    return f"event: {type}\ndata: {data}\n\n".encode()


def start(**usage: Any) -> bytes:
    counts = {"input_tokens": 12, "output_tokens": 1} | usage
    message = {"id": "msg_1", "role": "assistant", "content": [], "usage": counts}
    return event("message_start", message=message)


def block(index: int, content: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    """A content block from its start to its stop."""
    filled = (event("content_block_delta", index=index, delta=delta) for delta in deltas)
    opened = event("content_block_start", index=index, content_block=content)
    return opened + b"".join(filled) + event("content_block_stop", index=index)


def said(*texts: str, index: int = 0) -> bytes:
    deltas = ({"type": "text_delta", "text": text} for text in texts)
    return block(index, {"type": "text", "text": ""}, *deltas)


def called(index: int, id: str, *pieces: str, name: str = "weather") -> bytes:
    deltas = ({"type": "input_json_delta", "partial_json": piece} for piece in pieces)
    return block(index, {"type": "tool_use", "id": id, "name": name, "input": {}}, *deltas)


def ended(reason: str | None, **usage: Any) -> bytes:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return event("message_delta", delta=delta, usage={"output_tokens": 5} | usage)


STOP = event("message_stop")
PING = event("ping")
END = ended("end_turn") + STOP
CALL_END = ended("tool_use") + STOP
BEGUN = Reported(Usage(12), missing="output")
ENDING = [Finish("stop"), Reported(Usage(12, 5))]
CALL_ENDING = [Finish("tool_calls"), Reported(Usage(12, 5))]

STREAMS: dict[str, tuple[bytes, list[Delta]]] = {
    "as documented": (
        start() + PING + said("Hel", "lo é🌊") + END,
        [BEGUN, Text("Hello é🌊"), *ENDING],
    ),
    "line separators inside JSON": (
        start() + said("a\u2028b\x85c") + END,
        [BEGUN, Text("a\u2028b\x85c"), *ENDING],
    ),
    "text in the block's start": (
        start() + block(0, {"type": "text", "text": "Hi"}) + END,
        [BEGUN, Text("Hi"), *ENDING],
    ),
    "unknown events, blocks and deltas": (
        start()
        + event("telemetry", x=1)
        + block(
            0,
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            {"type": "input_json_delta", "partial_json": '{"q": 1}'},
        )
        + block(1, {"type": "hologram"}, {"type": "hologram_delta", "light": 1})
        + block(
            2,
            {"type": "text", "text": ""},
            {"type": "citations_delta", "citation": {}},
            {"type": "text_delta", "text": "Yes"},
        )
        + END,
        [BEGUN, Text("Yes"), *ENDING],
    ),
    "thinking is signed and goes back as it came": (
        start()
        + block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": "Hm, "},
            {"type": "thinking_delta", "thinking": "yes"},
            {"type": "signature_delta", "signature": "EqQB"},
        )
        + block(1, {"type": "redacted_thinking", "data": "secret"})
        + said("Yes", index=2)
        + END,
        [
            BEGUN,
            Reasoning("Hm, yes"),
            Opaque({"type": "thinking", "thinking": "Hm, yes", "signature": "EqQB"}),
            Opaque({"type": "redacted_thinking", "data": "secret"}),
            Text("Yes"),
            *ENDING,
        ],
    ),
    "thinking that is kept back has a signature alone": (
        start()
        + block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "signature_delta", "signature": "EqQB"},
        )
        + END,
        [BEGUN, Opaque({"type": "thinking", "thinking": "", "signature": "EqQB"}), *ENDING],
    ),
    "a tool's arguments in pieces": (
        start() + said("I look.") + called(1, "t1", "", '{"city": ', '"Oslo"}') + CALL_END,
        [
            BEGUN,
            Text("I look."),
            ToolFragment(0, "t1", "weather"),
            ToolFragment(0, arguments='{"city": "Oslo"}'),
            *CALL_ENDING,
        ],
    ),
    "parallel calls are told apart": (
        start() + called(1, "t1", '{"city": "Oslo"}') + called(2, "t2", "{}") + CALL_END,
        [
            BEGUN,
            ToolFragment(0, "t1", "weather"),
            ToolFragment(0, arguments='{"city": "Oslo"}'),
            ToolFragment(1, "t2", "weather"),
            ToolFragment(1, arguments="{}"),
            *CALL_ENDING,
        ],
    ),
    "a call without parameters": (
        start() + called(0, "t1", "") + CALL_END,
        [BEGUN, ToolFragment(0, "t1", "weather"), ToolFragment(0, arguments="{}"), *CALL_ENDING],
    ),
    "a call that length cut short": (
        start() + called(0, "t1", '{"ci') + ended("max_tokens") + STOP,
        [
            BEGUN,
            ToolFragment(0, "t1", "weather"),
            ToolFragment(0, arguments='{"ci'),
            Finish("length"),
            Reported(Usage(12, 5)),
        ],
    ),
    "calls decide, whatever the stop reason": (
        start() + called(0, "t1", "{}") + END,
        [BEGUN, ToolFragment(0, "t1", "weather"), ToolFragment(0, arguments="{}"), *CALL_ENDING],
    ),
    "a stop sequence that left no text": (
        start() + ended("stop_sequence") + STOP,
        [BEGUN, *ENDING],
    ),
    "message_stop alone ends it": (
        start() + said("Hi") + STOP,
        [BEGUN, Text("Hi"), Finish("stop")],
    ),
    "no message_stop": (start() + said("Hi") + ended("end_turn"), [BEGUN, Text("Hi"), *ENDING]),
    "no blank line at the end": ((start() + ended("end_turn")).rstrip(), [BEGUN, *ENDING]),
    "no end": (start() + said("Hi"), [BEGUN, Text("Hi")]),
    "[DONE] at the end (OpenRouter)": (start() + END + b"data: [DONE]\n\n", [BEGUN, *ENDING]),
    "cache reads and writes are input": (
        start(cache_read_input_tokens=100, cache_creation_input_tokens=30) + END,
        [
            Reported(Usage(142, cached_input=100, cache_write=30), missing="output"),
            Finish("stop"),
            Reported(Usage(142, 5, cached_input=100, cache_write=30)),
        ],
    ),
    "the second usage repeats the first": (
        start() + ended("end_turn", input_tokens=20, cache_read_input_tokens=None) + STOP,
        [BEGUN, Finish("stop"), Reported(Usage(20, 5))],
    ),
    "usage twice is not added": (
        start() + ended(None, output_tokens=3) + ended("end_turn", output_tokens=9) + STOP,
        [BEGUN, Reported(Usage(12, 3)), Finish("stop"), Reported(Usage(12, 9))],
    ),
    "thinking tokens": (
        start() + ended("end_turn", output_tokens_details={"thinking_tokens": 4}) + STOP,
        [BEGUN, Finish("stop"), Reported(Usage(12, 5, reasoning=4))],
    ),
    "more thinking than output is clamped": (
        start() + ended("end_turn", output_tokens_details={"thinking_tokens": 40}) + STOP,
        [BEGUN, Finish("stop"), Reported(Usage(12, 5, reasoning=5))],
    ),
    "usage of zero": (
        start(input_tokens=0) + ended("end_turn", output_tokens=0) + STOP,
        [Reported(Usage(), missing="output"), Finish("stop"), Reported(Usage(0, 0))],
    ),
    "usage of nonsense": (
        start(input_tokens="many") + ended("end_turn", output_tokens=-5) + STOP,
        [Finish("stop")],
    ),
    "no second usage": (
        start() + event("message_delta", delta={"stop_reason": "end_turn"}) + STOP,
        [BEGUN, Finish("stop"), BEGUN],
    ),
    "no first usage": (
        start(input_tokens=None) + END,
        [Finish("stop"), Reported(Usage(0, 5), missing="input")],
    ),
    "an error after the end changes nothing": (
        start() + END + event("error", error={"type": "overloaded_error"}),
        [BEGUN, *ENDING],
    ),
    "an index that is none": (
        start()
        + event("content_block_start", index=[0], content_block={"type": "text", "text": "Hi"})
        + event("content_block_delta", index={}, delta={"type": "text_delta", "text": "!"})
        + event("content_block_stop", index=[])
        + END,
        [BEGUN, Text("Hi!"), *ENDING],
    ),
    "null everywhere": (
        event("message_start", message=None)
        + event("content_block_start", index=None, content_block=None)
        + event("content_block_delta", index=7, delta=None)
        + event("content_block_stop")
        + b"data: []\n\ndata: null\n\n"
        + STOP,
        [Finish("stop")],
    ),
}

REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "something new": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}


async def deltas(server: Loopback, *raw: bytes, **settings: Any) -> list[Delta]:
    server.script("m", Reply(raw=raw, **settings))
    request = Request("m", HI, 10, 0.5, server.base_url)
    return await deltas_of(anthropic.stream, request)


def joined(deltas: Sequence[Delta]) -> list[Delta]:
    """What was streamed in pieces, whole, as a cut may make more of them."""
    whole: list[Delta] = []
    for delta in deltas:
        match whole[-1:], delta:
            case [Text(before)], Text(more):
                whole[-1] = Text(before + more)
            case [Reasoning(before)], Reasoning(more):
                whole[-1] = Reasoning(before + more)
            case [ToolFragment(key, "", "", before)], ToolFragment(same, "", "", more) if (
                key == same
            ):
                whole[-1] = ToolFragment(key, arguments=before + more)
            case _:
                whole.append(delta)
    return whole


def cut(stream: bytes, seed: int) -> list[bytes]:
    at = sorted(random.Random(seed).sample(range(len(stream)), min(len(stream), 12)))
    return [stream[a:b] for a, b in zip([0, *at], [*at, len(stream)], strict=True)]


@pytest.mark.parametrize(("raw", "expected"), STREAMS.values(), ids=STREAMS)
async def test_stream_whole_by_line_and_cut(
    provider: Loopback, raw: bytes, expected: list[Delta]
) -> None:
    assert joined(await deltas(provider, raw)) == expected
    assert joined(await deltas(provider, *raw.splitlines(keepends=True))) == expected
    assert joined(await deltas(provider, raw.replace(b"\n", b"\r\n"))) == expected
    for seed in range(3):
        assert joined(await deltas(provider, *cut(raw, seed), pace_s=0.0005)) == expected


@pytest.mark.parametrize(("reason", "finish"), REASONS.items())
async def test_stop_reason(provider: Loopback, reason: str, finish: Any) -> None:
    read = await deltas(provider, start(), said("A"), ended(reason), ended("max_tokens"))
    assert [delta for delta in read if isinstance(delta, Finish)] == [Finish(finish)]


async def test_an_answer_cut_anywhere_has_no_finish(provider: Loopback) -> None:
    raw = start() + said("Hello") + called(1, "t1", "{}")
    for share in (0.3, 0.6, 0.9):
        try:
            read = await deltas(provider, raw[: int(len(raw) * share)])
        except ProviderError as error:
            assert error.code == "incomplete"
        else:
            assert not any(isinstance(delta, Finish) for delta in read)
            assert all(delta.missing == "output" for delta in read if isinstance(delta, Reported))


async def test_json_body_instead_of_a_stream(provider: Loopback) -> None:
    message = {
        "type": "message",
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "s"},
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 12, "output_tokens": 5},
    }
    body = json.dumps(message).encode()
    assert await deltas(provider, body, content_type="application/json") == [
        Reasoning("Hm"),
        Opaque({"type": "thinking", "thinking": "Hm", "signature": "s"}),
        Text("Hello"),
        ToolFragment(0, "t1", "weather"),
        ToolFragment(0, arguments='{"city": "Oslo"}'),
        *CALL_ENDING,
    ]


def failed(status: int, type: str, message: str = "no", **headers: str) -> Reply:
    error = {"type": "error", "error": {"type": type, "message": message}, "request_id": "req_1"}
    return Reply(
        status=status,
        raw=[json.dumps(error).encode()],
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def failed_inside(type: str) -> Reply:
    return Reply(raw=[start(), event("error", error={"type": type, "message": "no"})])


LONG = "prompt is too long: 208310 tokens > 200000 maximum"
LIMIT = "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000"
CREDIT = "Your credit balance is too low to access the Anthropic API."

FAILURES: dict[str, tuple[Reply, str, bool]] = {
    "400": (failed(400, "invalid_request_error"), "bad_request", False),
    "400 prompt too long": (failed(400, "invalid_request_error", LONG), "context_length", False),
    "400 context limit": (failed(400, "invalid_request_error", LIMIT), "context_length", False),
    "400 no credit": (failed(400, "invalid_request_error", CREDIT), "quota_exceeded", False),
    "401": (failed(401, "authentication_error"), "unauthorized", False),
    "403": (failed(403, "permission_error"), "unauthorized", False),
    "404": (failed(404, "not_found_error", "model: m"), "not_found", False),
    "413": (failed(413, "request_too_large"), "context_length", False),
    "429": (failed(429, "rate_limit_error"), "rate_limited", True),
    "429 spend limit": (
        failed(429, "rate_limit_error", "enforced_spend_limit_reached"),
        "quota_exceeded",
        False,
    ),
    "429 that must not be retried": (
        failed(429, "rate_limit_error", x_should_retry="false"),
        "rate_limited",
        False,
    ),
    "500": (failed(500, "api_error"), "unavailable", True),
    "529": (failed(529, "overloaded_error"), "unavailable", True),
    "overloaded inside 200": (failed_inside("overloaded_error"), "unavailable", True),
    "rate limit inside 200": (failed_inside("rate_limit_error"), "rate_limited", True),
    "wrong key inside 200": (failed_inside("authentication_error"), "unauthorized", False),
    "bad request inside 200": (failed_inside("invalid_request_error"), "bad_request", False),
    "unknown error inside 200": (failed_inside("surprise_error"), "unavailable", True),
    "error that is a text": (Reply(raw=[event("error", error="boom")]), "unavailable", True),
    "not JSON": (Reply(raw=[b"data: {nope\n\n"]), "bad_response", True),
    "login page": (Reply(raw=[b"<html>"], content_type="text/html"), "bad_response", False),
    "reset before the first word": (Reply(raw=[start()], end="reset"), "incomplete", True),
    "reset after it": (Reply(raw=[start(), said("Hi")], end="reset"), "incomplete", True),
}


@pytest.mark.parametrize(("reply", "code", "retryable"), FAILURES.values(), ids=FAILURES)
async def test_failure(provider: Loopback, reply: Reply, code: str, retryable: bool) -> None:
    provider.script("m", reply)
    with pytest.raises(ProviderError) as failure:
        async for _ in anthropic.stream(Request("m", HI, 10, 0.5, provider.base_url), None):
            pass
    assert (failure.value.code, failure.value.retryable) == (code, retryable)


async def test_retry_after_is_kept(provider: Loopback) -> None:
    provider.script("m", failed(429, "rate_limit_error", retry_after="7"))
    with pytest.raises(ProviderError) as failure:
        await anext(anthropic.stream(Request("m", HI, 10, 0.5, provider.base_url), None))
    assert failure.value.retry_after_s == 7


async def sent(server: Loopback, *messages: Message, **settings: Any) -> Received:
    request = Request("m", messages or HI, 10, 0.5, server.base_url, **settings)
    async for _ in anthropic.stream(request, None):
        pass
    return server.requests[-1]


async def test_request(provider: Loopback) -> None:
    system: list[Message] = [
        {"role": "system", "content": text} for text in ("Be kind.", "", "Be brief.")
    ]
    received = await sent(provider, *system, *HI, api_key="secret")
    assert received.path == "/v1/messages"
    assert received.headers["x-api-key"] == "secret"
    assert received.headers["anthropic-version"] == "2026-10-21"
    assert "authorization" not in received.headers
    assert received.body == {
        "model": "m",
        "max_tokens": 10,
        "system": "Be kind.\n\nBe brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "stream": True,
    }


async def test_no_sampling_parameter_and_nothing_unasked_is_sent(provider: Loopback) -> None:
    assert sorted((await sent(provider)).body) == ["max_tokens", "messages", "model", "stream"]


async def test_empty_assistant_turn_is_dropped_and_its_neighbours_are_one(
    provider: Loopback,
) -> None:
    assistant: Message = {"role": "assistant", "content": " \n", "opaque": [{"type": "thinking"}]}
    received = await sent(provider, *HI, assistant, {"role": "user", "content": "Hello?"})
    blocks = [{"type": "text", "text": "Hi"}, {"type": "text", "text": "Hello?"}]
    assert received.body["messages"] == [{"role": "user", "content": blocks}]


async def test_a_tool_loop_goes_back_in_order(provider: Loopback) -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    asked: Message = {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [
            {"id": "t1", "name": "weather", "arguments": {"city": "Oslo"}},
            {"id": "functions.weather:1", "name": "weather", "arguments": {}},
            {"id": "unanswered", "name": "weather", "arguments": {}},
        ],
        "opaque": [thought, {"thoughtSignature": "of another vendor"}, "nonsense"],
    }
    results: list[Message] = [
        {"role": "tool", "tool_call_id": "t1", "content": "Rain"},
        {"role": "tool", "tool_call_id": "functions.weather:1", "content": "No", "is_error": True},
    ]
    received = await sent(provider, *HI, asked, *results, {"role": "user", "content": "And?"})
    user, assistant, answered = received.body["messages"]
    assert [message["role"] for message in (user, assistant, answered)] == [
        "user",
        "assistant",
        "user",
    ]
    assert assistant["content"] == [
        thought,
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
        {"type": "tool_use", "id": "functions_weather_1", "name": "weather", "input": {}},
    ]
    assert answered["content"] == [
        {"type": "tool_result", "tool_use_id": "t1", "content": "Rain", "is_error": False},
        {
            "type": "tool_result",
            "tool_use_id": "functions_weather_1",
            "content": "No",
            "is_error": True,
        },
        {"type": "text", "text": "And?"},
    ]


CHOICES = {
    "auto": (ToolChoice(), {"type": "auto"}),
    "none": (ToolChoice("none"), {"type": "none"}),
    "required": (ToolChoice("required"), {"type": "any"}),
    "one": (ToolChoice("one", "weather"), {"type": "tool", "name": "weather"}),
}


@pytest.mark.parametrize(("choice", "expected"), CHOICES.values(), ids=CHOICES)
async def test_tools_and_choice(
    provider: Loopback, choice: ToolChoice, expected: dict[str, str]
) -> None:
    body = (await sent(provider, tools=(WEATHER,), tool_choice=choice)).body
    assert body["tools"] == [
        {
            "name": "weather",
            "description": "The weather of a city",
            "input_schema": WEATHER["parameters"],
        }
    ]
    assert body["tool_choice"] == expected


ADDRESSES = {
    None: "https://api.anthropic.com/v1/messages",
    "https://host": "https://host/v1/messages",
    "https://host/v1/": "https://host/v1/messages",
    "https://host/v1/messages": "https://host/v1/messages",
    "https://openrouter.ai/api/v1": "https://openrouter.ai/api/v1/messages",
    "https://api.deepseek.com/anthropic": "https://api.deepseek.com/anthropic/v1/messages",
}


@pytest.mark.parametrize(("base_url", "full"), ADDRESSES.items())
def test_address(base_url: str | None, full: str) -> None:
    assert anthropic.endpoint(base_url) == full


class TestKeyOfTheEnvironment:
    async def keys_sent(self, base_url: str | None) -> list[str]:
        return await keys_sent(anthropic.stream, "x-api-key", base_url)

    async def test_goes_to_anthropic_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "from-env-0123\n")
        assert await self.keys_sent(None) == ["from-env-0123"]
        assert await self.keys_sent("https://api.anthropic.com/v1/") == ["from-env-0123"]
        assert await self.keys_sent("https://api.anthropic.com.evil.test") == [""]
        assert await self.keys_sent("http://api.anthropic.com") == [""]

    async def test_without_one_nothing_is_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
        assert await self.keys_sent(None) == []
