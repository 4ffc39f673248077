"""Titles by the first model: off by default, on the ledger, and never over one that was given."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from chat.cascade.errors import Unavailable
from chat.cascade.pricing import Usage
from chat.cascade.providers.base import Finish, Reported
from chat.conversations import titles
from chat.models import Attempt, Budget, Cascade, Conversation, Reservation, Spending, Turn
from chat.turns import history, learn
from chat.turns.play import players
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)

PROMPT = (
    "Why are there two high tides a day, and not one, when there is only one Moon to raise them?"
)
BETTER = "Why there are two tides"


async def lessons_of(turn: Turn) -> Turn:
    player = players[str(turn.id)]
    turn = await ended(turn)
    await player.task
    await asyncio.gather(*learn._lessons)
    return turn


async def asked(scripted: Scripted, said: list[Any], **setup: object) -> Conversation:
    """A conversation after its first answer, of which the first model said that."""
    scripted.answers = {"small": [GOOD, said], "large": GOOD}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(**{"titles": True} | setup)
    await Conversation.objects.aupdate(title=titles.of(PROMPT))
    await lessons_of(await begun(conversation, PROMPT))
    await conversation.arefresh_from_db()
    return conversation


async def test_the_first_model_gives_a_better_title(scripted: Scripted) -> None:
    conversation = await asked(scripted, [BETTER])
    assert conversation.title == BETTER
    [_, request] = scripted.calls
    assert request.model == "small" and request.max_tokens == 200
    assert PROMPT in request.messages[-1]["content"]
    assert "".join(GOOD) in request.messages[-1]["content"]


async def test_nobody_is_asked_unless_its_cascade_says_so(scripted: Scripted) -> None:
    conversation = await asked(scripted, [BETTER], titles=False)
    assert conversation.title == titles.of(PROMPT) and len(scripted.calls) == 1


async def test_the_ledger_has_it_and_the_turn_does_not(scripted: Scripted) -> None:
    await asked(scripted, [BETTER])
    row, turn = await Attempt.objects.aget(role="title"), await Turn.objects.aget()
    assert (row.settled, row.model, row.status) == (True, "small", "answered")
    assert row.cost_usd and row.cost_usd > 0
    assert turn.total_usd == (await turn.attempts.aget(role="draft")).cost_usd
    [state] = await history.states([str(turn.id)])
    assert [attempt.role for attempt in state.attempts] == ["draft"]


async def test_a_title_that_was_given_meanwhile_stays(scripted: Scripted) -> None:
    go = asyncio.Event()
    scripted.answers = {"small": [GOOD, [go, BETTER]]}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(titles=True)
    await Conversation.objects.aupdate(title=titles.of(PROMPT))
    turn = await begun(conversation, PROMPT)
    await ended(turn)
    await titles.rename(conversation, "Mine")
    go.set()
    while learn._lessons:
        await asyncio.sleep(0.01)
    await conversation.arefresh_from_db()
    assert conversation.title == "Mine"


async def test_only_a_first_answer_and_an_untouched_title_are_asked_about(
    scripted: Scripted,
) -> None:
    conversation = await asked(scripted, [BETTER])
    scripted.answers = {"small": GOOD}
    await lessons_of(await begun(conversation, "And the Sun?"))
    await conversation.arefresh_from_db()
    assert conversation.title == BETTER and len(scripted.calls) == 3


@pytest.mark.parametrize(
    "said",
    [[""], ["Here is one:\nTides"], ["x" * 61], [*BAD, "\nSorry."], [Unavailable("Down.")]],
    ids=["nothing", "a preface", "too long", "two lines", "no answer"],
)
async def test_what_is_no_title_changes_nothing(scripted: Scripted, said: list[Any]) -> None:
    conversation = await asked(scripted, said)
    assert conversation.title == titles.of(PROMPT)
    assert (await Attempt.objects.aget(role="title")).settled


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"Tides, explained."', "Tides, explained"),
        ("**Title: Two tides**\n", "Title: Two tides"),
        ("Title: „Ebbe und Flut“", "Ebbe und Flut"),
        ("# Tides\n\n", "Tides"),
        ("a\u202eb", ""),
        ("''", ""),
    ],
)
def test_what_is_put_around_a_title_is_taken_off(written: str, title: str) -> None:
    assert titles.read(written) == title


async def test_a_budget_counts_what_it_cost_and_holds_nothing_back(scripted: Scripted) -> None:
    await Budget.objects.acreate(scope="global", limit_usd=5)
    await asked(scripted, [BETTER])
    costs = [row.cost_usd async for row in Attempt.objects.all()]
    spending = await Spending.objects.aget()
    assert len(costs) == 2
    assert (spending.spent_usd, spending.reserved_usd) == (sum(costs), Decimal(0))
    assert not await Reservation.objects.aexists()


async def test_a_budget_that_is_used_up_leaves_the_title_as_it_is(scripted: Scripted) -> None:
    await Budget.objects.acreate(scope="global", limit_usd=Decimal("0.5"))
    dear = [*GOOD, Finish("stop"), Reported(Usage(input=1_000_000))]
    scripted.answers = {"small": [dear, [BETTER]]}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(titles=True)
    await Conversation.objects.aupdate(title=titles.of(PROMPT))
    await lessons_of(await begun(conversation, PROMPT))
    await conversation.arefresh_from_db()
    assert conversation.title == titles.of(PROMPT) and len(scripted.calls) == 1
    assert not await Attempt.objects.filter(role="title").aexists()
    assert (await Spending.objects.aget()).reserved_usd == 0
