"""A model that keeps failing is passed over for a while, and for nobody longer than that."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chat.cascade import (
    BadResponse,
    CascadeAgent,
    Incomplete,
    ModelConfig,
    ProviderError,
    RateLimited,
    Refused,
    Rejected,
    TimedOut,
    Unavailable,
)
from chat.cascade.breaker import Breaker, Breakers, breakers
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply

QUERY = "What is the capital of France?"
KEY_REFUSED = Rejected("", code="unauthorized", status=401)
FORBIDDEN = Rejected("", code="unauthorized", status=403)
NOT_COUNTED = (
    Rejected(""),
    Rejected("", code="unauthorized"),  # there is no key: nobody was asked
    Refused(""),
)


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The clock of the process's breakers, standing still."""
    time = Time()
    monkeypatch.setattr(breakers, "_clock", time)
    return time


@pytest.mark.parametrize("kind", [Unavailable, TimedOut, Incomplete, BadResponse, RateLimited])
def test_the_fifth_failure_within_a_minute_opens_it(kind: type[ProviderError]) -> None:
    time = Time()
    breaker = Breaker("small", time)
    for _ in range(4):
        breaker.record(kind(""))
        time.now += 15
    assert breaker.state == "closed"
    breaker.record(kind(""))
    assert (breaker.state, breaker.rests_for_s) == ("open", 30)
    assert breaker.reason == "small is resting after 5 failures"


def test_failures_that_lie_apart_or_around_a_success_do_not_open_it() -> None:
    time = Time()
    slow, mixed = Breaker("small", time), Breaker("small", time)
    for at in range(20):
        slow.record(Unavailable(""))
        mixed.record(None if at % 5 == 4 else Unavailable(""))
        time.now += 15.1
    assert (slow.state, mixed.state) == ("closed", "closed")


@pytest.mark.parametrize("error", NOT_COUNTED, ids=lambda error: error.code)
def test_what_the_request_caused_does_not_count(error: ProviderError) -> None:
    breaker = Breaker("small", Time())
    for _ in range(10):
        breaker.record(error)
    assert breaker.state == "closed"


@pytest.mark.parametrize(("error", "after"), [(None, "closed"), (Unavailable(""), "open")])
def test_one_probe_decides(error: ProviderError | None, after: str) -> None:
    time = Time()
    breaker = Breaker("small", time)
    for _ in range(5):
        breaker.record(Unavailable(""))
    time.now += 29.9
    assert not breaker.admit()
    time.now += 0.1
    assert breaker.state == "half_open"
    assert [breaker.admit() for _ in range(3)] == [True, False, False]
    breaker.record(error)
    assert breaker.state == after


@pytest.mark.parametrize(
    ("error", "after"), [(None, "closed"), (Unavailable(""), "open"), (Refused(""), "half_open")]
)
def test_no_other_joins_a_probe_that_is_under_way(error: ProviderError | None, after: str) -> None:
    time = Time()
    breaker = Breaker("small", time)
    for _ in range(5):
        breaker.record(Unavailable(""))
    time.now += 30
    assert breaker.admit(300)
    for _ in range(3):
        time.now += 90
        assert (breaker.admit(300), breaker.state) == (False, "open")
    breaker.end_probe()
    breaker.record(error)
    assert breaker.state == after
    time.now += 30
    assert breaker.admit(300)


def test_a_probe_whose_end_nobody_told_locks_nothing_up() -> None:
    time = Time()
    breaker = Breaker("small", time)
    breaker.record(KEY_REFUSED)
    time.now += 300
    assert breaker.admit(60)
    time.now += 60
    assert [breaker.admit(60) for _ in range(2)] == [True, False]


def test_a_refused_key_rests_for_minutes_or_until_another_is_configured() -> None:
    time = Time()
    held = Breakers(time)
    old = ModelConfig("small", "openai", base_url="http://127.0.0.1/v1", api_key="old-secret")
    held.of(old).record(KEY_REFUSED)
    time.now += 299
    assert (held.of(old).state, held.of(old).rests_for_s) == ("open", 1)
    assert held.of(old).reason == "small is resting because its API key was not accepted"
    for changed in (
        replace(old, api_key="new-secret"),
        replace(old, base_url="http://127.0.0.1/v2"),
    ):
        assert held.of(changed).state == "closed"
    assert "secret" not in repr([held.states(), vars(held)])
    time.now += 1
    assert [held.of(old).admit() for _ in range(2)] == [True, False]


def test_a_403_is_a_failure_like_others_as_it_may_be_about_the_question() -> None:
    breaker = Breaker("small", Time())
    for _ in range(4):
        breaker.record(FORBIDDEN)
    assert breaker.state == "closed"
    breaker.record(FORBIDDEN)
    assert (breaker.state, breaker.rests_for_s) == ("open", 30)
    assert breaker.reason == "small is resting after 5 failures"


def test_an_operator_can_read_every_breaker() -> None:
    held = Breakers(Time())
    held.of(ModelConfig("large", "openai"))
    small = held.of(ModelConfig("small", "openai", base_url="http://127.0.0.1/v1"))
    for _ in range(5):
        small.record(TimedOut(""))
    large_state, small_state = held.states()
    assert (large_state.state, large_state.reason, large_state.for_s) == ("closed", "", 0)
    assert (small_state.model, small_state.base_url) == ("small", "http://127.0.0.1/v1")
    assert (small_state.state, small_state.for_s) == ("open", 30)


class AnyHistory(RuleBasedStateMachine):
    """Against the rules told naively, over the whole history."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        self.breaker = Breaker("small", self.time)
        self.failed_at: list[float] = []
        self.until: float | None = None

    @rule(seconds=st.sampled_from([0, 0.5, 14, 15, 29, 30, 61, 300]))
    def wait(self, seconds: float) -> None:
        self.time.now += seconds

    @rule(error=st.sampled_from([Unavailable(""), FORBIDDEN]))
    def fail(self, error: ProviderError) -> None:
        self.breaker.record(error)
        now = self.time.now
        self.failed_at.append(now)
        recent = [at for at in self.failed_at if now - at <= 60]
        if self.until is not None or len(recent) >= 5:
            self.until = max(self.until or 0, now + 30)

    @rule()
    def succeed(self) -> None:
        self.breaker.record(None)
        self.failed_at, self.until = [], None

    @rule()
    def refuse_the_key(self) -> None:
        self.breaker.record(KEY_REFUSED)
        self.until = max(self.until or 0, self.time.now + 300)

    @rule(error=st.sampled_from(NOT_COUNTED))
    def end_otherwise(self, error: ProviderError) -> None:
        self.breaker.record(error)

    @rule()
    def ask(self) -> None:
        now = self.time.now
        is_due = self.until is not None and self.until <= now
        assert self.breaker.admit() == (self.until is None or is_due)
        if is_due:
            self.until = now + 30

    @invariant()
    def agrees(self) -> None:
        is_closed, now = self.until is None, self.time.now
        is_open = self.until is not None and now < self.until
        expected = "closed" if is_closed else "open" if is_open else "half_open"
        assert self.breaker.state == expected
        assert bool(self.breaker.reason) == (not is_closed)
        assert self.breaker.rests_for_s == (max(0, (self.until or 0) - now))


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


async def fail_often(agent: CascadeAgent, times: int = 5) -> None:
    for _ in range(times):
        await events_of(agent.stream_events(QUERY))


async def test_a_turn_goes_past_a_resting_draft_and_says_so(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    provider.script("small", Reply(end="cut"))
    agent = make_agent("small", "large")
    await fail_often(agent)

    routing, *rest = await events_of(agent.stream_events(QUERY))

    reason = "small is resting after 5 failures, so it goes straight to large"
    assert (routing.data["strategy"], routing.data["reason"]) == ("direct", reason)
    assert routing.data["models"] == ["large"]
    assert flow(rest) == "chunk cost:stop complete"
    assert len(provider.requests_of("small")) == 5

    provider.script("small", Reply())
    time.now += 30
    assert flow(await events_of(agent.stream_events(QUERY))).endswith("draft_decision complete")
    assert {held.state for held in breakers.states()} == {"closed"}


async def test_the_next_draft_whose_breaker_is_closed_drafts(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    provider.script("small", Reply.error(401))
    agent = make_agent("small", "middle", "large")
    await fail_often(agent, 1)
    events = await events_of(agent.stream_events(QUERY))
    assert events[0].data["models"] == ["middle", "large"]
    assert events[0].data["reason"] == (
        "small is resting because its API key was not accepted, so it goes straight to middle"
    )
    assert flow(events) == "routing chunk cost:stop draft_decision complete"


FORBIDDEN_WORDS = {
    "a refusal (xAI)": Reply(
        status=403,
        raw=[
            b'{"code": "The caller does not have permission to execute the specified operation",'
            b' "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}'
        ],
    ),
    "a firewall": Reply(status=403, raw=[b"<!DOCTYPE html><html>blocked</html>"]),
    "a call that came out wrong (Groq)": Reply(
        status=400,
        raw=[
            b'{"error": {"message": "Failed to call a function.", "code": "tool_use_failed",'
            b' "failed_generation": "Invalid API key: rotate it"}}'
        ],
    ),
    "a tool by that name": Reply.error(
        400, "Invalid schema for function 'authenticate_user'", "invalid_function_parameters"
    ),
}


@pytest.mark.parametrize("reply", FORBIDDEN_WORDS.values(), ids=FORBIDDEN_WORDS)
async def test_no_reader_s_words_switch_a_draft_off_for_all(
    provider: Loopback, make_agent: MakeAgent, reply: Reply
) -> None:
    provider.script("small", reply)
    await fail_often(make_agent("small", "large"), 1)
    assert {held.state for held in breakers.states()} == {"closed"}


async def test_a_resting_second_draft_leaves_the_first_its_turn(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    provider.script("small", Reply(""))
    provider.script("middle", Reply.error(401))
    agent = make_agent("small", "middle", "large")
    await fail_often(agent, 1)
    events = await events_of(agent.stream_events(QUERY))
    assert events[0].data["models"] == ["small", "large"]
    assert events[0].data["reason"] == (
        "Short factual question; middle is resting because its API key was not accepted"
    )


async def test_where_every_model_rests_the_last_is_the_probe(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    for name in ("small", "large"):
        provider.script(name, Reply(end="cut"))
    agent = make_agent("small", "large")
    await fail_often(agent)
    assert {held.state for held in breakers.states()} == {"open"}

    provider.script("large", Reply())
    assert flow(await events_of(agent.stream_events(QUERY))) == "routing chunk cost:stop complete"
    assert [held.state for held in breakers.states()] == ["open", "closed"]


async def test_a_bad_draft_never_blocks_the_verifier_at_the_same_provider(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    provider.script("small", Reply.error(401))
    agent = make_agent("small", "large")
    for _ in range(10):
        assert flow(await events_of(agent.stream_events(QUERY))).endswith("complete")
    assert len(provider.requests_of("small")) == 1
    assert len(provider.requests_of("large")) == 10


async def test_turns_that_meet_a_rested_draft_send_one_probe(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    provider.script("small", Reply(end="cut"))
    agent = make_agent("small", "large")
    await fail_often(agent)
    time.now += 30
    streams = [agent.stream_events(QUERY) for _ in range(3)]  # all begin as cascades
    flows = [flow(await events_of(stream)) for stream in streams]
    assert len(provider.requests_of("small")) == 6
    assert all(said.endswith("switch:draft_failed chunk cost:stop complete") for said in flows)
    assert [said.count("chunk") for said in flows] == [2, 1, 1]


@pytest.mark.parametrize("how", ["stopped", "closed"])
async def test_a_long_probe_is_waited_for_and_may_end_undecided(
    provider: Loopback, make_agent: MakeAgent, time: Time, how: str
) -> None:
    provider.script("small", *[Reply(end="cut")] * 5, Reply("word", end="hang"), Reply())
    agent = make_agent("small", "large")
    await fail_often(agent)
    time.now += 30
    probing = agent.stream_events(QUERY)
    async for event in probing:
        if event.type == "chunk":
            break
    time.now += 31
    assert flow(await events_of(agent.stream_events(QUERY))) == "routing chunk cost:stop complete"
    assert len(provider.requests_of("small")) == 6

    if how == "stopped":
        probing.stop()
        assert flow(await events_of(probing)) == "cost:stopped"
    else:
        await probing.aclose()
    await fail_often(agent, 1)
    assert len(provider.requests_of("small")) == 7
    assert breakers.states()[0].state == "closed"


async def test_a_stop_is_neither_a_failure_nor_a_success(
    provider: Loopback, make_agent: MakeAgent, time: Time
) -> None:
    cut, held = Reply(end="cut"), Reply("word", end="hang")
    provider.script("small", *[cut] * 4, held, cut)
    agent = make_agent("small", "large")
    await fail_often(agent, 4)
    stream = agent.stream_events(QUERY)
    async for event in stream:
        if event.type == "chunk":
            stream.stop()
    assert breakers.states()[0].state == "closed"
    await fail_often(agent, 1)
    assert breakers.states()[0].state == "open"
