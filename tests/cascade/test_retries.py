"""Tries of one attempt's request: how many, for what, and how long between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade import (
    Incomplete,
    ProviderError,
    RateLimited,
    Rejected,
    TimedOut,
    Unavailable,
)
from chat.cascade.retries import _RESETS, retry_after_s, wait_before_next
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply

QUERY = "What is the capital of France?"


async def test_a_passing_fault_is_tried_again_and_said_so(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply.error(503), Reply.error(429, retry_after_ms="30"), Reply())

    events = await events_of(make_agent("small", "large").stream_events(QUERY))

    assert flow(events) == "routing retry chunk cost:stop draft_decision complete"
    first, second = (event.data for event in events if event.type == "retry")
    assert (first["next_try"], second["next_try"]) == (2, 3)
    assert first["cause"] == "small is not available at the moment."
    assert second["wait_s"] == 0.03
    assert len(provider.requests) == 3


async def test_three_tries_are_all(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", Reply.error(503))
    await events_of(make_agent("small", "large").stream_events(QUERY))
    assert len(provider.requests_of("small")) == 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply.error(401),
        Reply.error(404),
        Reply.error(429, code="insufficient_quota"),
        Reply.error(429, retry_after="21"),
        Reply(end="cut"),
        Reply(end="reset"),
    ],
    ids=["401", "404", "quota", "asked to wait too long", "cut", "reset"],
)
async def test_what_cannot_pass_is_tried_once(
    provider: Loopback, make_agent: MakeAgent, reply: Reply
) -> None:
    provider.script("small", reply)
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    assert len(provider.requests_of("small")) == 1
    assert "switch:draft_failed" in flow(events)


async def test_an_answer_that_ended_before_it_began_is_asked_for_once_more(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply("", end="cut"), Reply("Paris is the capital of France."))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    assert flow(events) == "routing retry chunk cost:stop draft_decision complete"


async def test_nothing_is_tried_again_after_the_first_word(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply("Half an", end="reset"))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    assert flow(events).startswith("routing chunk cost:error switch:draft_failed")
    assert "".join(str(e.content) for e in events if e.attempt == 1) == "Half an"


WAITS: dict[str, tuple[ProviderError, int, float | None]] = {
    "as asked": (RateLimited("", retry_after_s=7), 1, 7),
    "at once": (RateLimited("", retry_after_s=0), 1, 0),
    "up to the limit": (Unavailable("", retry_after_s=20), 2, 20),
    "too long": (Unavailable("", retry_after_s=20.1), 1, None),
    "third try": (Unavailable(""), 3, None),
    "quota": (RateLimited("", retryable=False), 1, None),
    "rejected": (Rejected(""), 1, None),
    "timed out": (TimedOut(""), 1, None),
    "empty a second time": (Incomplete(""), 2, None),
}


@pytest.mark.parametrize(("error", "tries", "expected"), WAITS.values(), ids=WAITS)
def test_wait(error: ProviderError, tries: int, expected: float | None) -> None:
    assert wait_before_next(error, tries) == expected


def test_unasked_waits_grow_and_vary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.cascade.retries.BACKOFF_S", 0.5)
    for tries, longest in ((1, 1.0), (2, 2.0)):
        waits = [wait_before_next(Unavailable(""), tries) or 0 for _ in range(200)]
        assert 0 <= min(waits) < 0.2 * longest < 0.8 * longest < max(waits) <= longest


HEADERS: dict[str, tuple[dict[str, str], float | None]] = {
    "seconds": ({"retry-after": "3"}, 3),
    "fraction": ({"retry-after": "1.5"}, 1.5),
    "milliseconds first": ({"retry-after": "3", "retry-after-ms": "250"}, 0.25),
    "zero": ({"retry-after-ms": "0"}, 0),
    "negative": ({"retry-after": "-3"}, 0),
    "a date gone by": ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    "endless": ({"retry-after": "inf"}, float("inf")),
    "not a number": ({"retry-after": "nan"}, None),
    "garbage": ({"retry-after": "soon"}, None),
    "none": ({}, None),
}


@pytest.mark.parametrize(("headers", "expected"), HEADERS.values(), ids=HEADERS)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers) == expected


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def epoch_ms(seconds: float) -> str:
    return str(round(in_seconds(seconds).timestamp() * 1000))


RESETS: dict[str, tuple[dict[str, str], float | None]] = {
    "milliseconds": ({"x-ratelimit-reset-requests": "6ms"}, 0.006),
    "seconds": ({"x-ratelimit-reset-requests": "1.4s"}, 1.4),
    "minutes and seconds": ({"x-ratelimit-reset-tokens": "2m59.56s"}, 179.56),
    "minutes": ({"x-ratelimit-reset-tokens": "6m0s"}, 360),
    "hours": ({"x-ratelimit-reset-tokens": "1h0m1s"}, 3601),
    "no unit": ({"x-ratelimit-reset-tokens": "12"}, 12),
    "the one used up": (
        {
            "x-ratelimit-reset-requests": "8s",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-tokens": "2m",
            "x-ratelimit-remaining-tokens": "9000",
        },
        8,
    ),
    "the longest of those stated": (
        {"x-ratelimit-reset-requests": "6ms", "x-ratelimit-reset-tokens": "1.4s"},
        1.4,
    ),
    "as asked before the reset": (
        {"retry-after": "3", "x-ratelimit-reset-requests": "8s"},
        3,
    ),
    "the reset where what is asked is unreadable": (
        {"retry-after": "soon", "x-ratelimit-reset-requests": "8s"},
        8,
    ),
    "gone by": ({"anthropic-ratelimit-requests-reset": "2015-10-21T07:28:00Z"}, None),
    "garbage": (
        {
            "x-ratelimit-reset-tokens": "5 apples",
            "anthropic-ratelimit-tokens-reset": "tomorrow",
            "x-ratelimit-reset": "later",
        },
        None,
    ),
}


@pytest.mark.parametrize(("headers", "expected"), RESETS.values(), ids=RESETS)
def test_wait_for_a_limit(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, is_limited=True) == expected


# Made when the test runs: a moment named at the start of a long run comes nearer.
MOMENTS: dict[str, Callable[[], str]] = {
    "retry-after": lambda: format_datetime(in_seconds(600), usegmt=True),
    "anthropic-ratelimit-input-tokens-reset": lambda: in_seconds(600).isoformat(timespec="seconds"),
    "anthropic-ratelimit-tokens-reset": lambda: in_seconds(600).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "x-ratelimit-reset": lambda: epoch_ms(600),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_wait_until_a_moment(name: str) -> None:
    wait_s = retry_after_s({name: MOMENTS[name]()}, is_limited=True)
    assert wait_s is not None and 590 < wait_s <= 601


def test_a_limit_stated_with_another_fault_is_no_reason_to_wait() -> None:
    assert retry_after_s({"x-ratelimit-reset-requests": "6ms"}) is None


@pytest.mark.parametrize("name", ["retry-after", "retry-after-ms", *(name for name, _ in _RESETS)])
@given(value=st.text(max_size=40) | st.from_regex(r"[-0-9A-Za-z:., +]{0,40}", fullmatch=True))
def test_no_header_can_do_harm(name: str, value: str) -> None:
    wait_s = retry_after_s({name: value}, is_limited=True)
    assert wait_s is None or wait_s >= 0


async def test_a_word_of_the_vendor_ends_the_tries(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply.error(503, x_should_retry="false"))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    assert flow(events).startswith("routing cost:error switch:draft_failed")
