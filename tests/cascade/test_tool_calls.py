"""Tool calls form live, are judged, and are completed only where an attempt stands."""

import pytest

from chat.cascade import BadResponse, CascadeAgent, Incomplete, ToolStreamEvent
from chat.cascade.providers.base import ToolFragment
from chat.cascade.streaming.calls import FormingCalls
from tests.cascade.calling import PARIS, WEATHER, call, calling, calls_of
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply

QUERY = "What's the weather in Paris?"
BOTH = "What's the weather in Paris and in Oslo?"
FORMING = "tool_call_start" + " tool_call_delta" * 3
ACCEPTED = f"routing {FORMING} cost:tool_calls draft_decision tool_call_complete complete"


def rejected(forming: str, finish: str = "tool_calls", reason: str = "quality_insufficient") -> str:
    return (
        f"routing {forming} cost:{finish} draft_decision switch:{reason}"
        f" {FORMING} cost:tool_calls tool_call_complete complete"
    )


FLOWS = {
    "accepted": (calling(call()), ACCEPTED),
    "text then call": (
        calling(call(), text="Let me see."),
        ACCEPTED.replace("routing", "routing chunk"),
    ),
    "parallel calls": (
        calling(call(), call('{"location": "Oslo"}', id="call_2", index=1)),
        f"routing {FORMING} {FORMING} cost:tool_calls draft_decision tool_call_complete"
        " tool_call_complete complete",
    ),
    "invalid JSON": (
        calling(call('{"location": Paris')),
        rejected(FORMING),
    ),
    "unknown tool": (
        calling(call(name="get_wether")),
        rejected("tool_call_start", finish="abandoned"),
    ),
    "missing argument": (calling(call("{}")), rejected("tool_call_start tool_call_delta")),
    "no arguments at all": (calling(call("")), rejected("tool_call_start")),
    "wrong type": (
        calling(call('{"location": 7}')),
        rejected(FORMING),
    ),
    "one bad call beside a good one": (
        calling(call(), call("{}", id="call_2", index=1)),
        rejected(f"{FORMING} tool_call_start tool_call_delta"),
    ),
    "cut off at its limit, though it reads as whole": (
        calling(call(), finish="length"),
        rejected(FORMING, "length", "truncated"),
    ),
    "filtered": (
        calling(call(), finish="content_filter"),
        rejected(FORMING, "content_filter", "refused"),
    ),
    "failing in the middle": (
        calling(call()[:2], finish=None),
        "routing tool_call_start tool_call_delta cost:error switch:draft_failed"
        f" {FORMING} cost:tool_calls tool_call_complete complete",
    ),
}


async def test_every_event_of_a_turn_with_tools_has_a_delta(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", calling(call(), text="I look."))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, tools=[WEATHER]))
    assert "".join(event.delta for event in events) == PARIS
    assert all(isinstance(event, ToolStreamEvent) for event in events)


@pytest.mark.parametrize(("draft", "expected"), FLOWS.values(), ids=FLOWS)
async def test_flow_of_a_draft(
    provider: Loopback, make_agent: MakeAgent, draft: Reply, expected: str
) -> None:
    provider.script("small", draft)
    provider.script("large", calling(call(id="call_of_large")))

    events = await events_of(make_agent("small", "large").stream_events(BOTH, tools=[WEATHER]))

    assert flow(events) == expected
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    last = events[-1].attempt
    completed = [event for event in events if event.type == "tool_call_complete"]
    assert {event.attempt for event in completed} == {last}
    result = events[-1].data["result"]
    assert list(result["tool_calls"]) == [event.data["tool_call"] for event in completed]


LAST = {
    "accepted": (calling(call()), f"{FORMING} cost:tool_calls tool_call_complete complete"),
    "unknown tool": (
        calling(call(name="get_wether")),
        f"{FORMING} cost:tool_calls tool_error error:bad_response",
    ),
    "invalid JSON after text": (
        calling(call('{"location": Paris'), text="Let me see."),
        f"chunk {FORMING} cost:tool_calls tool_error complete",
    ),
    "one bad call beside a good one": (
        calling(call("[]"), call(id="call_2", index=1)),
        f"tool_call_start tool_call_delta {FORMING} cost:tool_calls tool_error tool_call_complete"
        " complete",
    ),
    "cut off at its limit": (
        calling(call(), finish="length"),
        f"{FORMING} cost:length error:incomplete",
    ),
    "failing in the middle": (
        calling(call(), finish=None),
        f"{FORMING} cost:error error:incomplete",
    ),
}


@pytest.mark.parametrize("role", ["verifier", "direct"])
@pytest.mark.parametrize(("answer", "expected"), LAST.values(), ids=LAST)
async def test_flow_of_the_last_model(
    provider: Loopback, make_agent: MakeAgent, answer: Reply, expected: str, role: str
) -> None:
    provider.script("small", Reply(""))
    provider.script("large", answer)
    agent = make_agent("small", "large")

    stream = agent.stream_events(QUERY, tools=[WEATHER], force_direct=role == "direct")
    events = await events_of(stream)

    before = "" if role == "direct" else "cost:stop draft_decision switch:empty "
    assert flow(events) == f"routing {before}{expected}"


async def test_arguments_can_be_read_while_they_form(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", calling(call()))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, tools=[WEATHER]))
    start, *deltas = [event for event in events if "tool_call_" in event.type][:4]
    of_call = {"id": "call_1", "name": "get_weather", "model": "small", "role": "draft"}
    assert start.data == of_call
    assert "".join(event.delta for event in deltas) == PARIS
    seen = [event.data["arguments"] for event in deltas]
    assert seen == [{}, {"location": ""}, {"location": "Paris"}]
    assert all(event.data | of_call == event.data for event in deltas)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ('{"location": "a\\u0000b"}', {"location": "a\ufffdb"}),
        ('{"location": "a", "share": NaN}', {"location": "a"}),
    ],
)
async def test_what_forms_holds_nothing_that_json_and_databases_refuse(
    written: str, seen: dict[str, str], provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", calling(call(written)))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, tools=[WEATHER]))
    *_, last = [event for event in events if event.type == "tool_call_delta"]
    assert last.data["arguments"] == seen


async def test_the_decision_names_what_is_wrong(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", calling(call("{}")))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, tools=[WEATHER]))
    decision = next(event.data for event in events if event.type == "draft_decision")
    check = next(check for check in decision["checks"] if check["name"] == "tool_calls")
    assert (decision["accepted"], decision["reason"]) == (False, "tool_calls")
    assert not check["passed"]
    assert "'location' is a required property" in check["note"]


async def test_an_accepted_call_says_so(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", calling(call()))
    result = await make_agent("small", "large").run(QUERY, tools=[WEATHER])
    assert result.draft_accepted is True
    assert result.tool_calls == (
        {"id": "call_1", "name": "get_weather", "arguments": {"location": "Paris"}},
    )
    assert result.finish == "tool_calls"


async def test_the_request_carries_tools_and_choice(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    choice = {"type": "function", "function": {"name": "get_weather"}}
    await make_agent("small", "large").run(QUERY, tools=[WEATHER], tool_choice=choice)
    body = provider.requests[0].body
    assert body["tools"] == [{"type": "function", "function": WEATHER}]
    assert body["tool_choice"] == choice
    assert body["max_tokens"] == 1000


async def test_calls_nobody_asked_for_are_passed_over(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", calling(call()))
    agent = make_agent("small", "large")
    switched = "routing cost:tool_calls draft_decision switch:empty chunk cost:stop complete"
    for asked in ({}, {"tools": [WEATHER], "tool_choice": "none"}):
        events = await events_of(agent.stream_events(QUERY, **asked))
        assert flow(events) == switched


async def test_escapes_bring_no_lone_surrogate_into_the_arguments(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", calling(call('{"location": "a\\u0000b\\ud83d"}')))
    query = "What's the weather in a\ufffdb\ufffd?"
    events = await events_of(make_agent("small", "large").stream_events(query, tools=[WEATHER]))
    assert calls_of(events) == [("get_weather", {"location": "a\ufffdb\ufffd"})]


async def test_five_hundred_calls_are_assembled(provider: Loopback, make_agent: MakeAgent) -> None:
    calls = [call(id=f"call_{at}", index=at) for at in range(500)]
    provider.script("large", calling(*calls))
    agent = make_agent("small", "large")
    events = await events_of(agent.stream_events(QUERY, tools=[WEATHER], force_direct=True))
    assert calls_of(events) == [("get_weather", {"location": "Paris"})] * 500


@pytest.mark.parametrize("endless", ["small", "large"])
async def test_a_call_without_end_is_cut_at_the_cap(
    provider: Loopback, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch, endless: str
) -> None:
    monkeypatch.setattr("chat.cascade.attempt.MAX_ANSWER_CHARACTERS", 500)
    provider.script("small", calling(call("{}")))
    provider.script("large", calling(call()))
    provider.script(endless, calling(call('{"location": "' + "Paris " * 10_000)))

    events = await events_of(make_agent("small", "large").stream_events(QUERY, tools=[WEATHER]))

    written = sum(len(event.delta) for event in events if event.type == "tool_call_delta")
    assert written < 550
    if endless == "small":
        assert calls_of(events) == [("get_weather", {"location": "Paris"})]
    else:
        assert (calls_of(events), events[-1].data["code"]) == ([], "bad_response")


async def test_run_raises_what_a_bad_call_came_to(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    agent = make_agent("only")
    provider.script("only", calling(call("{}")), calling(call(), finish="length"))
    with pytest.raises(BadResponse, match="cannot be run"):
        await agent.run(QUERY, tools=[WEATHER])
    with pytest.raises(Incomplete, match="within a tool call"):
        await agent.run(QUERY, tools=[WEATHER])


def test_tools_stream_with_two_models(make_agent: MakeAgent) -> None:
    agent: CascadeAgent = make_agent("small", "large")
    assert agent.tool_streaming_manager is not None
    assert make_agent("only").tool_streaming_manager is None


async def test_two_calls_never_share_an_id(provider: Loopback, make_agent: MakeAgent) -> None:
    provider.script("small", calling(call(), call(index=1)))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, tools=[WEATHER]))
    ids = [event.data["id"] for event in events if event.type == "tool_call_start"]
    assert ids[0] == "call_1"
    assert ids[1].startswith("call_")
    assert len(set(ids)) == 2


def test_a_signature_goes_with_the_call_it_was_given_for() -> None:
    calls = FormingCalls(["get_weather:0"])
    for key in (0, 1):
        assert list(calls.add(ToolFragment(key, "get_weather:0", "get_weather")))
    first, second = (call.id for call in calls)
    assert len({"get_weather:0", first, second}) == 3
    assert calls.owned({"call": "get_weather:0"}) == {"call": second}
    for block in ({"call": "another"}, {"call": ["get_weather:0"]}, {"type": "x"}, "signature"):
        assert calls.owned(block) == block
