"""Every way a turn can be ended early closes the upstream and leaves an honest bill."""

import asyncio
import gc
import time
from collections.abc import Callable

import pytest

from chat.cascade import StreamEvent
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Received, Reply, event

QUERY = "What is the capital of France?"
ENDLESS = Reply(["word "] * 20, end="hang")


async def left_within(request: Received, seconds: float, since: float) -> bool:
    while request.left_at is None and time.monotonic() - since < 2:
        await asyncio.sleep(0.005)
    return request.left_at is not None and request.left_at - since < seconds


async def stopped_when(
    provider: Loopback, make_agent: MakeAgent, is_time: Callable[[StreamEvent], bool]
) -> tuple[list[StreamEvent], float]:
    """Stops while the stream waits, soon after the event and once a request is there."""
    stream = make_agent("small", "large").stream_events(QUERY)
    events: list[StreamEvent] = []
    stopping: asyncio.TimerHandle | None = None
    stopped_at = 0.0

    def stop() -> None:
        nonlocal stopped_at
        if not provider.requests:
            asyncio.get_running_loop().call_later(0.02, stop)
            return
        stopped_at = time.monotonic()
        stream.stop()
        stream.stop()  # a second press changes nothing

    async for seen in stream:
        events.append(seen)
        if stopping is None and is_time(seen):
            stopping = asyncio.get_running_loop().call_later(0.05, stop)
    return events, stopped_at


async def test_stop_closes_the_upstream_and_yields_the_cost_so_far(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", ENDLESS)
    words: list[str] = []

    def all_are_said(seen: StreamEvent) -> bool:
        words.extend(str(seen.content).split())
        return len(words) == 20

    events, stopped_at = await stopped_when(provider, make_agent, all_are_said)

    assert flow(events) == "routing chunk cost:stopped"
    cost = events[-1].data
    assert cost["exactness"] == "partial"
    assert cost["usage"]["output"] == len(words)
    assert cost["cost_usd"] > 0
    assert await left_within(provider.requests[0], 0.3, stopped_at)


async def test_stop_before_the_first_byte(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", Reply(delay_s=5))

    events, stopped_at = await stopped_when(
        provider, make_agent, lambda seen: seen.type == "routing"
    )

    assert flow(events) == "routing cost:stopped"
    assert events[-1].data["exactness"] == "partial"
    assert await left_within(provider.requests[0], 0.3, stopped_at)


async def test_stop_during_a_wait_for_a_retry_costs_nothing(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply.error(429, retry_after="10"))

    began = time.monotonic()
    events, _ = await stopped_when(provider, make_agent, lambda seen: seen.type == "retry")

    assert flow(events) == "routing retry cost:stopped"
    assert events[-1].data["cost_usd"] == 0
    assert events[-1].data["exactness"] == "exact"
    assert time.monotonic() - began < 1


async def test_stop_while_the_consumer_holds_an_event(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", ENDLESS)
    stream = make_agent("small", "large").stream_events(QUERY)
    events = []
    async for seen in stream:
        events.append(seen)
        if seen.type == "chunk":
            stream.stop()
    assert flow(events) == "routing chunk cost:stopped"


async def test_stop_between_routing_and_the_request_sends_nothing(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    stream = make_agent("small", "large").stream_events(QUERY)
    await anext(stream)
    stream.stop()
    (cost,) = await events_of(stream)
    assert (cost.type, cost.data["cost_usd"], provider.requests) == ("cost", 0, [])


async def test_stop_before_the_beginning_yields_nothing(make_agent: MakeAgent) -> None:
    stream = make_agent("small", "large").stream_events(QUERY)
    stream.stop()
    assert await events_of(stream) == []


async def test_stop_before_a_switch_asks_no_further_model(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply(""))
    stream = make_agent("small", "large").stream_events(QUERY)
    events = []
    async for seen in stream:
        events.append(seen)
        if seen.type == "draft_decision":
            stream.stop()
    assert flow(events) == "routing cost:stop draft_decision"


async def test_reported_usage_counts_when_stopped(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 3}
    choices = [{"delta": {"content": "word"}}]
    provider.script("small", Reply(raw=[event({"choices": choices, "usage": usage})], end="hang"))
    events, _ = await stopped_when(provider, make_agent, lambda seen: seen.type == "chunk")
    assert events[-1].data["usage"]["input"] == 1000
    assert events[-1].data["exactness"] == "partial"


async def read_until_chunk(make_agent: MakeAgent) -> None:
    async for seen in make_agent("small", "large").stream_events(QUERY):
        if seen.type == "chunk":
            await asyncio.sleep(0)


async def test_cancelling_the_task_closes_the_upstream(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", ENDLESS)
    task = asyncio.create_task(read_until_chunk(make_agent))
    while not provider.requests:
        await asyncio.sleep(0.005)
    cancelled_at = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left_within(provider.requests[0], 0.3, cancelled_at)


async def test_leaving_the_loop_closes_the_upstream(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", ENDLESS)
    gc.disable()  # counting references must be enough
    try:
        async for seen in make_agent("small", "large").stream_events(QUERY):
            if seen.type == "chunk":
                break
        assert await left_within(provider.requests[0], 0.3, time.monotonic())
    finally:
        gc.enable()


async def test_a_deadline_of_the_caller_closes_the_upstream(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", ENDLESS)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await read_until_chunk(make_agent)
    assert await left_within(provider.requests[0], 0.3, time.monotonic())


async def test_a_stopped_connection_does_not_use_up_the_pool(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", *[ENDLESS] * 5, Reply("Paris is the capital."))
    for _ in range(5):
        await stopped_when(provider, make_agent, lambda seen: seen.type == "chunk")
    result = await make_agent("small", "large").run(QUERY)
    assert result.content == "Paris is the capital."
