"""A draft that was set aside, taken as the answer after the verifier failed."""

import asyncio
import uuid
from dataclasses import asdict

import pytest
from asgiref.sync import sync_to_async

from chat.cascade import Unavailable
from chat.conversations.search import Query, find
from chat.models import Attempt, Turn
from chat.turns import history, store
from chat.turns.begin import Refused, begin
from chat.turns.log import log
from chat.turns.state import TurnState
from chat.turns.use_draft import use_draft
from tests.people import amake_conversation, amake_user
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD, LONG, LOST
from tests.turns.test_turn_life import begun, ended
from tests.web.test_consumer import socket

pytestmark = pytest.mark.django_db(transaction=True)


async def failed(scripted: Scripted, *words: str) -> Turn:
    """Its verifier wrote these words, and broke off."""
    scripted.answers = {"small": BAD, "large": [*words, LOST]}
    turn = await ended(await begun(await amake_conversation()))
    assert turn.status == "failed"
    return await Turn.objects.select_related("conversation").aget(id=turn.id)


async def state_of(turn: Turn) -> TurnState:
    [state] = await history.states([str(turn.id)])
    return state


@pytest.mark.parametrize("words", [(), tuple(LONG[:2])], ids=["nothing written", "half an answer"])
async def test_the_draft_is_the_answer_from_then_on(scripted: Scripted, words: list[str]) -> None:
    turn = await failed(scripted, *words)
    assert (await state_of(turn)).usable_draft
    await use_draft(turn)
    state = await state_of(turn)
    draft = state.attempts[0]
    assert (state.status, draft.status) == ("completed", "used")
    assert state.answer is draft and not state.is_folded(draft)
    assert draft.decision and not draft.decision["accepted"]
    kept = await Turn.objects.aget(id=turn.id)
    assert (kept.answered_by, kept.draft_accepted) == ("small", None)
    assert await sync_to_async(find)(await amake_user(), Query("cannot help"))

    folded = await sync_to_async(store.blank)(turn)
    for event in await log.read(str(turn.id)) or ():
        folded.apply(event)
    folded.number = state.number  # its place in the conversation, which no log tells
    assert asdict(folded) == asdict(state)


async def test_the_next_question_is_told_the_draft(scripted: Scripted) -> None:
    turn = await failed(scripted, "Half an answ")
    await use_draft(turn)
    scripted.answers = {"small": GOOD}
    await ended(await begin(turn.conversation_id, uuid.uuid4(), "And then?"))
    told = [message["content"] for message in scripted.calls[-1].messages]
    assert "".join(BAD) in told and "Half an answ" not in told


async def test_it_is_taken_once_however_often_it_is_pressed(scripted: Scripted) -> None:
    turn = await failed(scripted)
    pressed = [use_draft(turn) for _ in range(5)]
    outcomes = await asyncio.gather(*pressed, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Refused] * 4
    assert len(await log.read(str(turn.id)) or ()) == (await Turn.objects.aget(id=turn.id)).last_seq


@pytest.mark.parametrize(
    "answers",
    [
        {"small": GOOD},
        {"small": BAD, "large": GOOD},
        {"small": [LOST], "large": [Unavailable("Gone.", retryable=False)]},
    ],
    ids=["accepted", "answered", "no draft"],
)
async def test_there_is_nothing_to_take(scripted: Scripted, answers: dict) -> None:
    scripted.answers = answers
    turn = await ended(await begun(await amake_conversation()))
    turn = await Turn.objects.select_related("conversation").aget(id=turn.id)
    with pytest.raises(Refused):
        await use_draft(turn)
    assert not await Attempt.objects.filter(status="used").aexists()


async def test_every_tab_is_told(scripted: Scripted) -> None:
    turn = await failed(scripted)
    async with (
        socket(turn.conversation) as program,
        socket(turn.conversation, query="") as page,
    ):
        await program.hear("error")
        await page.receive_from(timeout=5)
        await page.tell(type="use_draft", turn=str(turn.id))
        event = await program.hear("draft_used")
        assert event["attempt"] == 1
        html = ""
        while "You use the draft" not in html:
            html = await page.receive_from(timeout=5)
        assert 'data-status="used"' in html
        await program.tell(type="use_draft", turn=str(turn.id))
        while (notice := await program.hear("notice"))["code"] != "no_draft":
            pass
        assert notice["notice"] == "There is no draft to use here."
