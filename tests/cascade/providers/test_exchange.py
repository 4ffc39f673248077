"""What all providers do alike, shown with a reader that hands out what it was given."""

import asyncio
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal

import pytest

from chat.cascade import BadResponse, ProviderError, Rejected
from chat.cascade.pace import Pace
from chat.cascade.providers import PROVIDERS, exchange
from chat.cascade.providers.base import Delta, Request, Text
from tests.deltas import deltas_of
from tests.loopback import Loopback, Reply, event

LINES = '{"a": "héllo"}\n\r\n{"b": "\u2028"}\r\n{"c": 1}'.encode()


END = "\N{SYMBOL FOR END OF TEXT}"


class Echo:
    def read(self, data: str) -> list[Delta]:
        return [Text(data.strip() + END)]


def body(refused: frozenset[str]) -> Mapping[str, Any]:
    return {name: "m" for name in ("model", "one", "two") if name not in refused}


async def echoed(server: Loopback, framing: Literal["sse", "ndjson"] = "sse") -> list[str]:
    """The payloads that were read."""

    def call(request: Request) -> exchange.Call:
        return exchange.Call(
            request,
            f"{server.base_url}/echo",
            body,
            Echo(),
            headers={"X-Key": "k", "X-Other": "o"},
            dispensable=frozenset({"one", "two"}),
            framing=framing,
        )

    request = Request("m", (), 10, 0.5, extra_headers={"x-key": "mine"})
    deltas = [delta async for delta in exchange.provider(call)(request, None)]
    return "".join(delta.text for delta in deltas if isinstance(delta, Text)).split(END)[:-1]


async def test_lines_are_whole_at_any_cut(provider: Loopback) -> None:
    expected = ['{"a": "héllo"}', '{"b": "\u2028"}', '{"c": 1}']
    for cut in range(1, len(LINES), 3):
        pieces = [LINES[:cut], LINES[cut : cut + 2], LINES[cut + 2 :]]
        provider.script("m", Reply(raw=pieces, content_type="application/x-ndjson", pace_s=0.001))
        assert await echoed(provider, "ndjson") == expected


async def test_an_error_s_body_is_not_waited_for_to_its_end(
    provider: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_ERROR_BODY_S", 0.05)
    said = b'{"error": {"message": "no"}}'
    provider.script("m", Reply(status=401, raw=[said], end="hang"))
    async with asyncio.timeout(5):
        with pytest.raises(Rejected) as refused:
            await echoed(provider)
    assert (refused.value.code, refused.value.detail) == ("unauthorized", "no")


DEPTH = 900
ODD_ERRORS = {
    "half a character, and none": (
        rb'{"error": {"message": "no\u0000 \ud83d"}}',
        "no\ufffd \ufffd",
    ),
    "a deep list": (b'{"error": {"message": %s}}' % (b"[" * DEPTH + b"]" * DEPTH), ""),
    "a deep object": (b'{"error": ' * DEPTH + b"1" + b"}" * DEPTH, ""),
}


@pytest.mark.parametrize(("said", "detail"), ODD_ERRORS.values(), ids=ODD_ERRORS)
@pytest.mark.parametrize("kind", [kind for kind in PROVIDERS if kind != "demo"])
async def test_no_word_of_an_error_is_the_engine_s_own(
    provider: Loopback, kind: str, said: bytes, detail: str
) -> None:
    """Whatever a vendor says, as a refusal and within an answer, it is told as the vendor's."""
    end = b"\n" if kind == "ollama" else b"\n\n"
    within = said if kind == "ollama" else b"data: " + said
    for model in ("m", ""):  # Gemini's requests name it in the address alone
        provider.script(model, Reply(status=400, raw=[said]), Reply(raw=[within + end]))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    for _ in range(2):
        with pytest.raises(ProviderError) as refused:
            await deltas_of(PROVIDERS[kind], request)
        assert refused.value.detail == detail


async def test_a_line_without_an_end_is_refused(provider: Loopback) -> None:
    provider.script("m", Reply(raw=[b"x" * 2**19] * 5, content_type="application/x-ndjson"))
    with pytest.raises(BadResponse, match="1 MiB"):
        await echoed(provider, "ndjson")


@pytest.mark.parametrize("blank", [b"\n\n", b"\r\n\r\n"])
async def test_a_bare_object_after_the_events_is_handed_out(
    provider: Loopback, blank: bytes
) -> None:
    bare = b'{\n  "error": {"code": 503}\n}\n'
    provider.script("m", Reply(raw=[b"data: 1" + blank, bare[:5], bare[5:]]))
    assert await echoed(provider) == ["1", bare.decode().strip()]


async def test_an_event_that_is_long_is_not_taken_for_a_bare_object(provider: Loopback) -> None:
    long = '{"a": ' * 2000
    provider.script("m", Reply(raw=[event(1), f"data: {long}\n\n".encode()]))
    assert await echoed(provider) == ["1", long.strip()]


async def test_a_model_s_own_headers_win_whatever_their_case(provider: Loopback) -> None:
    await echoed(provider)
    headers = provider.requests[0].headers
    assert (headers["x-key"], headers["x-other"]) == ("mine", "o")
    assert headers["accept-encoding"] == "identity"


async def test_each_refused_parameter_is_left_out_and_remembered(provider: Loopback) -> None:
    refusals = [
        Reply(status=400, raw=[b'{"error": {"param": "%s", "code": "unknown_parameter"}}' % name])
        for name in (b"one", b"two")
    ]
    provider.script("m", *refusals, Reply())
    await echoed(provider)
    await echoed(provider)
    sent = [sorted(request.body) for request in provider.requests]
    assert sent == [["model", "one", "two"], ["model", "two"], ["model"], ["model"]]


async def test_a_parameter_that_is_needed_is_not_left_out(provider: Loopback) -> None:
    raw = b'{"error": {"param": "model", "code": "unknown_parameter"}}'
    provider.script("m", Reply(status=400, raw=[raw]))
    with pytest.raises(ProviderError):
        await echoed(provider)
    assert len(provider.requests) == 1


class TestKey:
    request = Request("m", (), 10, 0.5)

    def test_the_first_variable_that_is_set_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("A_KEY", " ")
        monkeypatch.setenv("B_KEY", " secret\n")
        held = exchange.with_key(self.request, "A_KEY", "B_KEY", is_own_address=True)
        assert held.api_key == "secret"

    def test_no_other_address_gets_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("A_KEY", "secret")
        assert not exchange.with_key(self.request, "A_KEY", is_own_address=False).api_key

    def test_without_one_nothing_is_sent(self) -> None:
        with pytest.raises(Rejected, match="Set UNSET_KEY or the model's own"):
            exchange.with_key(self.request, "UNSET_KEY", is_own_address=True)


async def test_pieces_that_arrive_together_are_one(provider: Loopback) -> None:
    """And what came before a payload that cannot be read is not lost."""
    words = ["The ", "tide ", "comes ", "twice."]
    pieces = [event({"choices": [{"delta": {"content": word}}]}) for word in words]
    provider.script("m", Reply(raw=[b"".join(pieces) + b"data: {\n\n"]))
    deltas = []
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    with pytest.raises(BadResponse):
        async for delta in PROVIDERS["openai"](request, None):
            deltas.append(delta)
    assert deltas == [Text("The tide comes twice.")]


async def test_an_answer_is_read_at_a_pace_but_its_beginning_at_once(provider: Loopback) -> None:
    pieces = [event({"choices": [{"delta": {"role": "assistant"}}]})]
    pieces += [event({"choices": [{"delta": {"content": "word "}}]})] * 40
    provider.script("m", Reply(raw=pieces, pace_s=0.01))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    read_at, texts = [], []
    async for delta in PROVIDERS["openai"](request, None):
        read_at.append(time.monotonic())
        texts.append(delta.text if isinstance(delta, Text) else "")
    assert texts[0] == "word "
    assert "".join(texts) == "word " * 40
    assert all(
        later - sooner > 0.9 * exchange.reading.shortest_s for sooner, later in pairwise(read_at)
    )


async def test_the_end_of_an_answer_is_not_waited_for(
    provider: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "reading", Pace(30))
    finish = event({"choices": [{"delta": {"content": "word"}, "finish_reason": "stop"}]})
    usage = event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}})
    provider.script("m", Reply(raw=[finish, usage], pace_s=0.05))
    request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, provider.base_url)
    async with asyncio.timeout(10):
        assert len(await deltas_of(PROVIDERS["openai"], request)) == 3
