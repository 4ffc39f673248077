"""Players apart: a turn is stored and rung for, and one player has it."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from chat.models import Turn
from chat.render.frames import HtmlFrames
from chat.turns import drain, history, lease, limits, take
from chat.turns.play import players
from chat.turns.stop import stop
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import begun, ended

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def apart(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PLAYERS = "apart"
    monkeypatch.setattr(drain._Draining, "is_on", False)


async def test_what_was_begun_waits_and_is_played_by_whoever_takes_it(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    turn = await begun(await amake_conversation())
    assert (turn.status, turn.lease_owner, players) == ("queued", "", {})
    taking = asyncio.create_task(take.take_for_ever(10))
    while turn.status == "queued":
        await asyncio.sleep(0.01)
        await turn.arefresh_from_db()
    assert (await ended(turn)).status == "completed"
    drain._Draining.is_on = True
    await taking


async def test_a_player_takes_no_more_than_it_may(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIVE_TURNS", 3)
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    for _ in range(3):
        await begun(await amake_conversation())
    await take._take(2)
    await take._take(0)
    assert len(players) == 2


async def test_what_was_claimed_before_the_database_failed_is_played(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": GOOD}
    claim, claimed = lease.claim, list[Turn]()

    def fails_later(turn: Turn) -> bool:
        if claimed:
            raise OperationalError("gone away")
        claimed.append(turn)
        return claim(turn)

    monkeypatch.setattr(lease, "claim", fails_later)
    turns = [await begun(await amake_conversation()) for _ in range(2)]
    await take._take(2)
    assert [str(turn.id) for turn in claimed] == list(players)
    assert [(await ended(turn)).status for turn in turns] == ["completed", "queued"]


async def test_of_two_who_want_a_turn_one_has_it() -> None:
    turn = await begun(await amake_conversation())
    claims = [await sync_to_async(lease.claim)(turn) for _ in range(3)]
    assert claims == [True, False, False]


async def test_a_turn_that_is_stopped_before_it_is_played_costs_nothing() -> None:
    turn = await begun(await amake_conversation())
    await stop(await Turn.objects.aget(id=turn.id))
    await turn.arefresh_from_db()
    assert (turn.status, turn.total_usd) == ("stopped", 0)
    assert await sync_to_async(lease.claim)(turn) is False


async def test_its_reader_is_told_that_it_waits_after_some_seconds() -> None:
    turn = await begun(await amake_conversation())
    [state] = await history.states([str(turn.id)])
    assert not state.waits
    await Turn.objects.aupdate(created_at=timezone.now() - timedelta(seconds=lease.WAITS_S + 1))
    [state] = await history.states([str(turn.id)])
    assert "Waiting in line" in "".join(HtmlFrames().snapshot(state))


async def test_a_process_that_ends_still_begins_turns_for_others() -> None:
    drain._Draining.is_on = True
    assert (await begun(await amake_conversation())).status == "queued"
