"""Gemini's native stream as it arrives: whole, by line, cut anywhere; and what is sent to it."""

import json
import random
from typing import Any

import pytest

from chat.cascade import ProviderError
from chat.cascade.pricing import Usage
from chat.cascade.providers import gemini
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


def response(payload: object) -> bytes:
    """As the vendor writes it: a whole object an event, CRLF, not ASCII."""
    return f"data: {json.dumps(payload, ensure_ascii=False)}\r\n\r\n".encode()


def said(*parts: object, finish: object = None, **usage: int) -> bytes:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    counts = {"promptTokenCount": 7} | usage
    return response({"candidates": [candidate], "usageMetadata": counts, "modelVersion": "m"})


def words(text: str) -> dict[str, Any]:
    return {"text": text}


def called(city: str, **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": "weather", "args": {"city": city}} | more}


def end(finish: object = "STOP") -> bytes:
    return said(finish=finish, candidatesTokenCount=5)


ENDING = [Reported(Usage(7, 5)), Finish("stop")]
CALLS = [Reported(Usage(7, 5)), Finish("tool_calls")]
UNCOUNTED = Reported(Usage(7), missing="output")
OSLO = '{"city": "Oslo"}'
OPENING: list[Delta] = [Text("Hel"), Reported(Usage(7, 2)), Text("lo é🌊"), *ENDING]

STREAMS: dict[str, tuple[bytes, list[Delta]]] = {
    "as documented": (
        said(words("Hel"), candidatesTokenCount=2)
        + said(words("lo é🌊"), finish="STOP", candidatesTokenCount=5),
        OPENING,
    ),
    "a finish reason in every event": (
        said(words("Hel"), finish="STOP", candidatesTokenCount=2)
        + said(words("lo"), finish="STOP", candidatesTokenCount=5),
        [Text("Hel"), Reported(Usage(7, 2)), Text("lo"), *ENDING],
    ),
    "the last finish reason counts": (
        said(words("A"), finish="STOP") + end("MAX_TOKENS"),
        [Text("A"), UNCOUNTED, Reported(Usage(7, 5)), Finish("length")],
    ),
    "an unspecified finish is none": (
        said(words("A"), finish="FINISH_REASON_UNSPECIFIED") + said(finish=0),
        [Text("A")],
    ),
    "line separators inside JSON": (
        said(words("a\u2028b\x85c")) + end(),
        [Text("a\u2028b\x85c"), *ENDING],
    ),
    "thoughts": (
        said({"text": "Hm", "thought": True}, words("Yes"))
        + said(finish="STOP", candidatesTokenCount=2, thoughtsTokenCount=3),
        [Reasoning("Hm"), Text("Yes"), Reported(Usage(7, 5, reasoning=3)), Finish("stop")],
    ),
    "a signature on an empty text": (
        said(words("Yes")) + said({"text": "", "thoughtSignature": "c2ln"}) + end(),
        [Text("Yes"), Opaque({"thoughtSignature": "c2ln"}), *ENDING],
    ),
    "a signature on a call": (
        said(called("Oslo", id="c1") | {"thoughtSignature": "c2ln"}) + end(),
        [
            ToolFragment(0, "c1", "weather", OSLO),
            Opaque({"thoughtSignature": "c2ln", "call": "c1"}),
            *CALLS,
        ],
    ),
    "parallel calls as parts and as events": (
        said(called("Oslo", id="c1"), called("Oslo", id="c2"))
        + said(called("Oslo", id="c3"))
        + end(),
        [*(ToolFragment(n, f"c{n + 1}", "weather", OSLO) for n in range(3)), *CALLS],
    ),
    "a call after a finish": (
        said(finish="STOP", candidatesTokenCount=5) + said(called("Oslo", id="c1")) + end(),
        [
            Reported(Usage(7, 5)),
            ToolFragment(0, "c1", "weather", OSLO),
            UNCOUNTED,
            *CALLS,
        ],
    ),
    "a call without arguments": (
        said({"functionCall": {"name": "now", "id": "c1"}}) + end(),
        [ToolFragment(0, "c1", "now", "{}"), *CALLS],
    ),
    "a blocked prompt": (
        response(
            {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 7}}
        ),
        [UNCOUNTED, Finish("content_filter")],
    ),
    "a blocked prompt by number": (
        response({"promptFeedback": {"blockReason": 1}}),
        [Finish("content_filter")],
    ),
    "no text at all for length": (
        response({"candidates": [{"finishReason": "MAX_TOKENS", "index": 0}]}),
        [Finish("length")],
    ),
    "nothing but unknown parts": (said({"executableCode": {}}, {"inlineData": {}}) + end(), ENDING),
    "other candidates": (
        response({"candidates": [{"index": 1, "content": {"parts": [words("no")]}}]}) + end(),
        ENDING,
    ),
    "the last usage that is not empty": (
        said(finish="STOP", candidatesTokenCount=5) + response({"usageMetadata": {}}),
        ENDING,
    ),
    "tool prompts, cache and thoughts": (
        said(
            finish="STOP",
            toolUsePromptTokenCount=3,
            cachedContentTokenCount=4,
            candidatesTokenCount=5,
            thoughtsTokenCount=6,
        ),
        [Reported(Usage(10, 11, cached_input=4, reasoning=6)), Finish("stop")],
    ),
    "more cached than given is clamped": (
        said(finish="STOP", cachedContentTokenCount=400),
        [Reported(Usage(7, cached_input=7), missing="output"), Finish("stop")],
    ),
    "no count of the answer but in the total": (
        said(finish="MAX_TOKENS", thoughtsTokenCount=6, totalTokenCount=13),
        [Reported(Usage(7, 6, reasoning=6)), Finish("length")],
    ),
    "no end": (said(words("Hi")), [Text("Hi")]),
    "no blank line at the end": ((said(words("Hi")) + end()).rstrip(), [Text("Hi"), *ENDING]),
    "null everywhere": (
        response({"candidates": None, "usageMetadata": None, "promptFeedback": None})
        + response({"candidates": [None, {}, {"content": None, "index": None}]})
        + response({"candidates": [{"content": {"parts": None}}]})
        + response({"candidates": [{"content": {"parts": [None, {"text": None}]}}]})
        + response([])
        + response(None)
        + end(),
        ENDING,
    ),
}

REASONS = {
    "STOP": "stop",
    "OTHER": "stop",
    "SOMETHING_NEW": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    1: "stop",
    2: "length",
    3: "content_filter",
    8: "content_filter",
    99: "stop",
}


async def deltas(server: Loopback, *raw: bytes, **settings: Any) -> list[Delta]:
    server.script("", Reply(raw=raw, **settings))
    request = Request("m", HI, 10, 0.5, server.base_url)
    return await deltas_of(gemini.stream, request)


def cut(stream: bytes, seed: int) -> list[bytes]:
    at = sorted(random.Random(seed).sample(range(len(stream)), 12))
    return [stream[a:b] for a, b in zip([0, *at], [*at, len(stream)], strict=True)]


@pytest.mark.parametrize(("raw", "expected"), STREAMS.values(), ids=STREAMS)
async def test_stream_whole_by_line_and_cut(
    provider: Loopback, raw: bytes, expected: list[Delta]
) -> None:
    assert await deltas(provider, raw) == expected
    assert await deltas(provider, *raw.splitlines(keepends=True)) == expected
    assert await deltas(provider, raw.replace(b"\r\n", b"\n")) == expected
    for seed in range(3):
        assert await deltas(provider, *cut(raw, seed), pace_s=0.0005) == expected


@pytest.mark.parametrize(("reason", "finish"), REASONS.items())
async def test_finish_reason(provider: Loopback, reason: object, finish: Any) -> None:
    read = await deltas(provider, end(reason))
    assert [delta for delta in read if isinstance(delta, Finish)] == [Finish(finish)]


async def test_calls_without_ids_are_given_different_ones(provider: Loopback) -> None:
    read = await deltas(provider, said(called("Oslo"), called("Oslo"), finish="STOP"))
    ids = [delta.id for delta in read if isinstance(delta, ToolFragment)]
    assert len(set(ids)) == 2
    assert all(ids)


async def test_an_array_instead_of_a_stream(provider: Loopback) -> None:
    events = [json.loads(raw[6:]) for raw in (said(words("Hi")), end())]
    body = json.dumps(events, indent=2).encode()
    read = await deltas(provider, *cut(body, 1), content_type="application/json")
    assert read == [Text("Hi"), *ENDING]


def failed(status: int, message: str = "no", *details: object, name: str = "") -> Reply:
    error = {"code": status, "message": message, "status": name, "details": list(details)}
    body = json.dumps({"error": error}, indent=2).encode()
    return Reply(status=status, raw=[body], content_type="application/json")


def listed(reply: Reply) -> Reply:
    assert reply.raw
    return Reply(status=reply.status, raw=[b"[", *reply.raw, b"]"], content_type="application/json")


def inside(*raw: bytes) -> Reply:
    return Reply(raw=[said(), *raw])


def limit(period: str) -> dict[str, Any]:
    quota = f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier"
    kind = "type.googleapis.com/google.rpc.QuotaFailure"
    return {"@type": kind, "violations": [{"quotaId": quota}]}


WRONG_KEY = "API key not valid. Please pass a valid API key."
TOO_LONG = "The input token count (1048578) exceeds the maximum number of tokens allowed (1048575)."
USED_UP = "You exceeded your current quota, please check your plan and billing details."
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}
OVERLOADED = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}

FAILURES: dict[str, tuple[Reply, str, bool]] = {
    "400": (failed(400, name="INVALID_ARGUMENT"), "bad_request", False),
    "400 wrong key": (failed(400, WRONG_KEY, name="INVALID_ARGUMENT"), "unauthorized", False),
    "400 too long": (failed(400, TOO_LONG, name="INVALID_ARGUMENT"), "context_length", False),
    "400 in a list": (listed(failed(400, WRONG_KEY)), "unauthorized", False),
    "403 missing key": (failed(403, name="PERMISSION_DENIED"), "unauthorized", False),
    "404": (failed(404, name="NOT_FOUND"), "not_found", False),
    "429": (failed(429, name="RESOURCE_EXHAUSTED"), "rate_limited", True),
    "429 a minute's quota": (failed(429, USED_UP, limit("Minute"), RETRY), "rate_limited", True),
    "429 a day's quota": (failed(429, USED_UP, limit("Day"), RETRY), "quota_exceeded", False),
    "429 quota": (failed(429, USED_UP), "quota_exceeded", False),
    "500": (failed(500, name="INTERNAL"), "unavailable", True),
    "503": (failed(503, name="UNAVAILABLE"), "unavailable", True),
    "504": (failed(504, name="DEADLINE_EXCEEDED"), "unavailable", True),
    "error inside 200": (inside(response(OVERLOADED)), "unavailable", True),
    "bare error inside 200": (
        inside(json.dumps(OVERLOADED, indent=2).encode()),
        "unavailable",
        True,
    ),
    "bare error in a list inside 200": (
        inside(json.dumps([OVERLOADED], indent=2).encode()),
        "unavailable",
        True,
    ),
    "limit inside 200": (inside(response({"error": {"code": 429}})), "rate_limited", True),
    "a call that cannot be read": (inside(end("MALFORMED_FUNCTION_CALL")), "bad_response", True),
    "a call nobody offered": (inside(end("UNEXPECTED_TOOL_CALL")), "bad_response", True),
    "a call that cannot be read, by number": (inside(end(10)), "bad_response", True),
    "not JSON": (Reply(raw=[b"data: {nope\n\n"]), "bad_response", True),
    "login page": (Reply(raw=[b"<html>"], content_type="text/html"), "bad_response", False),
    "reset": (Reply(raw=[said(words("Hi"))], end="reset"), "incomplete", True),
    # Whether a finish reason was the last, only the end of the stream tells.
    "error after a finish": (inside(end(), response(OVERLOADED)), "unavailable", True),
    "reset after a finish": (
        Reply(raw=[said(words("Hi")), end()], end="reset"),
        "incomplete",
        True,
    ),
}


@pytest.mark.parametrize(("reply", "code", "retryable"), FAILURES.values(), ids=FAILURES)
async def test_failure(provider: Loopback, reply: Reply, code: str, retryable: bool) -> None:
    provider.script("", reply)
    with pytest.raises(ProviderError) as failure:
        async for _ in gemini.stream(Request("m", HI, 10, 0.5, provider.base_url), None):
            pass
    assert (failure.value.code, failure.value.retryable) == (code, retryable)


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_stated_in_the_body_is_kept(provider: Loopback, status: int) -> None:
    provider.script("", failed(status, USED_UP, limit("Minute"), RETRY))
    with pytest.raises(ProviderError) as failure:
        await anext(gemini.stream(Request("m", HI, 10, 0.5, provider.base_url), None))
    assert failure.value.retry_after_s == 12.5


async def sent(server: Loopback, *messages: Message, **settings: Any) -> Received:
    request = Request("m", messages or HI, 10, 0.5, server.base_url, **settings)
    async for _ in gemini.stream(request, None):
        pass
    return server.requests[-1]


async def test_request(provider: Loopback) -> None:
    system: list[Message] = [
        {"role": "system", "content": text} for text in ("Be kind.", "", "Be brief.")
    ]
    received = await sent(provider, *system, *HI, api_key="secret")
    assert received.path == "/v1beta/models/m:streamGenerateContent?alt=sse"
    assert received.headers["x-goog-api-key"] == "secret"
    assert "authorization" not in received.headers
    assert received.body == {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "systemInstruction": {"parts": [{"text": "Be kind.\n\nBe brief."}]},
        "generationConfig": {"maxOutputTokens": 10, "temperature": 0.5},
    }


async def test_empty_turns_are_dropped_and_their_neighbours_are_one(provider: Loopback) -> None:
    received = await sent(
        provider,
        *HI,
        {"role": "assistant", "content": "", "opaque": [{"thoughtSignature": "c2ln"}]},
        {"role": "user", "content": "Hello?"},
    )
    parts = [{"text": "Hi"}, {"text": "Hello?"}]
    assert received.body["contents"] == [{"role": "user", "parts": parts}]


async def test_a_tool_loop_goes_back_with_its_signatures(provider: Loopback) -> None:
    asked: Message = {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [
            {"id": "c1", "name": "weather", "arguments": {"city": "Oslo"}},
            {"id": "c2", "name": "now", "arguments": {}},
            {"id": "unanswered", "name": "now", "arguments": {}},
        ],
        "opaque": [
            {"thoughtSignature": "on the call", "call": "c1"},
            {"thoughtSignature": "on a text"},
            {"type": "thinking", "signature": "of another vendor"},
            "nonsense",
        ],
    }
    results: list[Message] = [
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "rain"}'},
        {"role": "tool", "tool_call_id": "c2", "name": "now", "content": "noon"},
    ]
    body = (await sent(provider, *HI, asked, *results)).body
    assert body["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "I look."},
                {"text": "", "thoughtSignature": "on a text"},
                {
                    "functionCall": {"id": "c1", "name": "weather", "args": {"city": "Oslo"}},
                    "thoughtSignature": "on the call",
                },
                {"functionCall": {"id": "c2", "name": "now", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "c1", "name": "weather", "response": {"sky": "rain"}}},
                {"functionResponse": {"id": "c2", "name": "now", "response": {"result": "noon"}}},
            ],
        },
    ]


RESULTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({"content": "noon"}, {"result": "noon"}),
    "list": ({"content": "[1, 2]"}, {"result": [1, 2]}),
    "null": ({"content": "null"}, {"result": None}),
    "no JSON number": ({"content": '{"share": NaN}'}, {"share": "NaN"}),
    "number beyond floats": ({"content": "1e999"}, {"result": "1e999"}),
    "error": ({"content": "No such city", "is_error": True}, {"error": "No such city"}),
}


@pytest.mark.parametrize(("result", "expected"), RESULTS.values(), ids=RESULTS)
async def test_a_result_is_always_an_object(
    provider: Loopback, result: dict[str, Any], expected: dict[str, Any]
) -> None:
    message: Message = {"role": "tool", "tool_call_id": "c1", "name": "now", **result}  # type: ignore[typeddict-item]
    parts = (await sent(provider, message)).body["contents"][0]["parts"]
    assert parts[0]["functionResponse"]["response"] == expected


CHOICES: dict[str, tuple[ToolChoice, dict[str, Any]]] = {
    "auto": (ToolChoice(), {"mode": "AUTO"}),
    "none": (ToolChoice("none"), {"mode": "NONE"}),
    "required": (ToolChoice("required"), {"mode": "ANY"}),
    "one": (
        ToolChoice("one", "weather"),
        {"mode": "ANY", "allowedFunctionNames": ["weather"]},
    ),
}


@pytest.mark.parametrize(("choice", "expected"), CHOICES.values(), ids=CHOICES)
async def test_tools_and_choice(
    provider: Loopback, choice: ToolChoice, expected: dict[str, Any]
) -> None:
    body = (await sent(provider, tools=(WEATHER,), tool_choice=choice)).body
    declared = {
        "name": "weather",
        "description": "The weather of a city",
        "parametersJsonSchema": WEATHER["parameters"],
    }
    assert body["tools"] == [{"functionDeclarations": [declared]}]
    assert body["toolConfig"] == {"functionCallingConfig": expected}


OWN = "https://generativelanguage.googleapis.com/v1beta"
ADDRESSES = {
    (None, "gemini-x"): f"{OWN}/models/gemini-x:streamGenerateContent?alt=sse",
    (f"{OWN}/", "models/gemini-x"): f"{OWN}/models/gemini-x:streamGenerateContent?alt=sse",
    ("https://host", "m"): "https://host/v1beta/models/m:streamGenerateContent?alt=sse",
    ("https://host/v1", "m"): "https://host/v1/models/m:streamGenerateContent?alt=sse",
    (
        "https://host",
        "../m?x#y",
    ): "https://host/v1beta/models/..%2Fm%3Fx%23y:streamGenerateContent?alt=sse",
}


@pytest.mark.parametrize(("asked", "full"), ADDRESSES.items())
def test_address(asked: tuple[str | None, str], full: str) -> None:
    assert gemini.endpoint(*asked) == full


VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "LLM_KEY_GEMINI")


class TestKeyOfTheEnvironment:
    async def keys_sent(self, base_url: str | None) -> list[str]:
        return await keys_sent(gemini.stream, "x-goog-api-key", base_url)

    @pytest.mark.parametrize("variable", VARIABLES)
    async def test_goes_to_google_only(
        self, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, "from-env-0123\n")
        assert await self.keys_sent(None) == ["from-env-0123"]
        assert await self.keys_sent("https://generativelanguage.googleapis.com") == [
            "from-env-0123"
        ]
        assert await self.keys_sent("https://generativelanguage.googleapis.com.evil.test") == [""]
        assert await self.keys_sent("http://generativelanguage.googleapis.com") == [""]

    async def test_without_one_nothing_is_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        assert await self.keys_sent(None) == []
