"""With an executor, calls that stand are run and their model goes on."""

import asyncio
import gc
import json
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chat.cascade import ConfigError, ToolConfig, ToolError, ToolExecutor
from chat.cascade.agent import CascadeAgent
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Delta, Finish, Opaque, Request, Text, ToolFragment
from tests.cascade.calling import call, calling
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply

QUERY = "What's the weather in Paris?"
FORMING = "tool_call_start" + " tool_call_delta" * 3
CALL = f"{FORMING} cost:tool_calls draft_decision tool_call_complete tool_executing"
LAST_CALL = f"{FORMING} cost:tool_calls tool_call_complete tool_executing"
ANSWER = Reply("The weather in Paris is sunny.")


async def get_weather(location: str) -> str:
    """Get the weather of a city."""
    match location:
        case "Nowhere":
            raise ToolError("There is no such city.")
        case "Sleepy":
            await asyncio.sleep(30)
    return f"{location}: sunny"


def with_tools(agent: CascadeAgent, **settings: Any) -> CascadeAgent:
    executor = ToolExecutor([ToolConfig.from_function(get_weather)], timeout_s=0.1)
    given = {"policy": agent.policy, "tool_executor": executor} | settings
    return CascadeAgent(agent.models, **given)


@pytest.fixture
def agent(make_agent: MakeAgent) -> CascadeAgent:
    return with_tools(make_agent("small", "large"))


OUTCOMES = {
    "success": ("Paris", "tool_result", "Paris: sunny"),
    "error": ("Nowhere", "tool_error", "There is no such city."),
    "timeout": ("Sleepy", "tool_error", "get_weather did not answer within 0.1 s."),
}


@pytest.mark.parametrize(("city", "kind", "text"), OUTCOMES.values(), ids=OUTCOMES)
async def test_a_draft_s_call_is_run_and_the_draft_goes_on(
    provider: Loopback, agent: CascadeAgent, city: str, kind: str, text: str
) -> None:
    provider.script("small", calling(call(json.dumps({"location": city}))), ANSWER)

    query = f"What's the weather in {city}?"
    events = await events_of(agent.stream_events(query))

    types = flow(events).replace("tool_call_delta ", "")
    assert types == (
        "routing tool_call_start cost:tool_calls draft_decision tool_call_complete tool_executing"
        f" {kind} step chunk cost:stop draft_decision complete"
    )
    told = next(event.data for event in events if event.type == kind)
    assert (told["id"], told["name"]) == ("call_1", "get_weather")
    assert told["result" if kind == "tool_result" else "error"] == text
    assert events[-1].data["result"]["draft_accepted"] is True
    first, second = (request.body for request in provider.requests)
    assert first["tools"] == second["tools"]
    asked, said, answered = second["messages"]
    assert asked == {"role": "user", "content": query}
    assert said["tool_calls"][0]["id"] == "call_1"
    assert answered == {"role": "tool", "tool_call_id": "call_1", "content": text}


@pytest.mark.parametrize("role", ["verifier", "direct"])
async def test_the_last_model_s_call_is_run_and_it_goes_on(
    provider: Loopback, agent: CascadeAgent, role: str
) -> None:
    provider.script("small", Reply(""))
    provider.script("large", calling(call()), ANSWER)

    events = await events_of(agent.stream_events(QUERY, force_direct=role == "direct"))

    before = "" if role == "direct" else "cost:stop draft_decision switch:empty "
    end = f"{LAST_CALL} tool_result step chunk cost:stop complete"
    assert flow(events) == f"routing {before}{end}"
    step = next(event for event in events if event.type == "step")
    assert step.data == {"model": "large", "provider": "openai", "role": role}
    roles = [event.data["role"] for event in events if event.type == "cost"]
    assert roles[-2:] == [role, role]


async def test_nothing_is_sent_before_the_event_after_step(
    provider: Loopback, agent: CascadeAgent
) -> None:
    provider.script("small", calling(call()), ANSWER)
    stream = agent.stream_events(QUERY)
    async for seen in stream:
        if seen.type == "step":
            break
    assert len(provider.requests) == 1
    await stream.aclose()


async def test_a_rejected_second_step_hands_over_what_the_tools_gave(
    provider: Loopback, agent: CascadeAgent
) -> None:
    provider.script("small", calling(call()), Reply("I'm sorry, but I can't help with that."))
    provider.script("large", ANSWER)

    events = await events_of(agent.stream_events(QUERY))

    assert flow(events) == (
        f"routing {CALL} tool_result step chunk cost:stop draft_decision"
        " switch:quality_insufficient chunk cost:stop complete"
    )
    assert [message["role"] for message in provider.requests_of("large")[0].body["messages"]] == [
        "user",
        "assistant",
        "tool",
    ]
    assert [event.attempt for event in events if event.type == "cost"] == [1, 2, 3]
    result = events[-1].data["result"]
    assert len(result["tool_calls"]) == 1
    # 30 tokens each: two drafts at 1 and an answer at 10 USD per million; the large model alone
    # would have needed the call and the answer.
    cost = next(event.data for event in reversed(events) if event.type == "cost")
    assert cost["total_usd"] == Decimal("0.00036")
    assert cost["baseline_usd"] == Decimal("0.0006")


async def test_parallel_calls_are_answered_in_their_order(
    provider: Loopback, agent: CascadeAgent
) -> None:
    slow = call('{"location": "Sleepy"}')
    provider.script("small", calling(slow, call(id="call_2", index=1)), ANSWER)
    events = await events_of(agent.stream_events("What's the weather in Sleepy and Paris?"))
    ids = {
        kind: [event.data["id"] for event in events if event.type == kind]
        for kind in ("tool_executing", "tool_error", "tool_result")
    }
    assert ids == {
        "tool_executing": ["call_1", "call_2"],
        "tool_error": ["call_1"],
        "tool_result": ["call_2"],
    }
    told = provider.requests[1].body["messages"][-2:]
    assert [message["tool_call_id"] for message in told] == ["call_1", "call_2"]


async def test_a_result_is_told_as_soon_as_it_is_there(
    provider: Loopback, agent: CascadeAgent
) -> None:
    slow, quick = call('{"location": "Sleepy"}'), call(id="call_2", index=1)
    provider.script("large", calling(slow, quick), ANSWER)
    events = await events_of(agent.stream_events(QUERY, force_direct=True))
    ended = [event.data["id"] for event in events if event.type in ("tool_error", "tool_result")]
    assert ended == ["call_2", "call_1"]


async def test_a_call_that_waits_for_a_place_is_not_said_to_run(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    said: set[str] = set()

    async def get_weather(location: str) -> str:
        """Get the weather of a city."""
        assert location in said, "it is told before it runs"
        await asyncio.sleep(0.01)
        return f"{location}: sunny"

    agent = with_tools(
        make_agent("small", "large"),
        tool_executor=ToolExecutor([ToolConfig.from_function(get_weather)]),
    )
    seven = [call(f'{{"location": "{at}"}}', id=f"call_{at}", index=at) for at in range(7)]
    provider.script("large", calling(*seven), ANSWER)
    most = ended = 0
    async for event in agent.stream_events(QUERY, force_direct=True):
        if event.type == "tool_executing":
            said.add(event.data["arguments"]["location"])
        ended += event.type == "tool_result"
        most = max(most, len(said) - ended)
    assert (most, ended) == (5, 7)


async def test_a_call_that_asks_first_is_said_to_run_once_it_may(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    asked = asyncio.Event()
    tool = replace(ToolConfig.from_function(get_weather), asks_first=True)

    async def approve(_: object) -> bool:
        await asked.wait()
        return True

    agent = with_tools(
        make_agent("small", "large"), tool_executor=ToolExecutor([tool], approve=approve)
    )
    provider.script("small", calling(call()), ANSWER)
    events = []
    async for event in agent.stream_events(QUERY):
        events.append(event)
        if event.type == "tool_call_complete":
            asyncio.get_running_loop().call_later(
                0.05, lambda: (asked.set(), events.append("asked"))
            )
    before = events[: events.index("asked")]
    assert "tool_executing" not in [seen.type for seen in before]
    assert "tool_executing" in [seen.type for seen in events[len(before) + 1 :]]


async def test_an_invalid_call_of_the_last_model_is_answered_and_not_run(
    provider: Loopback, agent: CascadeAgent
) -> None:
    provider.script("large", calling(call("{}"), call(id="call_2", index=1)), ANSWER)
    events = await events_of(agent.stream_events(QUERY, force_direct=True))
    assert flow(events) == (
        f"routing tool_call_start tool_call_delta {FORMING} cost:tool_calls tool_error"
        " tool_call_complete tool_executing tool_result step chunk cost:stop complete"
    )
    wrong, right = provider.requests[1].body["messages"][-2:]
    assert "'location' is a required property" in wrong["content"]
    assert right["content"] == "Paris: sunny"


async def test_after_the_last_step_the_model_must_answer(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    agent = with_tools(make_agent("small", "large"), max_steps=2)
    provider.script("small", calling(call()), calling(call()), ANSWER)
    events = await events_of(agent.stream_events(QUERY, tool_choice="required"))
    assert flow(events) == (
        f"routing {CALL} tool_result step {CALL} tool_result step"
        " chunk cost:stop draft_decision complete"
    )
    choices = [request.body.get("tool_choice", "auto") for request in provider.requests]
    assert choices == ["required", "auto", "none"]


async def test_a_model_that_only_ever_calls_comes_to_an_end(
    provider: Loopback, agent: CascadeAgent
) -> None:
    provider.script("large", calling(call()))
    events = await events_of(agent.stream_events(QUERY, force_direct=True))
    assert len(provider.requests) == 6
    assert events[-1].data["code"] == "empty"


async def test_stop_during_a_tool_ends_the_turn(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", calling(call('{"location": "Sleepy"}')))
    executor = ToolExecutor([ToolConfig.from_function(get_weather)])
    agent = with_tools(make_agent("small", "large"), tool_executor=executor)
    stream = agent.stream_events("What's the weather in Sleepy?")
    events = []
    began = time.monotonic()
    async for seen in stream:
        events.append(seen)
        if seen.type == "tool_executing":
            asyncio.get_running_loop().call_later(0.05, stream.stop)
    assert events[-1].type == "tool_executing"
    assert time.monotonic() - began < 2
    assert len(provider.requests) == 1


@pytest.mark.parametrize("kind", ["tool_call_complete", "tool_executing", "tool_result", "step"])
async def test_stop_while_the_consumer_holds_an_event_sends_nothing_more(
    provider: Loopback, agent: CascadeAgent, kind: str
) -> None:
    provider.script("small", calling(call()), ANSWER)
    stream = agent.stream_events(QUERY)
    events = []
    async for seen in stream:
        events.append(seen)
        if seen.type == kind:
            stream.stop()
    assert len(provider.requests) == 1
    assert stream.result is None
    # A step has announced its attempt, which must have its bill.
    assert events[-1].type == ("cost" if kind == "step" else kind)


async def test_stop_between_two_results_waits_for_neither(
    provider: Loopback, agent: CascadeAgent
) -> None:
    both = call(), call('{"location": "Oslo"}', id="call_2", index=1)
    provider.script("small", calling(*both), ANSWER)
    stream = agent.stream_events(f"{QUERY[:-1]} and in Oslo?")
    events = []
    async for seen in stream:
        events.append(seen)
        if seen.type == "tool_result":
            stream.stop()
    gc.collect()  # a wait that was made and never begun is warned of
    assert flow(events).split().count("tool_result") == 1
    assert len(provider.requests) == 1


async def test_tools_of_a_call_come_before_those_of_the_executor(
    provider: Loopback, agent: CascadeAgent
) -> None:
    await agent.run(QUERY, tools=[])
    assert "tools" not in provider.requests[0].body


async def test_run_comes_to_the_same_end(provider: Loopback, agent: CascadeAgent) -> None:
    provider.script("small", calling(call()), ANSWER)
    result = await agent.run(QUERY)
    assert result.content == ANSWER.text
    assert [dict(made["arguments"]) for made in result.tool_calls] == [{"location": "Paris"}]
    assert [attempt.role for attempt in result.attempts] == ["draft", "draft"]


async def test_signatures_go_back_to_the_model_that_gave_them_only(
    agent: CascadeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Request] = []

    async def signing(request: Request, transport: object) -> AsyncGenerator[Delta, None]:
        seen.append(request)
        if len(seen) == 1:
            yield Opaque("signature")
            yield ToolFragment(0, "call_1", "get_weather", '{"location": "Paris"}')
        elif request.model == "large":
            yield Text(str(ANSWER.text))
        yield Finish("stop")

    monkeypatch.setitem(PROVIDERS, "openai", signing)
    await agent.run(QUERY)

    opaque = [request.messages[1].get("opaque") for request in seen[1:]]
    assert [request.model for request in seen] == ["small", "small", "large"]
    assert opaque == [["signature"], None]


async def test_a_call_whose_id_an_earlier_step_had_gets_its_own(
    agent: CascadeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kimi K3 numbers calls `name:position` and begins again with each answer."""
    seen: list[Request] = []

    async def counting(request: Request, transport: object) -> AsyncGenerator[Delta, None]:
        seen.append(request)
        if len(seen) < 3:
            yield ToolFragment(0, "get_weather:0", "get_weather", '{"location": "Paris"}')
            yield Opaque({"call": "get_weather:0", "signature": len(seen)})
        elif request.model == "large":
            yield Text(str(ANSWER.text))
        yield Finish("stop")

    monkeypatch.setitem(PROVIDERS, "openai", counting)
    await agent.run(QUERY)

    assert [request.model for request in seen] == ["small", "small", "small", "large"]
    for _, *told in (request.messages for request in seen[2:]):
        [[first], [second]] = [[call["id"] for call in said["tool_calls"]] for said in told[::2]]
        assert (first, len({first, second})) == ("get_weather:0", 2)
        assert [answer["tool_call_id"] for answer in told[1::2]] == [first, second]
    assert [said["opaque"] for said in seen[2].messages[1::2]] == [
        [{"call": first, "signature": 1}],
        [{"call": second, "signature": 2}],
    ]


async def test_one_model_twice_is_a_draft_and_a_verifier(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    model = replace(make_agent("only").models[0], cost=0)
    provider.script("only", Reply(""), ANSWER)
    result = await CascadeAgent([model, model]).run(QUERY)
    assert [attempt.role for attempt in result.attempts] == ["draft", "verifier"]


def test_max_steps_must_leave_one(make_agent: MakeAgent) -> None:
    with pytest.raises(ConfigError, match="max_steps is 0"):
        with_tools(make_agent("small", "large"), max_steps=0)
