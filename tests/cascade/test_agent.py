"""The flow of events, told as a caller sees it."""

import logging
import pickle
from decimal import Decimal

import pytest

from chat.cascade import CascadeAgent, CascadePolicy, ConfigError, ModelConfig, RateLimited
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply, event

GOOD = Reply("Paris is the capital of France.")
BAD = Reply("I'm sorry, but I can't help with that.")
QUERY = "What is the capital of France?"


def delta(text: str, finish: str | None = None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


ACCEPTED = "routing chunk cost:stop draft_decision complete"
SWITCHED = (
    "routing chunk cost:stop draft_decision switch:quality_insufficient chunk cost:stop complete"
)

FLOWS = {
    "accepted": (GOOD, GOOD, ACCEPTED),
    "judged low": (BAD, GOOD, SWITCHED),
    "draft too long": (
        Reply(finish="length"),
        GOOD,
        "routing chunk cost:length draft_decision switch:truncated chunk cost:stop complete",
    ),
    "draft filtered": (
        Reply(finish="content_filter"),
        GOOD,
        "routing chunk cost:content_filter draft_decision switch:refused chunk cost:stop complete",
    ),
    "draft empty": (
        Reply(""),
        GOOD,
        "routing cost:stop draft_decision switch:empty chunk cost:stop complete",
    ),
    "draft without a finish": (
        Reply(end="cut"),
        GOOD,
        "routing chunk cost:error switch:draft_failed chunk cost:stop complete",
    ),
    "draft reset": (
        Reply(end="reset"),
        GOOD,
        "routing chunk cost:error switch:draft_failed chunk cost:stop complete",
    ),
    "draft refused with 401": (
        Reply.error(401),
        GOOD,
        "routing cost:error switch:draft_failed chunk cost:stop complete",
    ),
    "draft unavailable": (
        Reply.error(503),
        GOOD,
        "routing retry cost:error switch:draft_failed chunk cost:stop complete",
    ),
    "verifier unavailable": (
        BAD,
        Reply.error(503),
        "routing chunk cost:stop draft_decision switch:quality_insufficient retry cost:error"
        " error:unavailable",
    ),
    "verifier cut": (
        BAD,
        Reply(end="cut"),
        "routing chunk cost:stop draft_decision switch:quality_insufficient chunk cost:error"
        " error:incomplete",
    ),
    "verifier too long": (
        BAD,
        Reply(finish="length"),
        "routing chunk cost:stop draft_decision switch:quality_insufficient chunk cost:length"
        " complete",
    ),
    "verifier filtered without text": (
        BAD,
        Reply("", finish="content_filter"),
        "routing chunk cost:stop draft_decision switch:quality_insufficient cost:content_filter"
        " error:refused",
    ),
    "verifier empty": (
        BAD,
        Reply(""),
        "routing chunk cost:stop draft_decision switch:quality_insufficient cost:stop error:empty",
    ),
    "verifier out of quota": (
        BAD,
        Reply.error(429, code="insufficient_quota"),
        "routing chunk cost:stop draft_decision switch:quality_insufficient cost:error"
        " error:quota_exceeded",
    ),
    "error as the first event of the draft": (
        Reply(raw=[event({"error": {"message": "overloaded", "code": 503}})]),
        GOOD,
        "routing retry cost:error switch:draft_failed chunk cost:stop complete",
    ),
    "error in the middle of the draft": (
        Reply(raw=[delta("Paris"), event({"error": {"message": "overloaded"}})]),
        GOOD,
        "routing chunk cost:error switch:draft_failed chunk cost:stop complete",
    ),
}


@pytest.mark.parametrize(("draft", "answer", "expected"), FLOWS.values(), ids=FLOWS)
async def test_flow(
    provider: Loopback, make_agent: MakeAgent, draft: Reply, answer: Reply, expected: str
) -> None:
    provider.script("small", draft)
    provider.script("large", answer)

    events = await events_of(make_agent("small", "large").stream_events(QUERY))

    assert flow(events) == expected
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.at_ms for event in events] == sorted(event.at_ms for event in events)


async def test_text_of_an_attempt_is_its_chunks_in_order(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", BAD)
    provider.script("large", GOOD)

    events = await events_of(make_agent("small", "large").stream_events(QUERY))

    texts = {1: "", 2: ""}
    for chunk in events:
        if chunk.type == "chunk":
            texts[chunk.attempt] += str(chunk.content)
    assert texts == {1: BAD.text, 2: GOOD.text}
    assert events[-1].data["result"]["content"] == GOOD.text


async def test_three_models_draft_in_order_and_the_last_one_verifies(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", BAD)
    provider.script("middle", BAD)
    provider.script("large", GOOD)

    events = await events_of(make_agent("small", "middle", "large").stream_events(QUERY))

    costs = [event.data for event in events if event.type == "cost"]
    assert [(cost["model"], cost["role"]) for cost in costs] == [
        ("small", "draft"),
        ("middle", "draft"),
        ("large", "verifier"),
    ]
    assert events[0].data["models"] == ["small", "middle", "large"]


@pytest.mark.parametrize(
    ("setting", "call"),
    [({}, {"force_direct": True}), ({}, {"complexity_hint": "expert"})],
    ids=["forced", "hard enough for the policy"],
)
async def test_direct_asks_the_last_model_only(
    provider: Loopback, make_agent: MakeAgent, setting: dict, call: dict
) -> None:
    agent = make_agent("small", "large", policy=CascadePolicy())

    events = await events_of(agent.stream_events(QUERY, **call))

    assert flow(events) == "routing chunk cost:stop complete"
    assert events[0].data["role"] == "direct"
    assert events[-1].data["result"]["draft_accepted"] is None
    assert [request.model for request in provider.requests] == ["large"]


async def test_the_first_model_can_be_asked_alone(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", BAD)
    agent = make_agent("small", "large")

    events = await events_of(agent.stream_events(QUERY, force_draft=True))

    assert flow(events) == "routing chunk cost:stop complete"
    assert events[0].data["models"] == ["small"]
    assert events[-1].data["result"]["draft_accepted"] is None
    assert [request.model for request in provider.requests] == ["small"]
    with pytest.raises(ConfigError, match="exclude each other"):
        agent.stream_events(QUERY, force_draft=True, force_direct=True)


async def test_cascade_can_be_switched_off(provider: Loopback, make_agent: MakeAgent) -> None:
    models = make_agent("small", "large").models
    result = await CascadeAgent(models, enable_cascade=False).run(QUERY)
    assert (result.strategy, result.model_used) == ("direct", "large")


async def test_nothing_is_sent_before_the_event_after_routing_and_after_switch(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", BAD)
    stream = make_agent("small", "large").stream_events(QUERY)

    assert (await anext(stream)).type == "routing"
    assert provider.requests == []
    async for seen in stream:
        if seen.type == "switch":
            break
    assert [request.model for request in provider.requests] == ["small"]
    await stream.aclose()


async def test_request_holds_system_history_and_question_with_their_roles(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    agent = make_agent("small", "large", system_prompt="Be brief.")
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]

    await agent.run(QUERY, messages=history, max_tokens=7, temperature=0.1)

    body = provider.requests[0].body
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        *history,
        {"role": "user", "content": QUERY},
    ]
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("small", 7, 0.1)
    assert body["stream"] is True and body["stream_options"] == {"include_usage": True}


async def test_model_s_own_settings_come_before_the_guide_s_defaults(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    await make_agent("small", "large").run(QUERY)
    await make_agent("small", "large", max_tokens=55, temperature=0.0).run(QUERY)
    sent = [
        (request.body["max_tokens"], request.body["temperature"]) for request in provider.requests
    ]
    assert sent == [(100, 0.7), (55, 0.0)]


async def test_run_and_stream_come_to_the_same_result(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    agent = make_agent("small", "large")
    provider.script("small", BAD)

    streamed = (await events_of(agent.stream_events(QUERY)))[-1].data["result"]
    result = await agent.run(QUERY)

    assert {**result.as_data(), "latency_ms": 0} == {**streamed, "latency_ms": 0}
    assert result["content"] == result.content == streamed["content"]
    assert [attempt.role for attempt in result.attempts] == ["draft", "verifier"]
    assert f"{streamed['total_cost']:.6f}" == "0.000330"
    assert result.total_usd == Decimal("0.00033")


async def test_run_raises_what_made_the_turn_fail(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply.error(500))
    provider.script("large", Reply.error(429, "slow down", retry_after="3600"))

    with pytest.raises(RateLimited) as failure:
        await make_agent("small", "large").run(QUERY)

    assert failure.value.code == "rate_limited"
    assert failure.value.retryable


async def test_one_model_runs_but_does_not_stream(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    agent = make_agent("only")

    assert agent.text_streaming_manager is None
    assert agent.tool_streaming_manager is None
    with pytest.raises(ConfigError, match="needs two or more models"):
        agent.stream_events(QUERY)
    assert (await agent.run(QUERY)).model_used == "only"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"tools": [{"name": "f"}]}, "lacks 'description'"),
        ({"tool_choice": "required"}, "must not be without tools"),
        ({"query": "  "}, "must be a text that is not empty"),
        ({"complexity_hint": "easy"}, "must be one of: trivial, simple, moderate, hard, expert"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"temperature": 3}, "temperature is 3"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "Unknown message role 'robot'"),
        ({"messages": [{"role": "user", "content": None}]}, "must be text"),
    ],
    ids=["tools", "tool_choice", "query", "hint", "max_tokens", "temperature", "role", "content"],
)
def test_a_wrong_argument_is_refused_at_the_call(call: dict, message: str) -> None:
    models = [ModelConfig("demo-small", "demo"), ModelConfig("demo-large", "demo")]
    with pytest.raises(ConfigError, match=message):
        CascadeAgent(models).stream_events(**{"query": QUERY} | call)


def test_an_agent_needs_a_model() -> None:
    with pytest.raises(ConfigError, match="models is empty"):
        CascadeAgent([])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"models": ["demo-small", "demo-large"]}, "models must be a list of ModelConfig"),
        ({"models": ModelConfig("demo-small", "demo")}, "models must be a list of ModelConfig"),
        ({"max_steps": "5"}, "max_steps is '5', must be at least 1"),
        ({"max_steps": 1.5}, "max_steps is 1.5, must be at least 1"),
        ({"policy": {"simple": 0.5}}, "must be a CascadePolicy"),
        ({"tool_executor": [print]}, "must be a ToolExecutor"),
        ({"admit": 0.5}, "admit is 0.5, must be an async function"),
        ({"admit": lambda model, most: None}, "must be an async function"),
    ],
    ids=["names", "a model", "steps in words", "half a step", "policy", "tools", "admit", "sync"],
)
def test_an_agent_that_cannot_work_is_refused(settings: dict, message: str) -> None:
    models = [ModelConfig("demo-small", "demo"), ModelConfig("demo-large", "demo")]
    with pytest.raises(ConfigError, match=message):
        CascadeAgent(**{"models": models} | settings)


async def test_lone_surrogates_and_nul_never_leave_the_engine(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    text = 'data: {"choices":[{"delta":{"content":"a\\u0000b\\ud83d"},"finish_reason":"stop"}]}\n\n'
    provider.script("small", Reply(raw=[text.encode()]))
    result = await make_agent("small", "large").run("Say \ud83d\x00 please.")
    assert result.content == "a\ufffdb\ufffd"
    assert provider.requests[0].body["messages"][-1]["content"] == "Say \ufffd\ufffd please."


async def test_a_turn_ends_with_one_line_in_the_log_without_its_text(
    provider: Loopback, make_agent: MakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    agent = CascadeAgent(make_agent("small", "large").models, verbose=True)
    caplog.set_level(logging.INFO, logger="chat.cascade")
    await agent.run(QUERY)
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("chat.cascade")]
    assert len(lines) == 1
    assert "small" in lines[0] and "capital" not in lines[0]


async def test_the_result_crosses_process_borders(make_agent: MakeAgent) -> None:
    result = await make_agent("small", "large").run(QUERY)
    assert pickle.loads(pickle.dumps(result)) == result
