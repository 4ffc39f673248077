"""Turns a dead process left: interrupted, with text and cost, and nothing asked again."""

import asyncio
import socket
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone

from chat.cascade.streaming.events import StreamEventType
from chat.models import Attempt, Conversation, Turn
from chat.turns import history, lease
from chat.turns import sweep as sweeping
from chat.turns.events import TurnEvent
from chat.turns.log import log
from chat.turns.state import TurnState
from chat.turns.sweep import interrupt, sweep
from tests.faults.test_handlers import asked
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)

ANOTHER_HOST = "elsewhere/4026531836/7/1234"
ROUTING = {
    "strategy": "cascade",
    "complexity": "simple",
    "reason": "",
    "models": ["small", "large"],
    "predicted_acceptance": 0.5,
    "model": "small",
    "provider": "scripted",
    "role": "draft",
}


@sync_to_async
def left_over(
    conversation: Conversation, *, owner: str = ANOTHER_HOST, left_s: float = -1, **attempt: object
) -> Turn:
    turn = Turn.objects.create(
        conversation=conversation,
        client_id=uuid.uuid4(),
        prompt="Why are there tides?",
        status="running",
        last_seq=7,
        lease_owner=owner,
        lease_until=timezone.now() + timedelta(seconds=left_s),
    )
    if attempt:
        prices = {"input": "1", "cached_input": None, "output": "2", "reasoning": None}
        fields = {"number": 1, "role": "draft", "model": "small", "provider": "scripted"}
        Attempt.objects.create(turn=turn, prices=prices, status="writing", **fields | attempt)
    return turn


async def test_a_turn_left_over_is_interrupted_with_its_text_and_cost() -> None:
    turn = await left_over(await amake_conversation(), text="The Moon " * 100)
    assert await sweep() == 1
    [state] = await history.states([str(turn.id)])
    assert (state.status, state.seq) == ("interrupted", 9)
    assert (state.exactness, state.attempts[0].status) == ("partial", "interrupted")
    assert state.attempts[0].text == "The Moon " * 100
    assert state.total_usd == Decimal(
        "0.000405"
    )  # 5 tokens asked at $1, 200 written at $2, a million


async def test_a_step_left_over_is_charged_for_what_tools_had_given() -> None:
    call = {"number": 1, "id": "c", "name": "sum", "status": "done", "result": "word " * 1_000}
    paid = {"settled": True, "cost_usd": 0, "exactness": "exact", "tool_calls": [call]}
    turn = await left_over(await amake_conversation(), **paid)
    first = await turn.attempts.aget()
    await Attempt.objects.acreate(
        turn=turn, number=2, role="draft", model="small", prices=first.prices, status="writing"
    )
    await sweep()
    [state] = await history.states([str(turn.id)])
    assert state.attempts[1].receipt is not None
    assert state.attempts[1].receipt.usage["input"] > 1_000
    assert state.attempts[0].receipt.usage["input"] == 0


async def test_what_was_settled_is_not_charged_again() -> None:
    paid = {"settled": True, "cost_usd": 1, "exactness": "exact"}
    turn = await left_over(await amake_conversation(), text="Done", **paid)
    await Turn.objects.aupdate(total_usd=1, exactness="exact")
    await sweep()
    await turn.arefresh_from_db()
    assert (turn.total_usd, turn.exactness) == (Decimal(1), "exact")


async def test_a_turn_that_asked_nobody_costs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turn = await left_over(await amake_conversation())
    await sweep()
    await turn.arefresh_from_db()
    assert (turn.status, turn.total_usd) == ("interrupted", 0)
    assert "interrupted: no answer, 0 attempts, $0, " in caplog.text


async def test_without_a_price_the_cost_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    turn = await left_over(await amake_conversation(), text="The Moon")
    await Attempt.objects.aupdate(prices={})
    await sweep()
    await turn.arefresh_from_db()
    assert (turn.total_usd, turn.exactness) == (None, "unknown")
    assert "1 attempts, cost unknown, " in caplog.text


async def test_what_a_price_unknown_before_makes_unknown_stays_so() -> None:
    turn = await left_over(await amake_conversation(), text="The Moon " * 100)
    await Turn.objects.aupdate(total_usd=None, exactness="unknown")
    assert await sweep() == 1
    await turn.arefresh_from_db()
    assert (turn.status, turn.total_usd) == ("interrupted", None)
    assert (await Attempt.objects.aget()).cost_usd == Decimal("0.000405")


async def test_turns_that_ended_are_left_alone() -> None:
    conversation = await amake_conversation()
    turn = await left_over(conversation)
    await Turn.objects.aupdate(status="completed")
    assert await sweep() == 0
    await turn.arefresh_from_db()
    assert turn.status == "completed"


async def test_a_turn_that_somebody_plays_is_left_alone() -> None:
    await left_over(await amake_conversation(), left_s=10)
    await left_over(await amake_conversation(), left_s=10, owner=lease.owner())
    assert await sweep() == 0


async def test_a_turn_that_is_played_here_outlives_a_clock_that_is_set_forward(
    scripted: Scripted,
) -> None:
    """As after a machine has slept: its lease ended an hour ago, and nobody could renew it."""
    scripted.answers = {"small": [*GOOD[:1], hold := asyncio.Event(), *GOOD[1:]]}
    turn = await begun(await amake_conversation())
    await asked(scripted, 1)
    await Turn.objects.aupdate(lease_until=timezone.now() - timedelta(hours=1))
    assert await sweep() == 0
    hold.set()
    turn = await ended(turn)
    assert (turn.status, (await turn.attempts.aget()).text) == ("completed", "".join(GOOD))


async def test_a_turn_that_is_played_elsewhere_outlives_a_clock_that_is_set_forward(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database's. It is swept all the same once its player renews it no more."""
    monkeypatch.setattr(lease, "RENEW_S", 0)
    monkeypatch.setattr(sweeping, "SWEEP_S", 0.8)
    turn = await left_over(await amake_conversation(), left_s=lease.LEASE_S)
    sweeper = asyncio.create_task(sweeping.sweep_for_ever())
    await asyncio.sleep(2)  # whatever is seen at first is held
    await renewed(turn, timedelta())
    await asyncio.sleep(0.1)
    monkeypatch.setattr(lease, "Now", lambda: Now() + timedelta(hours=1))
    await asyncio.sleep(0.9)
    assert await status_of(turn) == "running"
    await renewed(turn, timedelta(hours=1))
    await asyncio.sleep(2)
    assert await status_of(turn) == "running", "its lease is not over"
    monkeypatch.setattr(lease, "Now", lambda: Now() + timedelta(hours=2))
    await asyncio.sleep(1.5)
    sweeper.cancel()
    assert await status_of(turn) == "interrupted"


async def renewed(turn: Turn, ahead: timedelta) -> None:
    """By a player whose database is that much ahead of this machine."""
    until = timezone.now() + ahead + timedelta(seconds=lease.LEASE_S)
    await Turn.objects.filter(id=turn.id).aupdate(lease_until=until)


async def test_a_dead_process_of_this_machine_is_not_waited_for() -> None:
    """Also not where another process has its number by now."""
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    host, namespace, _, _ = lease.owner().split("/")
    for owner in (f"{host}/{namespace}/{ended.pid}/1", f"{lease.owner()}0"):
        await left_over(await amake_conversation(), left_s=10, owner=owner)
    assert await sweep() == 2


@pytest.mark.parametrize(
    ("host", "boot_id"),
    [
        ("prod-eu-central-1-chat-cascade-web-02", "1"),
        ("prod-eu-central-1-chat-cascade-web-01", "2"),
    ],
    ids=["whose name begins like ours", "that was cloned from ours"],
)
async def test_a_process_of_another_machine_is_waited_for(
    host: str, boot_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lease.owner()  # which is kept, so not to be asked first under another name
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()

    def owner(host: str, boot_id: str) -> str:
        (tmp_path / "boot_id").write_text(boot_id)
        monkeypatch.setattr(lease, "_BOOT_ID", tmp_path / "boot_id")
        monkeypatch.setattr(socket, "gethostname", lambda: host)
        return "/".join((*lease._place(), str(ended.pid), "1"))

    there, here = owner(host, boot_id), owner("prod-eu-central-1-chat-cascade-web-01", "1")
    await left_over(await amake_conversation(), left_s=10, owner=there)
    assert await sweep() == 0
    await left_over(await amake_conversation(), left_s=10, owner=here)
    assert await sweep() == 1


async def test_an_attempt_that_was_told_and_not_kept_was_not_asked() -> None:
    """Its player was killed between telling it and keeping it."""
    turn = await left_over(await amake_conversation())
    await Turn.objects.aupdate(status="queued", last_seq=0)
    log.open(str(turn.id), 0)
    log.append(str(turn.id), TurnEvent(StreamEventType.ROUTING, data=ROUTING, seq=1, attempt=1))
    assert await sweep() == 1
    [state] = await history.states([str(turn.id)])
    assert (state.status, state.attempts, state.total_usd) == ("interrupted", [], 0)
    assert await Attempt.objects.acount() == 0


async def test_a_turn_that_cannot_be_ended_keeps_no_other_from_its_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = await left_over(await amake_conversation())
    await left_over(await amake_conversation())
    end = sweeping._end

    def breaks(turn: Turn, *rest: Any) -> tuple[TurnState, list[TurnEvent]]:
        if turn.id == broken.id:
            raise KeyError("broken")
        return end(turn, *rest)

    monkeypatch.setattr(sweeping, "_end", breaks)
    assert await sweep() == 1
    assert f"the turn {broken.id} could not be interrupted" in caplog.text


async def test_of_many_sweepers_one_takes_a_turn() -> None:
    turn = await left_over(await amake_conversation(), text="The Moon")
    copies = [await Turn.objects.select_related("conversation").aget() for _ in range(5)]
    assert sorted([await interrupt(copy) for copy in copies]) == [False] * 4 + [True]
    await turn.arefresh_from_db()
    assert (turn.status, turn.epoch, turn.last_seq) == ("interrupted", 1, 9)


async def test_a_renewed_lease_saves_a_turn_from_a_sweeper_that_looked_before() -> None:
    turn = await left_over(await amake_conversation(), owner=lease.owner())
    [lost] = await sync_to_async(lease.lost)()
    await sync_to_async(lease.renew)([str(turn.id)])
    assert await interrupt(lost) is False
    assert await sync_to_async(lease.lost)() == []


async def test_a_question_nobody_can_answer_any_more_is_dropped() -> None:
    waiting = {"number": 1, "id": "call_1", "name": "rename_conversation", "status": "waiting"}
    kept = {"settled": True, "cost_usd": 1, "tool_calls": [waiting]}
    turn = await left_over(await amake_conversation(), **kept)
    await sweep()
    [state] = await history.states([str(turn.id)])
    assert [call.status for call in state.attempts[0].tool_calls] == ["dropped"]


async def test_a_database_that_comes_back_gives_players_a_whole_lease_to_renew_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn = await left_over(await amake_conversation())
    is_away, lost = True, lease.lost

    def looked_for(*, proved: bool) -> list[Turn]:
        if is_away:
            raise OperationalError
        return lost(proved=proved)

    monkeypatch.setattr(lease, "lost", looked_for)
    monkeypatch.setattr(lease, "LEASE_S", 0.5)
    monkeypatch.setattr(lease, "RENEW_S", 0)
    monkeypatch.setattr(sweeping, "SWEEP_S", 0.02)
    sweeper = asyncio.create_task(sweeping.sweep_for_ever())
    await asyncio.sleep(0.45)
    is_away = False
    await asyncio.sleep(0.3)
    await turn.arefresh_from_db()
    is_patient = turn.status == "running"
    await asyncio.sleep(0.8)
    await turn.arefresh_from_db()
    sweeper.cancel()
    assert (is_patient, turn.status) == (True, "interrupted")


async def test_a_process_that_begins_gives_players_elsewhere_the_time_to_renew_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have come with a database that was away for longer than a lease."""
    elsewhere = await left_over(await amake_conversation())
    *place, pid, _ = lease.owner().split("/")
    here = await left_over(await amake_conversation(), owner="/".join((*place, pid, "1")))
    monkeypatch.setattr(lease, "RENEW_S", 0.5)
    monkeypatch.setattr(sweeping, "SWEEP_S", 0.02)
    sweeper = asyncio.create_task(sweeping.sweep_for_ever())
    await asyncio.sleep(0.3)
    at_first = [await status_of(turn) for turn in (elsewhere, here)]
    await asyncio.sleep(0.7)
    sweeper.cancel()
    assert at_first == ["running", "interrupted"]
    assert await status_of(elsewhere) == "interrupted"


async def status_of(turn: Turn) -> str:
    await turn.arefresh_from_db()
    return turn.status
