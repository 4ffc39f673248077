"""A draft that cannot become a good one is ended while it is written: no more of it is paid for."""

import asyncio
import json
import time

import pytest

from chat.cascade.quality import Decision, decide
from chat.cascade.quality.watch import Watch
from tests.cascade.conftest import MakeAgent, events_of, flow
from tests.loopback import Loopback, Reply

QUERY = "Why do stars twinkle?"
REFUSAL = [
    "I'm sorry, but I can't ",
    "help with that question ",
    "at all, for reasons that ",
    "are ",
]
LOOP = ["The air moves and the light bends. "] * 80
ANSWER = Reply("Moving air bends their light.")


@pytest.mark.parametrize(
    ("draft", "reason"), [(REFUSAL, "refusal"), (LOOP, "loop")], ids=["refusal", "loop"]
)
async def test_a_lost_draft_is_ended_and_its_upstream_closed(
    provider: Loopback, make_agent: MakeAgent, draft: list[str], reason: str
) -> None:
    provider.script("small", Reply(draft, end="hang"))
    provider.script("large", ANSWER)
    began = time.monotonic()

    events = await events_of(make_agent("small", "large").stream_events(QUERY))

    assert time.monotonic() - began < 5
    assert flow(events).endswith(
        "cost:abandoned draft_decision switch:quality_insufficient chunk cost:stop complete"
    )
    decision = next(seen.data for seen in events if seen.type == "draft_decision")
    assert (decision["accepted"], decision["early"], decision["reason"]) == (False, True, reason)
    upstream = provider.requests_of("small")[0]
    async with asyncio.timeout(1):
        while upstream.left_at is None:
            await asyncio.sleep(0.005)


async def test_what_was_written_is_charged_and_marked(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("small", Reply(REFUSAL, end="hang"))
    provider.script("large", ANSWER)
    events = await events_of(make_agent("small", "large").stream_events(QUERY))
    cost = next(seen.data for seen in events if seen.type == "cost")
    assert (cost["exactness"], cost["finish"]) == ("partial", "abandoned")
    assert cost["usage"]["output"] > 0


async def test_the_last_model_is_never_ended_early(
    provider: Loopback, make_agent: MakeAgent
) -> None:
    provider.script("large", Reply(LOOP))
    events = await events_of(make_agent("small", "large").stream_events(QUERY, force_direct=True))
    assert events[-1].type == "complete"


@pytest.mark.parametrize(
    "text", ["", "The light of stars ", "1. Air\n2. Light\n3. ", "```python\nx ="]
)
def test_a_beginning_alone_loses_nothing(text: str) -> None:
    assert decide(QUERY, text, finish=None).accepted


def test_a_draft_is_looked_at_ever_more_seldom() -> None:
    looks: list[int] = []

    def judge(text: str):
        looks.append(len(text))
        return decide(QUERY, "", finish=None)

    watch = Watch(judge)
    for _ in range(20_000):
        assert watch.add("word ") is None
    assert len(looks) < 50
    assert sum(looks) < 6 * 100_000


SAID = "Air bends the light of stars as it moves. "
OTHERWISE = "Cold and warm layers bend it by turns, so its colour and its place change as we look."
ROWS = "\n".join(
    f"| {name:<24} | {at * at:<24} |\n|{'-' * 26}|{'-' * 26}|"
    for at, name in enumerate(f"{first} {last}" for first in "ABCDEFGH" for last in "klmnop")
)


@pytest.mark.parametrize(
    "behind",
    [OTHERWISE, f"{OTHERWISE}\n\n" * 4, "ä" * 90, "\n" * 300],
    ids=["a sentence", "paragraphs", "letters", "blank lines"],
)
def test_what_ends_a_draft_early_is_held_against_the_whole_one(behind: str) -> None:
    watch = Watch(lambda text: decide(QUERY, text, finish=None))
    draft = f"{OTHERWISE}\n\n{SAID * 60}{behind}"
    assert any(watch.add(draft[at : at + 4]) for at in range(0, len(draft), 4))
    whole = decide(QUERY, draft)
    assert not whole.accepted
    assert not found(whole, "loop")


def test_where_instructions_may_all_be_kept_only_a_loop_at_the_end_counts() -> None:
    query = "Why do stars twinkle? Answer in English."
    looping = f"{OTHERWISE}\n\n{SAID * 60}"
    watch = Watch(lambda text: decide(query, text, finish=None))
    assert not any(watch.add(looping[at : at + 4]) for at in range(0, len(looping), 4))
    assert not found(decide(query, looping), "loop")
    assert found(decide(query, f"{looping}{OTHERWISE}"), "loop")


def found(decision: Decision, name: str) -> bool:
    return next(check["passed"] for check in decision.checks if check["name"] == name)


RECORDS = json.dumps(
    [
        {"id": at, "role": "user", "active": True, "country": "Germany", "language": "de"}
        for at in range(60)
    ],
    indent=1,
)


@pytest.mark.parametrize("at", range(0, 600, 40))
@pytest.mark.parametrize("text", [ROWS, RECORDS], ids=["rows", "records"])
def test_what_has_its_rules_and_fields_again_and_again_is_no_loop(text: str, at: int) -> None:
    text = text[: 2400 + at]
    assert decide("Show what there is.", text, finish=None).accepted
    assert found(decide("Show what there is.", text), "loop")
