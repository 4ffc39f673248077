"""Turns whose player died: ended as interrupted, with the text and cost they had."""

import logging
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.cascade.pricing import Prices, charge
from chat.models import LIVE, Attempt, Turn
from chat.turns.state import EXACTNESS, TurnStatus

logger = logging.getLogger(__name__)


def sweep() -> int:
    """End every live turn as interrupted; returns how many. Nothing is ever played again by itself.

    For the start of the only process, when no player can be alive.
    """
    turns = list(Turn.objects.filter(status__in=LIVE))
    for turn in turns:
        with transaction.atomic():
            _interrupt(turn)
    if turns:
        logger.warning("%d turns were interrupted by the end of their process", len(turns))
    return len(turns)


def _interrupt(turn: Turn) -> None:
    attempts = list(turn.attempts.all())
    for attempt in attempts:
        if not attempt.settled:
            _settle(attempt, turn.prompt)
    costs = [attempt.cost_usd for attempt in attempts]
    turn.total_usd = None if None in costs else sum(costs, Decimal(0))
    turn.exactness = max((row.exactness for row in attempts), key=EXACTNESS.index, default="free")
    turn.status, turn.retryable, turn.ended_at = TurnStatus.INTERRUPTED, True, timezone.now()
    turn.last_seq += 1
    turn.epoch += 1
    turn.save()


def _settle(attempt: Attempt, prompt: str) -> None:
    """The request was sent and its end was never seen: charge for the prompt and the kept text."""
    bill = charge(
        _prices(attempt.prices),
        answered="partly",
        prompt=prompt,
        text=attempt.text,
        reasoning=attempt.reasoning,
    )
    attempt.input_tokens, attempt.output_tokens = bill.usage.input, bill.usage.output
    attempt.reasoning_tokens = bill.usage.reasoning
    attempt.cost_usd, attempt.exactness = bill.cost_usd, bill.exactness
    attempt.status, attempt.finish, attempt.settled = "interrupted", "stopped", True
    attempt.save()


def _prices(kept: dict[str, Any]) -> Prices | None:
    if not kept:
        return None
    priced = {name: Decimal(value) for name, value in kept.items() if value is not None}
    return Prices(
        input=priced["input"],
        cached_input=priced.get("cached_input", priced["input"]),
        output=priced["output"],
        reasoning=priced.get("reasoning", priced["output"]),
    )
