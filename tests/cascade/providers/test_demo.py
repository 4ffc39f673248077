"""The simulated models play the parts that the page promises."""

import json
import time

import pytest

from chat.cascade import CascadeAgent, ModelConfig, ProviderError, ToolConfig, ToolExecutor
from chat.cascade.providers import demo
from chat.cascade.providers.demo import SUGGESTIONS
from chat.cascade.providers.demo_answers import Suggestion
from chat.cascade.tools.ready import CURRENT_TIME
from tests.cascade.conftest import events_of, flow

ACCEPTED = "routing chunk cost:stop draft_decision complete"
SWITCHED = (
    "routing chunk cost:stop draft_decision switch:quality_insufficient chunk cost:stop complete"
)
DIRECT = "routing chunk cost:stop complete"


@pytest.fixture
def agent() -> CascadeAgent:
    models = [
        ModelConfig(name, "demo", cost=cost, max_tokens=2000)
        for name, cost in (("demo-small", 0.0002), ("demo-large", 0.005))
    ]
    return CascadeAgent(models)


ENGLISH, GERMAN = SUGGESTIONS["en"], SUGGESTIONS["de"]

COURSES = {
    "sky": (ACCEPTED, "quality_passed"),
    "percent": (ACCEPTED, "quality_passed"),
    "table": (SWITCHED, "instructions"),
    "code": (SWITCHED, "instructions"),
    "proof": (DIRECT, None),
    "time": (ACCEPTED, "quality_passed"),  # without its tool
}

IN_GERMAN = {**COURSES, "proof": (SWITCHED, "instructions")}
"""That it is one is seen in English alone."""


@pytest.mark.parametrize("tools", [(), (CURRENT_TIME,)], ids=["bare", "with-a-clock"])
@pytest.mark.parametrize(
    ("suggestion", "course"),
    [
        *zip(ENGLISH, COURSES.values(), strict=True),
        *zip(GERMAN, IN_GERMAN.values(), strict=True),
    ],
    ids=[*COURSES, *(f"{name}-in-german" for name in IN_GERMAN)],
)
async def test_a_suggestion_takes_its_course(
    agent: CascadeAgent,
    suggestion: Suggestion,
    course: tuple[str, str | None],
    tools: tuple[ToolConfig, ...],
) -> None:
    executor = ToolExecutor(tools) if tools and not suggestion.call else None  # a call: see below
    agent = CascadeAgent(agent.models, tool_executor=executor)
    events = await events_of(agent.stream_events(suggestion.prompt))
    decisions = [event.data["reason"] for event in events if event.type == "draft_decision"]
    assert flow(events) == course[0]
    assert decisions == ([course[1]] if course[1] else [])
    assert events[-1].data["result"]["exactness"] == "exact"


@pytest.mark.parametrize("suggestion", [ENGLISH[-1], GERMAN[-1]], ids=["english", "german"])
async def test_a_tool_that_is_offered_is_called_and_its_result_told(
    agent: CascadeAgent, suggestion: Suggestion
) -> None:
    with_a_clock = CascadeAgent(agent.models, tool_executor=ToolExecutor([CURRENT_TIME]))
    events = await events_of(with_a_clock.stream_events(suggestion.prompt))
    [told] = [event.data for event in events if event.type == "tool_result"]
    result = events[-1].data["result"]
    assert json.loads(told["result"])["zone"] == "Asia/Tokyo"
    assert told["result"] in result["content"]
    assert result["draft_accepted"] is True


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("Hello", "a simulated model"),
        ("How do I renew my passport in Portugal?", "a simulated model"),
        ("Wie verlängere ich meinen Pass in Portugal?", "ein simuliertes Modell"),
        ("¿Cómo renuevo mi pasaporte en Portugal?", "un modelo simulado"),
        ("Comment renouveler mon passeport au Portugal ?", "un modèle simulé"),
        ("为什么", "模拟的模型"),
        ("كيف أجدد جواز سفري في البرتغال؟", "نموذج محاكاة"),
    ],
)
async def test_any_other_question_gets_an_honest_draft_in_its_language(
    agent: CascadeAgent, query: str, said: str
) -> None:
    events = await events_of(agent.stream_events(query))
    assert flow(events) == ACCEPTED
    content = events[-1].data["result"]["content"]
    assert said in content and "OPENAI_API_KEY" in content


async def test_a_suggestion_is_known_in_a_later_turn_and_in_other_spelling(
    agent: CascadeAgent,
) -> None:
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    result = await agent.run("  why is the sky BLUE", messages=history)
    assert "Because air scatters" in result.content


async def test_the_limit_is_kept(agent: CascadeAgent) -> None:
    result = await agent.run(ENGLISH[0].prompt, max_tokens=5, force_direct=True)
    assert (result.finish, result.attempts[0].finish) == ("length", "length")


async def test_it_speaks_at_its_pace(agent: CascadeAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "pace", 0.1)
    began = time.monotonic()
    events = await events_of(agent.stream_events(ENGLISH[1].prompt))
    tokens = sum(event.type == "chunk" for event in events)
    assert 0.5 * tokens / 600 < time.monotonic() - began < 3 * tokens / 600 + 0.2


async def test_an_unknown_model_is_named() -> None:
    agent = CascadeAgent([ModelConfig("demo-huge", "demo")])
    with pytest.raises(ProviderError, match="no demo-huge, only demo-small and demo-large"):
        await agent.run("Hello")


WEATHER = {
    "name": "get_weather",
    "description": "Get the weather of a city",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("What's the weather in Paris?", ["Paris"]),
        ("Compare the weather in Oslo and Cairo.", ["Oslo", "Cairo"]),
        ("What is the weather like?", []),
        ("Why is the sky blue?", []),
    ],
)
async def test_the_guide_s_tool_is_called_for_each_place(
    agent: CascadeAgent, query: str, places: list[str]
) -> None:
    result = await agent.run(query, tools=[WEATHER])
    assert [call["arguments"] for call in result.tool_calls] == [
        {"location": place} for place in places
    ]


async def test_no_other_tool_is_called(agent: CascadeAgent) -> None:
    result = await agent.run("The weather in Paris?", tools=[WEATHER | {"name": "other"}])
    assert not result.tool_calls and "simulated" in result.content
