"""Whatever a provider does, as the draft or as the last model, a turn ends as it was promised.

Each fault is told once, with what becomes of a draft and of a last answer that has it. Vendors'
words and the key are planted in every error and must show up nowhere.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from chat.cascade import CascadeAgent, CascadePolicy, ModelConfig, StreamEvent
from chat.cascade.attempt import MAX_ANSWER_CHARACTERS
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Received, Reply, event

QUERY = "What is the capital of France?"
PARIS = "Paris is the capital of France."
KEY = "sk-canary-0123456789abcdef"
SAID = f"Words of the vendor about {KEY}"
PAGE = f"<html><body>{SAID}</body></html>".encode()
GOOD = Reply(PARIS)
BAD = Reply("I'm sorry, but I can't help with that.")

# Timers for what would otherwise be waited for.
SOON = {"first_content_timeout_s": 0.3, "idle_timeout_s": 0.3, "total_timeout_s": 0.8}


@dataclass(frozen=True, slots=True)
class Fault:
    """`draft` is why the turn switched, or "accepted"; `last` is the error's code, or "complete".

    `tries` counts requests, `text` is what is kept, `bill` the exactness of the attempt's cost.
    """

    reply: Reply
    draft: str
    last: str
    text: str = ""
    tries: int = 1
    bill: str = "exact"
    timers: dict[str, float] = field(default_factory=dict)


def refused(status: int, last: str, *, code: str = "", said: str = SAID, **more: Any) -> Fault:
    return Fault(Reply.error(status, said, code), "draft_failed", last, **more)


def limited(*, tries: int, said: str = SAID, **headers: str) -> Fault:
    reply = Reply.error(429, said, **headers)
    return Fault(reply, "draft_failed", "rate_limited", tries=tries)


def broken(raw: Sequence[bytes], last: str, *, text: str = "", **more: Any) -> Fault:
    """The answer began with HTTP 200 and did not end well: it may have cost something."""
    settings = {
        name: more.pop(name)
        for name in ("end", "headers", "content_type", "pace_s")
        if name in more
    }
    reply = Reply(raw=raw, **settings)
    return Fault(reply, "draft_failed", last, text, **{"bill": "partial"} | more)


def fine(*raw: bytes, text: str = PARIS, bill: str = "estimated", **settings: Any) -> Fault:
    return Fault(Reply(raw=raw, **settings), "accepted", "complete", text, bill=bill)


def unfit(raw: Sequence[bytes], draft: str, last: str, *, text: str = "") -> Fault:
    """Ended by the provider itself, but without an answer that may be accepted."""
    return Fault(Reply(raw=raw), draft, last, text, bill="estimated")


def delta(finish: str | None = None, **fields: object) -> bytes:
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def usage(given: object, taken: object) -> bytes:
    return event({"choices": [], "usage": {"prompt_tokens": given, "completion_tokens": taken}})


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


HALF = delta(content="Half an answer")
WHOLE = delta(content=PARIS)
STOP = delta("stop")
DONE = b"data: [DONE]\n\n"
COMMENTS = [b": ping\n\n"] * 100
LIKE_OPENAI = event({"error": {"message": SAID, "type": "server_error", "code": None}})
LIKE_VLLM = event({"error": {"message": SAID, "type": "InternalServerError", "code": 500}}) + DONE
LIKE_ANTHROPIC = b"event: error\n" + event(
    {"type": "error", "error": {"type": "overloaded_error", "message": SAID}}
)
LIKE_GEMINI = event([{"error": {"code": 400, "message": "API key not valid.", "status": SAID}}])
LIKE_A_ROUTER = event(
    {
        "error": {"code": 502, "message": SAID},
        "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
    }
)
ODD_TEXT = "Paris \u2028 is\u2029 the\x85 capital of Fränce 🇫🇷, 法国."
IN_BYTES = event({"choices": [{"delta": {"content": ODD_TEXT}}]})
RAW_BYTES = f'data: {{"choices":[{{"delta":{{"content":"{ODD_TEXT}"}}}}]}}\n\n'.encode()
# A hundred thousand characters each, and none of them said before.
LONG = [
    " ".join(map(str, range(at, at + 14_300)))[:99_999] + " "
    for at in range(10**6, 9 * 10**6, 10**5)
]
ENDLESS = "".join(LONG)

FAULTS: dict[str, Fault] = {
    # A rate limit: wait as asked, or give up at once.
    "429, wait given in seconds": limited(tries=3, retry_after="0.02"),
    "429, wait given in milliseconds": limited(tries=3, retry_after_ms="20"),
    "429, wait until a date that is gone by": limited(tries=3, retry_after=in_seconds(-60)),
    "429, wait until a date far off": limited(tries=1, retry_after=in_seconds(3600)),
    "429, wait an hour": limited(tries=1, retry_after="3600"),
    "429, wait below zero": limited(tries=3, retry_after="-5"),
    "429, wait unreadable": limited(tries=3, retry_after="soon"),
    "429, reset soon": limited(tries=3, x_ratelimit_reset_requests="20ms"),
    "429, reset far off": limited(tries=1, x_ratelimit_reset_tokens="2m59.56s"),
    "429, a minute's limit and where to pay": limited(
        tries=3,
        said="Need more tokens? Upgrade today at https://console.groq.com/settings/billing",
        retry_after="0.02",
    ),
    "429, do not retry": limited(tries=1, x_should_retry="false"),
    "429, wait an hour, its body broken off": Fault(
        Reply(status=429, raw=[b'{"er'], headers={"Content-Length": "99", "Retry-After": "3600"}),
        "draft_failed",
        "rate_limited",
    ),
    # Refused, and asking again would not help.
    "429, quota": refused(429, "quota_exceeded", code="insufficient_quota"),
    "400, wrong key": refused(400, "unauthorized", said=f"Incorrect API key provided: {KEY}"),
    "400, context": refused(400, "context_length", code="context_length_exceeded"),
    "400, filter": refused(400, "refused", code="content_filter"),
    "400": refused(400, "bad_request"),
    "401": refused(401, "unauthorized"),
    "401, its body broken off": Fault(
        Reply(status=401, raw=[b'{"er'], end="reset"), "draft_failed", "unauthorized"
    ),
    "403": refused(403, "unauthorized"),
    "403, flagged": refused(403, "refused", said="Your input was flagged."),
    "404": refused(404, "not_found"),
    "422": refused(422, "bad_request"),
    "redirect": Fault(
        Reply(status=302, raw=[PAGE], headers={"Location": "/elsewhere"}),
        "draft_failed",
        "bad_response",
        bill="partial",
    ),
    # Not available.
    "408": refused(408, "unavailable", tries=3),
    "409": refused(409, "unavailable", tries=3),
    "500": refused(500, "unavailable", tries=3),
    "503": refused(503, "unavailable", tries=3),
    "529": refused(529, "unavailable", tries=3),
    "502 with a web page": Fault(
        Reply(status=502, raw=[PAGE], content_type="text/html"),
        "draft_failed",
        "unavailable",
        tries=3,
    ),
    "503 without a body": Fault(Reply(status=503, raw=[]), "draft_failed", "unavailable", tries=3),
    # Silence, which no socket's own timeout ends.
    "no head": Fault(Reply(delay_s=5), "draft_failed", "timeout", bill="partial", timers=SOON),
    "no body": broken([], "timeout", end="hang", timers=SOON),
    "only comments": broken(COMMENTS, "timeout", pace_s=0.02, timers=SOON),
    "only empty deltas": broken([delta()] * 100, "timeout", pace_s=0.02, timers=SOON),
    "idle": broken([HALF], "timeout", text="Half an answer", end="hang", timers=SOON),
    "idle with comments": broken(
        [HALF, *COMMENTS], "timeout", text="Half an answer", pace_s=0.02, timers=SOON
    ),
    # An error inside an answer that began with 200: first, then in the middle.
    "error first, as OpenAI": broken([LIKE_OPENAI], "unavailable", tries=3, bill="exact"),
    "error first, as vLLM": broken([LIKE_VLLM], "unavailable", tries=3, bill="exact"),
    "error first, as Anthropic": broken([LIKE_ANTHROPIC], "unavailable", tries=3, bill="exact"),
    "error first, as Gemini's compatible endpoint": broken(
        [LIKE_GEMINI], "unauthorized", bill="exact"
    ),
    "error first, as a router": broken(
        [COMMENTS[0], LIKE_A_ROUTER], "unavailable", tries=3, bill="exact"
    ),
    "error in the middle, as OpenAI": broken(
        [HALF, LIKE_OPENAI], "unavailable", text="Half an answer"
    ),
    "error in the middle, as vLLM": broken([HALF, LIKE_VLLM], "unavailable", text="Half an answer"),
    "error in the middle, as Anthropic": broken(
        [HALF, LIKE_ANTHROPIC], "unavailable", text="Half an answer"
    ),
    "error in the middle, as Gemini's compatible endpoint": broken(
        [HALF, LIKE_GEMINI], "unauthorized", text="Half an answer"
    ),
    "error in the middle, as a router": broken(
        [HALF, LIKE_A_ROUTER], "unavailable", text="Half an answer"
    ),
    # Something else than a stream.
    "login page": broken([PAGE], "bad_response", content_type="text/html"),
    "page that calls itself a stream": broken([PAGE], "incomplete", tries=2),
    "nothing": broken([], "incomplete", tries=2),
    "only the end mark": broken([DONE], "incomplete", tries=2),
    "usage and nothing else": broken([usage(5, 0), DONE], "incomplete", tries=2),
    "not JSON": broken([b"data: {nope\n\n"], "bad_response"),
    "error in a JSON body": broken(
        [json.dumps({"error": {"message": SAID}}).encode()],
        "unavailable",
        content_type="application/json",
        tries=3,
        bill="exact",
    ),
    "one JSON body": fine(
        json.dumps(
            {"choices": [{"message": {"content": PARIS}, "finish_reason": "stop"}]}
        ).encode(),
        content_type="application/json",
    ),
    # Cut off: the text is kept, and its cost is an estimate that says so.
    "reset before it began": broken([COMMENTS[0]], "incomplete", tries=2, end="reset"),
    "reset": broken([HALF], "incomplete", text="Half an answer", end="reset"),
    "reset after usage of nothing": broken(
        [usage(12, 0), HALF], "incomplete", text="Half an answer", end="reset"
    ),
    "closed": broken([HALF], "incomplete", text="Half an answer"),
    "closed within a line": broken(
        [HALF, b'data: {"choices": [{"de'], "incomplete", text="Half an answer"
    ),
    "closed within a line after the finish": fine(WHOLE, STOP, b'data: {"usa'),
    "closed with an end mark": broken([HALF, DONE], "incomplete", text="Half an answer"),
    "broken off by its server, which says so": broken(
        [HALF, delta("insufficient_system_resource"), DONE], "incomplete", text="Half an answer"
    ),
    "broken off before it began": broken([delta("abort"), DONE], "incomplete", tries=2),
    "closed within a promised length": broken(
        [HALF], "incomplete", text="Half an answer", headers={"Content-Length": "99999"}
    ),
    "closed within a chunk": broken(
        [b"fff\r\n" + HALF],
        "incomplete",
        text="Half an answer",
        headers={"Transfer-Encoding": "chunked"},
    ),
    "reset after a finish that was none": broken(
        [STOP, delta("stop", content="Half an answer")],
        "incomplete",
        text="Half an answer",
        end="reset",
    ),
    "error after a finish that was none": broken(
        [STOP, delta("stop", content="Half an answer"), LIKE_OPENAI],
        "unavailable",
        text="Half an answer",
    ),
    "idle after a finish that was none": broken(
        [STOP, delta("stop", content="Half an answer")],
        "timeout",
        text="Half an answer",
        end="hang",
        timers=SOON,
    ),
    "endless drip": broken(
        [delta(content="w")] * 100, "timeout", text="w", pace_s=0.02, timers=SOON
    ),
    # Odd, but whole.
    "no end mark": fine(WHOLE, STOP),
    "usage absent": fine(WHOLE, STOP, DONE),
    "usage null": fine(WHOLE, STOP, event({"choices": [], "usage": None}), DONE),
    "usage zero": fine(WHOLE, STOP, usage(0, 0), DONE, bill="exact"),
    "usage negative": fine(WHOLE, STOP, usage(-5, 7), DONE),
    "usage absurd": fine(WHOLE, STOP, usage(10**12, 7), DONE),
    "usage of another type": fine(WHOLE, STOP, usage("many", None), DONE),
    "usage cumulative": fine(WHOLE, usage(5, 1), STOP, usage(5, 7), DONE, bill="exact"),
    "finish twice": fine(WHOLE, STOP, STOP, DONE),
    "text after the finish": fine(WHOLE, STOP, delta(content=" Yes."), DONE, text=f"{PARIS} Yes."),
    "a finish in every chunk": fine(
        delta("stop", content=PARIS), delta("stop", content=" Yes."), text=f"{PARIS} Yes."
    ),
    "error after the finish": fine(WHOLE, STOP, LIKE_OPENAI),
    "empty data between": fine(
        *(b"data:\n\n", WHOLE, b"data: \n\n", b"event: ping\ndata:\n\n", STOP, b"data:\n")
    ),
    "10,000 empty events before it": fine(COMMENTS[0] * 9_000 + delta() * 1_000, WHOLE, STOP),
    "each byte alone": fine(*(bytes([byte]) for byte in RAW_BYTES + STOP), text=ODD_TEXT),
    "escaped separators": fine(IN_BYTES, STOP, text=ODD_TEXT),
    "lone surrogate and NUL": fine(
        b'data: {"choices":[{"delta":{"content":"Paris \\ud83c\\u0000 is the capital."}}]}\n\n',
        STOP,
        text="Paris \ufffd\ufffd is the capital.",
    ),
    "BOM and CRLF": fine(b"\xef\xbb\xbf" + (WHOLE + STOP).replace(b"\n", b"\r\n")),
    "lone CR": fine((WHOLE + STOP).replace(b"\n", b"\r")),
    "header that is not ASCII": fine(WHOLE, STOP, headers={"X-Served-By": "café"}),
    # Ended by the provider, but not as an answer.
    "length": unfit([HALF, delta("length")], "truncated", "complete", text="Half an answer"),
    "length, after another finish": unfit(
        [delta("stop", content="Half an answer"), delta("length")],
        "truncated",
        "complete",
        text="Half an answer",
    ),
    "filter": unfit([HALF, delta("content_filter")], "refused", "complete", text="Half an answer"),
    "filter with a reason": unfit(
        [HALF, delta("content_filter: SPII")], "refused", "complete", text="Half an answer"
    ),
    "filter without text": unfit([delta("content_filter")], "refused", "refused"),
    "empty": unfit([STOP, DONE], "empty", "empty"),
    "blank": unfit([delta(content=" \n"), STOP], "empty", "empty", text=" \n"),
    "only reasoning": unfit([delta(reasoning="Hm."), STOP], "empty", "empty"),
    "refusal": unfit(
        [delta(refusal="I will not."), STOP], "refused", "complete", text="I will not."
    ),
    # Too much of it.
    "line of 8 MiB": broken([b"data: " + b"x" * 2**23], "bad_response"),
    "64 MiB of empty events": broken([(b": " + b"x" * 2**19 + b"\n\n") * 8] * 17, "bad_response"),
    "compressed": broken([b"\x1f\x8b"], "bad_response", headers={"Content-Encoding": "gzip"}),
    "answer of 5 MB": broken(
        [delta(content=piece) for piece in LONG],
        "bad_response",
        text=ENDLESS[:MAX_ANSWER_CHARACTERS],
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_draft_with_a_fault_costs_the_reader_no_answer(
    provider: Loopback, make_agent: MakeAgent, fault: Fault
) -> None:
    provider.script("small", fault.reply)
    provider.script("large", GOOD)
    stream = make_agent("small", "large", api_key=KEY, **fault.timers).stream_events(QUERY)

    events = await events_of(stream)

    switched = next((seen.data["reason"] for seen in events if seen.type == "switch"), "accepted")
    assert switched == fault.draft
    assert events[-1].type == "complete"
    assert stream.result and stream.result.content == (
        fault.text if fault.draft == "accepted" else PARIS
    )
    check(fault, events, 1, provider.requests_of("small"))
    assert len(provider.requests_of("large")) == (fault.draft != "accepted")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_last_model_with_a_fault_ends_the_turn_with_what_it_said(
    provider: Loopback, make_agent: MakeAgent, fault: Fault
) -> None:
    provider.script("small", BAD)
    provider.script("large", fault.reply)
    stream = make_agent("small", "large", api_key=KEY, **fault.timers).stream_events(QUERY)

    events = await events_of(stream)

    end = events[-1]
    assert (end.data["code"] if end.type == "error" else end.type) == fault.last
    check(fault, events, 2, provider.requests_of("large"))
    assert len(provider.requests_of("small")) == 1
    if stream.error:
        assert KEY not in stream.error.detail


def check(
    fault: Fault, events: list[StreamEvent], attempt: int, requests: Sequence[Received]
) -> None:
    """What holds of the faulty attempt in either role."""
    own = [seen for seen in events if seen.attempt == attempt]
    text = "".join(str(seen.content) for seen in own if seen.type == "chunk")
    cost = next(seen.data for seen in own if seen.type == "cost")
    if fault.text == "w":  # how many came is the clock's affair
        text = text[:1]
    assert (text, len(requests), cost["exactness"]) == (fault.text, fault.tries, fault.bill)
    assert sum(seen.type == "retry" for seen in own) == fault.tries - 1
    assert all(0 <= seen.data["wait_s"] <= 20 for seen in own if seen.type == "retry")
    if fault.text and fault.bill == "partial":
        assert cost["usage"]["output"] > 0
        assert cost["cost_usd"] > 0
    shown = repr(events)
    assert KEY not in shown
    assert "Words of the vendor" not in shown
    assert "<html" not in shown


@pytest.mark.parametrize("role", ["draft", "verifier"])
async def test_an_endpoint_that_nobody_listens_at(provider: Loopback, role: str) -> None:
    provider.script("small", BAD)
    nowhere = "http://127.0.0.1:1"
    draft = ModelConfig(
        "small", "openai", base_url=nowhere if role == "draft" else provider.base_url
    )
    last = ModelConfig(
        "large", "openai", base_url=provider.base_url if role == "draft" else nowhere
    )
    agent = CascadeAgent([draft, last], policy=CascadePolicy(direct_from=None))
    said = flow(await events_of(agent.stream_events(QUERY)))
    if role == "draft":
        assert said == "routing retry cost:error switch:draft_failed chunk cost:stop complete"
    else:
        assert said.endswith("retry cost:error error:unavailable")


HELD: dict[str, Reply] = {
    "before the head": Reply(delay_s=5),
    "before the first word": Reply(raw=[], end="hang"),
    "among comments": Reply(raw=COMMENTS, pace_s=0.02),
    "after a word": Reply(raw=[HALF], end="hang"),
    "among words": Reply(raw=[delta(content="w")] * 100, pace_s=0.02),
    "after the finish": Reply(raw=[WHOLE, STOP], end="hang"),
}


@pytest.mark.parametrize("role", ["draft", "verifier"])
@pytest.mark.parametrize("reply", HELD.values(), ids=HELD)
async def test_a_stop_closes_what_is_held_open(
    provider: Loopback, make_agent: MakeAgent, role: str, reply: Reply
) -> None:
    held = "small" if role == "draft" else "large"
    provider.script("small", BAD)
    provider.script(held, reply)
    stream = make_agent("small", "large").stream_events(QUERY)
    stopped_at = 0.0

    def stop() -> None:
        nonlocal stopped_at
        stopped_at = time.monotonic()
        stream.stop()

    watching = asyncio.create_task(when_asked(provider, held, stop))
    events = await events_of(stream)
    await watching

    assert flow(events).endswith("cost:stopped")
    assert events[-1].data["exactness"] == "partial"
    (request,) = provider.requests_of(held)
    while request.left_at is None and time.monotonic() - stopped_at < 1:
        await asyncio.sleep(0.005)
    assert request.left_at is not None and request.left_at - stopped_at < 0.3


async def when_asked(provider: Loopback, model: str, act: Callable[[], None]) -> None:
    while not provider.requests_of(model):
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    act()
