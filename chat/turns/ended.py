"""What operators are told of a turn that ended: its figures, and a line of the log; and of what
was paid for besides."""

import logging

from chat.metrics import meters
from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState

logger = logging.getLogger(__name__)


def tell_end(state: TurnState) -> None:
    """Once, by whoever kept the end: its player, or who swept or stopped a turn without one."""
    meters.turn_ended(state)
    logger.info(
        "turn %s %s: %s, %d attempts, %s, %s ms",
        state.id,
        f"failed ({state.error_code})" if state.error_code else state.status,
        state.answer.model if state.answer else "no answer",
        len(state.attempts),
        "cost unknown" if state.total_usd is None else f"${state.total_usd.normalize():f}",
        state.latency_ms,
    )


def tell_bill(attempt: AttemptState) -> None:
    """Of an attempt whose turn is not told of: it was beside one, or its turn was deleted."""
    meters.attempt_ended(attempt)
