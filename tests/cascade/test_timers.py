"""The timers of an attempt: bounded by content, not by sockets, and never by the consumer."""

import asyncio
import time

import pytest

from chat.cascade import ConfigError, ModelConfig
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply, event

QUERY = "What is the capital of France?"
COMMENTS = [b": keep-alive\n\n"] * 100
WORD = event({"choices": [{"delta": {"content": "word "}}]})

SILENCES = {
    "no answer at all": (Reply(delay_s=5), "routing cost:error"),
    "nothing but comments": (Reply(raw=COMMENTS, pace_s=0.02), "routing cost:error"),
    "silence after the first word": (Reply(raw=[WORD], end="hang"), "routing chunk cost:error"),
    "comments after the first word": (
        Reply(raw=[WORD, *COMMENTS], pace_s=0.02),
        "routing chunk cost:error",
    ),
    "words without an end": (Reply(raw=[WORD] * 100, pace_s=0.02), "routing chunk cost:error"),
}


@pytest.mark.parametrize(("reply", "beginning"), SILENCES.values(), ids=SILENCES)
async def test_a_silent_draft_is_left_for_the_next_model(
    provider: Loopback, make_agent: MakeAgent, reply: Reply, beginning: str
) -> None:
    provider.script("small", reply)
    timers = {"first_content_timeout_s": 0.2, "idle_timeout_s": 0.15, "total_timeout_s": 0.5}
    agent = make_agent("small", "large", drafts=timers)
    began = time.monotonic()
    events = await events_of(agent.stream_events(QUERY))
    assert flow(events) == f"{beginning} switch:draft_failed chunk cost:stop complete"
    assert time.monotonic() - began < 1.5
    async with asyncio.timeout(2):  # the provider may hear of it a moment later
        while provider.requests[0].left_at is None:
            await asyncio.sleep(0.01)
    assert "took too long" in next(e for e in events if e.type == "switch").data["error"]


async def test_a_connection_held_open_after_the_finish_does_not_hold_the_turn(
    provider: Loopback, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.cascade.attempt._AFTER_FINISH_S", 0.1)
    finish = event({"choices": [{"delta": {"content": "Paris."}, "finish_reason": "stop"}]})
    provider.script("small", Reply(raw=[finish], end="hang"))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    assert flow(events) == "routing chunk cost:stop draft_decision complete"


async def test_an_answer_that_goes_on_after_a_finish_is_waited_for(
    provider: Loopback, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.cascade.attempt._AFTER_FINISH_S", 0.1)
    first, second, third = (
        event({"choices": [{"delta": {"content": word}, "finish_reason": "stop"}]})
        for word in ("The capital of France ", "is ", "Paris.")
    )
    provider.script("large", Reply(raw=[first + second, third], pace_s=0.3))
    result = await make_agent("small", "large").run(QUERY, force_direct=True)
    assert result.content == "The capital of France is Paris."


async def test_a_slow_consumer_runs_into_no_timer_and_into_no_latency(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    agent = make_agent("small", "large", first_content_timeout_s=0.3, idle_timeout_s=0.3)
    began = time.monotonic()
    events = []
    async for seen in agent.stream_events(QUERY):
        events.append(seen)
        await asyncio.sleep(0.15)
    took_ms = (time.monotonic() - began) * 1000
    assert flow(events) == "routing chunk cost:stop draft_decision complete"
    assert took_ms > 500
    assert events[-1].data["result"]["latency_ms"] < 200
    assert events[-1].at_ms < 200
    assert all(e.data["latency_ms"] < 200 for e in events if e.type == "cost")


async def test_first_token_is_timed(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", Reply(delay_s=0.1))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    cost = next(e.data for e in events if e.type == "cost")
    assert 95 <= cost["first_token_ms"] <= cost["latency_ms"] < 400


async def test_an_answer_without_end_is_cut_at_the_cap(
    provider: Loopback, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.cascade.attempt.MAX_ANSWER_CHARACTERS", 50)
    provider.script("small", Reply(raw=[WORD] * 100, pace_s=0.02))
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    assert flow(events).startswith("routing chunk cost:error switch:draft_failed")
    assert sum(len(str(e.content)) for e in events if e.attempt == 1) == 50


BEGINNINGS = {
    "any other": ("openai", "gpt-4o-mini", None, 30, 60),
    "a silent thinker": ("openai", "o4-mini", None, 180, 180),
    "one by its name at a service": ("openrouter", "openai/gpt-5-mini", None, 180, 180),
    "Gemini, which does not show its thoughts": ("gemini", "gemini-2.5-flash", None, 180, 180),
    "Responses": ("openai_responses", "gpt-5-mini", None, 180, 180),
    "one that may have to be loaded": ("ollama", "llama3.2", None, 300, 300),
    "one at a known address": ("openai", "m", "http://localhost:1234/v1", 300, 300),
    "one at an unknown address": ("openai", "gpt-5-mini", "http://10.0.0.1/v1", 30, 60),
    "the demo": ("demo", "demo-small", None, 30, 60),
}


@pytest.mark.parametrize(
    ("service", "name", "base_url", "draft_s", "last_s"), BEGINNINGS.values(), ids=BEGINNINGS
)
def test_a_model_that_thinks_or_loads_first_is_waited_for(
    service: str, name: str, base_url: str | None, draft_s: float, last_s: float
) -> None:
    model = ModelConfig(name, service, base_url=base_url)
    assert model.begins_within_s(is_draft=True) == draft_s
    assert model.begins_within_s(is_draft=False) == last_s
    own = ModelConfig(name, service, base_url=base_url, first_content_timeout_s=7)
    assert own.begins_within_s(is_draft=True) == own.begins_within_s(is_draft=False) == 7


def test_timers_are_seconds_and_only_the_first_may_be_left_open() -> None:
    ModelConfig("m", "openai", first_content_timeout_s=None)
    for wrong in ({"first_content_timeout_s": 0}, {"idle_timeout_s": None}):
        with pytest.raises(ConfigError, match="must be a number of seconds"):
            ModelConfig("m", "openai", **wrong)  # type: ignore[arg-type]
