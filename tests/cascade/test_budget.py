"""Leave for each attempt: asked before its request, and what happens where it is refused."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chat.cascade import (
    CascadeAgent,
    CascadePolicy,
    ModelConfig,
    OverBudget,
    ToolConfig,
    ToolExecutor,
)
from chat.cascade.attempt import Attempt
from chat.cascade.budget import most_usd
from chat.cascade.providers.base import ToolSpec
from tests.cascade.calling import call, calling
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


TOOL: ToolSpec = {"name": "look_up", "description": "word " * 100, "parameters": {}}
READ: dict[str, dict[str, Any]] = {
    "tools": {"tools": (TOOL,)},
    "calls made before": {
        "messages": (
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "c", "name": "look_up", "arguments": {"q": "word " * 100}}],
            },
        )
    },
    "what goes back unchanged": {
        "messages": ({"role": "assistant", "content": "", "opaque": [{"text": "word " * 100}]},)
    },
}


@pytest.mark.parametrize("more", READ.values(), ids=READ)
def test_all_that_a_model_reads_is_counted_before_and_after(more: dict[str, Any]) -> None:
    model = ModelConfig("m", "demo", input_price=1_000_000, output_price=0)
    request = replace(model.request([], max_tokens=1, temperature=None), **more)
    most, attempt = most_usd(model, request), Attempt(1, "direct", model, request)
    attempt.finish = "stop"
    assert most and most > 100
    assert 100 <= attempt.charge().usage.input < most


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


async def test_words_before_a_call_are_no_answer_where_no_step_may_follow(
    provider: Loopback,
) -> None:
    def get_weather(location: str) -> str:
        """Get the weather of a city."""
        return "sunny"

    class Once(Leave):
        async def __call__(self, model: ModelConfig, most_usd: Decimal | None) -> None:
            if self.asked:
                raise OverBudget("The budget is used up.")
            await super().__call__(model, most_usd)

    provider.script("small", calling(call(), text="Let me look that up. "))
    executor = ToolExecutor([ToolConfig.from_function(get_weather)])
    models = agent(provider, Leave()).models
    policy = CascadePolicy(direct_from=None)
    cascade = CascadeAgent(models, policy=policy, admit=Once(), tool_executor=executor)
    stream = cascade.stream_events("What's the weather in Paris?")
    events = await events_of(stream)
    assert "tool_result" in [event.type for event in events]
    assert (events[-1].type, events[-1].data["code"]) == ("error", "over_budget")
    assert stream.result is None
    said = "".join(event.content for event in events if event.type == "chunk")
    assert said == "Let me look that up. "


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
