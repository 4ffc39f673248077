"""What goes wrong around a turn: it ends all the same, is kept, and is told as it was kept."""

import asyncio
import threading
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from chat import ledger
from chat.cascade import OverBudget
from chat.models import Attempt, Cascade, CascadeStep, Conversation, ModelConfig, Turn
from chat.turns import keep, play
from chat.turns.begin import Refused, begin, retry
from chat.turns.events import TurnEvent
from chat.turns.log import log
from chat.turns.stop import stop
from chat.turns.store import Writer
from tests.people import amake_cascade, amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "END_AGAIN_S", (0.01, 0.01))


async def last_event(turn: Turn) -> TurnEvent:
    events = await log.read(str(turn.id))
    assert events
    return events[-1]


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_an_end_that_cannot_be_kept_at_once_is_kept(
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failures: int,
) -> None:
    scripted.answers = {"small": GOOD}
    write, left = Writer.write, [failures]

    def locked(self: Writer, fields: dict[str, Any], attempts: list[Attempt]) -> bool:
        if fields["status"] == "completed" and attempts and left[0]:
            left[0] -= 1
            raise OperationalError("database is locked")
        return write(self, fields, attempts)

    monkeypatch.setattr(Writer, "write", locked)
    conversation = await amake_conversation()
    turn = await ended(await begun(conversation))
    assert turn.status == "completed"
    assert (await last_event(turn)).type == "complete"
    told = [record for record in caplog.records if record.name == keep.__name__]
    assert [(record.levelname, bool(record.exc_info)) for record in told] == [
        *[("WARNING", False)] * min(failures, 2),
        *[("ERROR", True)] * (failures > 1),
    ]
    assert told[0].getMessage() == f"the end of turn {turn.id} was not kept yet: OperationalError"
    await ended(await begun(conversation, "The next one is not blocked"))


async def test_a_database_that_is_away_is_waited_for_by_one_snapshot_and_not_by_each_of_a_second(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, back = Writer.write, threading.Event()
    kept = list[str]()

    def waits(writer: Writer, fields: dict[str, Any], attempts: list[Attempt]) -> bool:
        back.wait(5)
        kept.append(attempts[0].text)
        return write(writer, fields, attempts)

    pieces = [asyncio.Event() for _ in range(6)]
    scripted.answers = {"small": [part for piece in pieces for part in (piece, "The Moon. ")]}
    back.set()
    await begun(await amake_conversation())
    while not scripted.open:
        await asyncio.sleep(0.01)
    back.clear()
    monkeypatch.setattr(Writer, "write", waits)
    monkeypatch.setattr(keep, "SNAPSHOT_S", 0.01)
    for piece in pieces[:-1]:
        piece.set()
        await asyncio.sleep(0.06)
    snapshots = [task for task in asyncio.all_tasks() if task.get_name().startswith("snapshot")]
    back.set()
    while len(kept) < 2:
        await asyncio.sleep(0.01)
    assert len(snapshots) == 1
    assert kept[1] == "The Moon. " * 5
    pieces[-1].set()
    while play.players:
        await asyncio.sleep(0.01)


async def test_a_model_config_deleted_in_mid_turn_loses_only_its_link(scripted: Scripted) -> None:
    scripted.answers = {"small": [hold := asyncio.Event(), *BAD], "large": GOOD}
    turn = await begun(await amake_conversation())
    while not scripted.calls:
        await asyncio.sleep(0.01)
    await CascadeStep.objects.all().adelete()
    await ModelConfig.objects.filter(name="large").adelete()
    hold.set()
    turn = await ended(turn)
    row = await turn.attempts.aget(role="verifier")
    assert (turn.status, row.text, row.model_config_id) == ("completed", "".join(GOOD), None)


async def test_a_turn_ended_elsewhere_stops_its_player(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), *BAD], "large": GOOD}
    turn = await begun(await amake_conversation())
    while not scripted.calls:
        await asyncio.sleep(0.01)
    await Turn.objects.filter(id=turn.id).aupdate(status="interrupted")
    hold.set()
    turn = await ended(turn)
    assert turn.status == "interrupted"
    assert await log.read(str(turn.id)) is None  # what was kept is told by others
    assert [call.model for call in scripted.calls] == ["small"]


async def test_a_form_whose_sender_left_is_still_played(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    sending = asyncio.create_task(begin(conversation.id, uuid.uuid4(), "Why?"))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    async with asyncio.timeout(5):
        while not await Turn.objects.filter(status="completed").aexists():
            await asyncio.sleep(0.02)


async def test_a_turn_that_breaks_is_charged_for_what_it_used(scripted: Scripted) -> None:
    scripted.answers = {"small": ["The Moon " * 40, RuntimeError("bug")]}
    turn = await ended(await begun(await amake_conversation()))
    row = await turn.attempts.aget()
    assert (row.settled, row.exactness, turn.exactness) == (True, "partial", "partial")
    assert turn.total_usd == row.cost_usd > 0


async def test_a_player_that_is_cancelled_leaves_an_interrupted_turn(scripted: Scripted) -> None:
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    turn = await begun(await amake_conversation())
    async with asyncio.timeout(5):
        async for batch in log.follow(str(turn.id)):
            if batch[-1].type == "chunk":
                play.players[str(turn.id)].task.cancel()
    await turn.arefresh_from_db()
    row = await turn.attempts.aget()
    assert (turn.status, row.text, row.settled) == ("interrupted", "The Moon ", True)
    assert scripted.open == 0


async def test_a_live_turn_that_nobody_plays_can_be_stopped(scripted: Scripted) -> None:
    conversation = await amake_conversation()
    turn = await Turn.objects.acreate(
        conversation=conversation, client_id=uuid.uuid4(), prompt="Why?", status="running"
    )
    await stop(turn)
    await turn.arefresh_from_db()
    assert turn.status == "interrupted"


async def test_a_stop_whose_sender_left_ends_the_turn_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation, take_over, taken = await amake_conversation(), log.take_over, asyncio.Event()

    async def slowly(turn_id: str, epoch: int) -> Any:
        taken.set()
        await asyncio.sleep(0.05)
        return await take_over(turn_id, epoch)

    monkeypatch.setattr(log, "take_over", slowly)
    turn = await Turn.objects.acreate(
        conversation=conversation,
        client_id=uuid.uuid4(),
        prompt="Why?",
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    stopping = asyncio.create_task(stop(turn))
    await taken.wait()
    stopping.cancel()
    async with asyncio.timeout(5):
        while turn.status != "stopped":
            await asyncio.sleep(0.02)
            await turn.arefresh_from_db()


async def test_nothing_is_admitted_to_a_turn_that_was_ended_elsewhere(scripted: Scripted) -> None:
    """Nor what is asked beside it when it has ended."""
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    turn = await begun(await amake_conversation())
    while not scripted.calls:
        await asyncio.sleep(0.01)
    await Turn.objects.filter(id=turn.id).aupdate(status="interrupted")
    with pytest.raises(OverBudget):
        await play.players[str(turn.id)]._admit(ModelConfig(name="large"), Decimal(1))


async def test_a_second_click_on_retry_begins_nothing(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    last = await ended(await begun(conversation))
    again = [await ended(await retry(last)) for _ in range(2)]
    assert again[0].id == again[1].id
    assert await Turn.objects.acount() == 2


async def test_a_conversation_that_was_deleted_says_so(scripted: Scripted) -> None:
    conversation = await amake_conversation()
    await Conversation.objects.all().adelete()
    with pytest.raises(Refused, match="deleted"):
        await begin(conversation.id, uuid.uuid4(), "Why?")


async def test_the_ledger_outlives_a_conversation(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    turn = await begun(conversation)
    while not scripted.calls:
        await asyncio.sleep(0.01)
    await conversation.adelete()
    hold.set()
    await asyncio.wait_for(play.players[str(turn.id)].task, 5)
    row = await Attempt.objects.aget()
    assert (row.turn_id, row.model) == (None, "small")
    assert (row.settled, row.cost_usd) == (True, Decimal("0.0014"))


async def test_a_threshold_nobody_knows_is_a_sentence(scripted: Scripted) -> None:
    cascade = await amake_cascade()
    await Cascade.objects.aupdate(thresholds={"easy": 0.5})
    turn = await ended(await begun(await amake_conversation(cascade=cascade)))
    assert "must be one of: trivial" in turn.error


async def test_only_completed_turns_have_saved_anything(scripted: Scripted) -> None:
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    conversation = await amake_conversation()
    turn = await begun(conversation)
    async with asyncio.timeout(5):
        async for batch in log.follow(str(turn.id)):
            if batch[-1].type == "chunk":
                await stop(turn)
    totals = await sync_to_async(ledger.totals)(conversation.id)
    assert (totals.turns, totals.saved_usd, totals.completed_usd) == (1, Decimal(0), Decimal(0))
    assert totals.total_usd > 0
