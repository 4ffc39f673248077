"""Turns whose player died: ended as interrupted, with the text and cost they had."""

import logging

from chat.cascade.streaming.events import StreamEventType
from chat.costs import budgets
from chat.ledger import unseen_bill
from chat.models import LIVE, Turn
from chat.turns import history, store
from chat.turns.events import TurnEvent, TurnEventType

logger = logging.getLogger(__name__)


def sweep() -> int:
    """End every live turn as interrupted; returns how many. Nothing is ever played again by itself.

    For the start of the only process, when no player can be alive.
    """
    turns = list(Turn.objects.filter(status__in=LIVE).select_related("conversation", "cascade"))
    for turn in turns:
        interrupt(turn)
    budgets.tidy()
    if turns:
        logger.warning("%d turns were interrupted by the end of their process", len(turns))
    return len(turns)


def interrupt(turn: Turn) -> None:
    """End one turn that nobody plays. An attempt without a bill gets one for what was kept."""
    state = store.load(turn)
    if (attempt := state.current) is not None and attempt.receipt is None:
        row = turn.attempts.get(number=attempt.number)
        bill = unseen_bill(state, attempt, asked=history.asked(turn), prices=row.prices)
        state.apply(
            TurnEvent(StreamEventType.COST, data=bill, seq=state.seq + 1, attempt=attempt.number)
        )
    state.apply(TurnEvent(TurnEventType.INTERRUPTED, seq=state.seq + 1))
    state.latency_ms = None
    writer = store.Writer(turn)
    writer.write(*writer.rows(state))
