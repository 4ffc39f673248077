"""Leave for each attempt: asked before its request, and what happens where it is refused."""

from decimal import Decimal

import pytest

from chat.cascade import CascadeAgent, CascadePolicy, ModelConfig, OverBudget
from tests.cascade.conftest import events_of
from tests.loopback import Loopback, Reply

QUERY = "What is the capital of France?"
REFUSAL = "I'm sorry, I can't."


class Leave:
    """Admits the models that are not named, and remembers who asked for how much."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.asked: list[tuple[str, Decimal | None]] = []

    async def __call__(self, model: ModelConfig, most_usd: Decimal | None) -> None:
        self.asked.append((model.name, most_usd))
        if model.name in self.refused:
            raise OverBudget("The budget is used up.")


def agent(provider: Loopback, leave: Leave, price: int | None = 1) -> CascadeAgent:
    models = [
        ModelConfig(
            name,
            "openai",
            base_url=provider.base_url,
            api_key="k",
            input_price=price and price * dearer,
            output_price=price and 2 * price * dearer,
        )
        for name, dearer in (("small", 1), ("large", 10))
    ]
    return CascadeAgent(models, policy=CascadePolicy(direct_from=None), admit=leave)


async def test_every_attempt_is_asked_for_before_its_request(provider: Loopback) -> None:
    provider.script("small", Reply(REFUSAL))
    leave = Leave()
    await agent(provider, leave).run(QUERY, max_tokens=1000)
    (small, draft), (large, last) = leave.asked
    assert (small, large) == ("small", "large")
    assert draft and Decimal("0.002") < draft < Decimal("0.0021")  # 1000 out at $2, and the prompt
    assert last and last == draft * 10


async def test_an_unknown_price_has_no_most(provider: Loopback) -> None:
    leave = Leave()
    await agent(provider, leave, price=None).run(QUERY)
    assert leave.asked == [("small", None)]


async def test_a_turn_that_may_not_begin_sends_nothing(provider: Loopback) -> None:
    events = await events_of(agent(provider, Leave("small")).stream_events(QUERY))
    assert [(event.type, event.data["code"]) for event in events] == [("error", "over_budget")]
    assert provider.requests == []


async def test_a_draft_below_the_bar_is_kept_where_no_other_may_follow(provider: Loopback) -> None:
    provider.script("small", Reply(REFUSAL))
    stream = agent(provider, Leave("large")).stream_events(QUERY)
    events = await events_of(stream)
    assert events[-1].type == "complete"
    assert events[-1].data["notice"] == "The budget is used up."
    assert stream.result and stream.result.content == REFUSAL
    assert stream.result.draft_accepted is False
    assert "".join(event.content for event in events if event.type == "chunk") == REFUSAL
    assert [request.model for request in provider.requests] == ["small"]


async def test_without_a_draft_to_keep_the_turn_fails(provider: Loopback) -> None:
    provider.script("small", Reply.error(404))
    with pytest.raises(OverBudget):
        await agent(provider, Leave("large")).run(QUERY)


async def test_a_turn_stopped_while_leave_is_sought_asks_nobody_else(provider: Loopback) -> None:
    class Stopping(Leave):
        async def __call__(self, model: ModelConfig, most_usd: Decimal | None) -> None:
            if model.name == "large":
                stream.stop()

    provider.script("small", Reply(REFUSAL))
    stream = agent(provider, Stopping()).stream_events(QUERY)
    events = await events_of(stream)
    assert events[-1].type == "draft_decision"
    assert [request.model for request in provider.requests] == ["small"]
