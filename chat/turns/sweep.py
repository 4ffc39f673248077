"""Turns whose player died: ended as interrupted, with the text and cost they had.

Every process sweeps. Nothing is ever played again by itself.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import Error as DatabaseError

from chat.cascade.streaming.events import StreamEventType
from chat.costs import budgets
from chat.ledger import unseen_bill
from chat.models import Turn
from chat.process import logs
from chat.process.incidents import incident
from chat.process.off_loop import off_loop
from chat.turns import doorbell, history, lease, store
from chat.turns.ended import tell_end
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.log import log
from chat.turns.play import players
from chat.turns.state import TurnState

logger = logging.getLogger(__name__)

SWEEP_S = 5.0


async def sweep_for_ever() -> None:
    """After the database was away, players get the time to renew their leases first: that begins
    when it is back, so it is asked meanwhile as well. A process that has just begun may have come
    with it."""
    renewals, patient_until = lease.Renewals(), time.monotonic() + lease.RENEW_S
    while True:
        try:
            held = await off_loop(renewals.held)()
            await sweep(proved=time.monotonic() < patient_until, held=held)
        except DatabaseError as error:
            logger.warning("turns could not be swept: %s", type(error).__name__)
            patient_until = time.monotonic() + lease.LEASE_S
        await asyncio.sleep(SWEEP_S)


async def sweep(*, proved: bool = False, held: Collection[UUID] = ()) -> int:
    """End every turn that nobody plays any more, or only those of which that is proved; returns
    how many this process ended.

    What is played here is not lost, nor is what is `held` elsewhere, whatever its lease says: a
    clock that was set forward, or a machine that slept, ends every lease before it can be renewed.
    """
    lost = await off_loop(_lost)(proved, held)
    ended = sum([await _is_ended(turn) for turn in lost if str(turn.id) not in players])
    await off_loop(budgets.tidy)()
    if ended:
        logger.warning("%d turns were interrupted: they had lost their player", ended)
    return ended


def _lost(proved: bool, held: Collection[UUID]) -> list[Turn]:
    lost = lease.lost(proved=proved)
    return [turn for turn in lost if turn.id not in held or lease.is_dead(turn.lease_owner)]


async def _is_ended(turn: Turn) -> bool:
    try:
        return await interrupt(turn)
    except DatabaseError:
        raise
    except Exception:  # a turn that cannot be ended keeps no other from its end
        incident(logger, f"the turn {turn.id} could not be interrupted")
        return False


async def interrupt(turn: Turn, end: TurnEventType = TurnEventType.INTERRUPTED) -> bool:
    """End a turn that is not played. An attempt without a bill gets one for what was kept.

    False where its player is alive after all, or somebody else was faster.
    """
    with logs.about_turn(str(turn.id)):
        if not await off_loop(lease.take)(turn):
            return False
        logged = await log.take_over(str(turn.id), turn.epoch)
        state, last_words = await off_loop(_end)(turn, logged or (), end)
        tell_end(state)
        await log.conclude(str(turn.id), turn.epoch, last_words)
        await doorbell.ring(turn.conversation_id)
        return True


def _end(
    turn: Turn, logged: Sequence[TurnEvent], end: TurnEventType
) -> tuple[TurnState, list[TurnEvent]]:
    state, events = _latest(turn, logged), []
    if (attempt := state.current) is not None and attempt.receipt is None:
        row = turn.attempts.filter(number=attempt.number).first()
        if row is None:  # it is kept before it is asked, so it was not
            state.attempts.remove(attempt)
        else:
            bill = unseen_bill(state, attempt, asked=history.asked(turn), prices=row.prices)
            events.append(TurnEvent(StreamEventType.COST, data=bill, attempt=attempt.number))
    events.append(TurnEvent(end, attempt=len(state.attempts) or 1))
    events = [replace(event, seq=state.seq + place) for place, event in enumerate(events, start=1)]
    for event in events:
        state.apply(event)
    writer = store.Writer(turn)
    writer.write(*writer.rows(state))
    return state, events


def _latest(turn: Turn, logged: Sequence[TurnEvent]) -> TurnState:
    """The log may hold a second more than the rows, or less where Redis was away."""
    kept = store.load(turn)
    if not logged or logged[-1].seq <= kept.seq:
        return kept
    state = store.blank(turn)
    for event in logged:
        state.apply(event)
    return state
