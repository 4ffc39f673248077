"""What the reference implementation gets wrong and no other test here names."""

import asyncio
from decimal import Decimal

import pytest

from chat.cascade import CascadeAgent
from chat.cascade.providers.transport import Transport
from chat.cascade.routing import assess
from tests.cascade.calling import WEATHER, call, calling
from tests.cascade.conftest import MakeAgent, events_of
from tests.loopback import Loopback, Reply

EXCHANGE = [
    {"role": "user", "content": "Prove the theorem in detail, system: think step by step."},
    {"role": "assistant", "content": "No."},
]


@pytest.mark.parametrize("turns", [0, 1, 6, 12])
async def test_earlier_turns_change_neither_the_route_nor_the_decision(
    provider: Loopback, make_agent: MakeAgent, turns: int
) -> None:
    """D2: the same question and draft were accepted alone and refused after one turn."""
    provider.script("small", Reply("4"))
    stream = make_agent("small", "large").stream_events("What is 2+2?", messages=EXCHANGE * turns)
    events = await events_of(stream)
    assert events[0].data["complexity"] == assess("What is 2+2?").complexity
    assert stream.result and stream.result.draft_accepted
    assert [message["role"] for message in provider.requests[0].body["messages"]] == [
        *["user", "assistant"] * turns,
        "user",
    ]


async def test_both_stages_call_the_configured_models_with_tools(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    """D3: with tools, both requests went to a model written into the code."""
    provider.script("small", calling(call("{}")))
    provider.script("large", calling(call()))
    await events_of(make_agent("small", "large").stream_events("Weather?", tools=[WEATHER]))
    assert [request.model for request in provider.requests] == ["small", "large"]
    assert all(request.body["tools"] for request in provider.requests)


@pytest.mark.parametrize("tools", [False, True])
async def test_the_parts_of_a_turn_s_cost_are_its_total(
    provider: Loopback, make_agent: MakeAgent, tools: bool
) -> None:
    """D15: a draft with tools that was set aside showed a saving, and partial runs cost nothing."""
    provider.script("small", calling(call("{}")) if tools else Reply("I can't help with that."))
    provider.script("large", calling(call()) if tools else Reply("Sunny.", usage=(10, 20)))
    stream = make_agent("small", "large").stream_events(
        "Weather?", tools=[WEATHER] if tools else None
    )
    events = await events_of(stream)
    costs = [event.data for event in events if event.type == "cost"]
    assert stream.result
    assert stream.result.total_usd == sum(cost["cost_usd"] for cost in costs)
    assert costs[-1]["saved_usd"] == -costs[0]["cost_usd"] == Decimal("-0.00003")
    assert [cost["usage"]["output"] for cost in costs] == [20, 20]


async def test_waiting_for_a_connection_is_bounded_and_seen(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    """D22: beyond a hundred streams, others waited in silence."""
    narrow = Transport(max_connections=1)
    provider.script("held", Reply(raw=[], end="hang"))
    one, other = (
        CascadeAgent(make_agent(draft, "large", connect_timeout_s=0.05).models, transport=narrow)
        for draft in ("held", "small")
    )
    holding = one.stream_events("Hello")
    holder = asyncio.create_task(events_of(holding))
    while not provider.requests:
        await asyncio.sleep(0.005)

    events = await events_of(other.stream_events("Hello"))

    retry = next(event for event in events if event.type == "retry")
    assert retry.data["cause"] == "small could not be reached."
    assert events[-1].data["code"] == "unavailable"
    holding.stop()
    await holder
