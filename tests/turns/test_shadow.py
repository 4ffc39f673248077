"""Shadow checks: unseen by the reader, on the ledger, within their budget, and learnt from."""

import asyncio
import gc
from decimal import Decimal

import pytest

from chat.cascade.errors import Unavailable
from chat.conversations import deletion
from chat.models import Attempt, Calibration, Cascade, Conversation, Label, Price, Turn
from chat.turns import history, learn
from chat.turns.play import players
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)

SUM = "A box holds 12 eggs. How many eggs do 3 boxes hold?"
DRAFT = ["3 boxes of 12 eggs are ", "3 * 12 = 36 eggs."]
SAME, OTHER = ["The answer is 36."], ["The answer is 48."]


async def taught(scripted: Scripted, last: list, prompt: str = SUM, **setup: object) -> Turn:
    scripted.answers = {"small": DRAFT, "large": last}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(**{"shadow_percent": Decimal(100)} | setup)
    return await learnt_from(conversation, prompt)


async def learnt_from(conversation: Conversation, prompt: str = SUM) -> Turn:
    turn = await begun(conversation, prompt)
    player = players[str(turn.id)]
    turn = await ended(turn)
    await player.task  # which leaves the lesson to a task of its own
    await asyncio.gather(*learn._lessons)
    return turn


async def shadows() -> list[Attempt]:
    return [row async for row in Attempt.objects.filter(role="shadow")]


@pytest.mark.parametrize(("last", "loss"), [(SAME, 0), (OTHER, 1)], ids=["same", "other"])
async def test_a_kept_draft_is_compared_and_labelled(
    scripted: Scripted, last: list, loss: float
) -> None:
    await taught(scripted, last)
    label = await Label.objects.aget()
    assert (label.source, label.loss, label.kind) == ("shadow", loss, "number")


async def test_the_ledger_has_it_and_the_reader_does_not(scripted: Scripted) -> None:
    turn = await taught(scripted, OTHER)
    [row] = await shadows()
    assert (row.settled, row.model, row.status) == (True, "large", "answered")
    assert row.cost_usd and row.cost_usd > 0
    [state] = await history.states([str(turn.id)])
    assert [attempt.role for attempt in state.attempts] == ["draft"]
    assert "48" not in "".join(attempt.text for attempt in state.attempts)
    assert turn.total_usd == (await turn.attempts.aget(role="draft")).cost_usd


@pytest.mark.parametrize(
    "setup",
    [{"shadow_percent": 0}, {"shadow_usd_a_day": 0}, {"prompt": "Tell me of the sea."}],
    ids=["off", "no budget", "nothing to compare"],
)
async def test_there_is_none(scripted: Scripted, setup: dict) -> None:
    await taught(scripted, SAME, **setup)
    assert await shadows() == []
    assert len(scripted.calls) == 1


async def test_there_is_none_where_nobody_knows_what_it_would_cost(scripted: Scripted) -> None:
    scripted.answers = {"small": DRAFT, "large": SAME}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(shadow_percent=100)
    await Price.objects.filter(model_config__name="large").adelete()
    await learnt_from(conversation)
    assert await shadows() == []


async def test_there_is_no_other_once_nobody_knows_what_the_day_has_cost(
    scripted: Scripted,
) -> None:
    await taught(scripted, SAME)
    await Attempt.objects.filter(role="shadow").aupdate(cost_usd=None, exactness="unknown")
    await learnt_from(await Conversation.objects.aget())
    assert len(await shadows()) == 1


async def test_what_removed_conversations_have_cost_counts_as_well(scripted: Scripted) -> None:
    await taught(scripted, SAME, shadow_usd_a_day=Decimal("0.000001"))
    await deletion.remove(Conversation.objects.all())
    cascade = await Cascade.objects.aget()
    await learnt_from(await amake_conversation(cascade=cascade))
    assert len(await shadows()) == 1


async def test_one_that_fails_is_settled_and_teaches_nothing(scripted: Scripted) -> None:
    await taught(scripted, [Unavailable("Down.", retryable=False)])
    [row] = await shadows()
    assert (row.settled, row.status, row.cost_usd) == (True, "failed", 0)
    assert not await Label.objects.aexists()


async def test_one_that_is_ended_charges_what_was_used(scripted: Scripted) -> None:
    scripted.answers = {"small": DRAFT, "large": ["The answer ", asyncio.Event()]}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(shadow_percent=100)
    await ended(await begun(conversation, SUM))
    async with asyncio.timeout(5):
        while not scripted.open:
            await asyncio.sleep(0.01)
    await learn.stop_learning()
    [row] = await shadows()
    assert (row.settled, row.exactness) == (True, "partial")
    assert scripted.open == 0


async def test_one_that_is_ended_charges_all_that_was_asked(scripted: Scripted) -> None:
    long = ["word " * 1000]
    held = ["The answer ", asyncio.Event()]
    scripted.answers = {"small": [long, DRAFT], "large": [long, held]}
    conversation = await amake_conversation()
    await learnt_from(conversation, "Tell me of the sea.")
    await Cascade.objects.aupdate(shadow_percent=100)
    await ended(await begun(conversation, SUM))
    async with asyncio.timeout(5):
        while not scripted.open:
            await asyncio.sleep(0.01)
    await learn.stop_learning()
    [row] = await shadows()
    assert "".join(long) in [said["content"] for said in scripted.calls[-1].messages]
    assert row.input_tokens > 1000


async def test_one_whose_conversation_is_deleted_meanwhile_is_paid_and_says_nothing(
    scripted: Scripted,
) -> None:
    go = asyncio.Event()
    scripted.answers = {"small": DRAFT, "large": ["The answer ", go, "is 36."]}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(shadow_percent=100)
    await ended(await begun(conversation, SUM))
    async with asyncio.timeout(5):
        while not scripted.open:
            await asyncio.sleep(0.01)
    await conversation.adelete()
    go.set()
    await asyncio.gather(*learn._lessons)
    [row] = await shadows()
    assert (row.turn_id, row.settled, row.text) == (None, True, "")
    assert row.cost_usd and row.cost_usd > 0


async def test_decisions_are_counted_by_kind(scripted: Scripted) -> None:
    await taught(scripted, SAME, shadow_percent=0)
    row = await Calibration.objects.aget()
    assert (row.kind, row.decided, row.kept) == ("number", 1, 1)


def test_a_lesson_that_is_ended_before_it_begins_leaves_nothing(
    recwarn: pytest.WarningsRecorder,
) -> None:
    async def begin_and_end() -> None:
        learn.learn_of_doubt(Turn())
        await learn.stop_learning()

    asyncio.run(begin_and_end())
    gc.collect()
    assert not list(recwarn) and not learn._lessons
