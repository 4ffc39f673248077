"""Attempts nobody will settle any more, charged for what was kept of them.

The process was killed while it played a turn whose conversation was deleted, or asked beside one
(`beside.py`); sweeping turns does not find these, for there is no live turn.
"""

import asyncio
import logging
from datetime import timedelta

from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from chat.cascade.streaming.events import StreamEventType
from chat.costs import budgets
from chat.ledger import unseen_bill
from chat.models import BESIDE, LIVE, Attempt
from chat.process.off_loop import off_loop
from chat.turns import history
from chat.turns.ended import tell_bill
from chat.turns.events import TurnEvent
from chat.turns.lease import LEASE_S
from chat.turns.state import TurnState
from chat.turns.store import fill, load_attempt, settle

logger = logging.getLogger(__name__)

LOOK_S = 60.0
"""The ledger has no index for it, and nobody waits."""

LONGEST_BESIDE_S = 900
"""Three times as long as a model is listened to: no lease tells if one beside a turn is alive."""


async def settle_for_ever() -> None:
    while True:
        try:
            if count := await off_loop(settle_unpaid)():
                logger.warning("%d attempts were settled: they had lost their player", count)
        except DatabaseError as error:
            logger.warning("attempts could not be settled: %s", type(error).__name__)
        await asyncio.sleep(LOOK_S)


def settle_unpaid() -> int:
    """Returns how many there were. One that is settled meanwhile stays as it is."""
    rows = list(_unpaid())
    for row in rows:
        _charge(row)
        with transaction.atomic():
            paid = settle([row])
            if row.turn_id is not None and row.role in BESIDE:
                budgets.settle_beside(row.turn_id, row.cost_usd)
        for one in paid:
            tell_bill(load_attempt(one))
    return len(rows)


def _charge(row: Attempt) -> None:
    """What was asked is charged where it is known: prompts go with their conversations."""
    attempt = load_attempt(row)
    attempt.number = 1
    alone = TurnState(id="", prompt="", attempts=[attempt])
    asked = history.asked(row.turn) if row.turn else ""
    bill = unseen_bill(alone, attempt, asked=asked, prices=row.prices)
    alone.apply(TurnEvent(StreamEventType.COST, data=bill, seq=1, attempt=1))
    fill(row, attempt)


def _unpaid() -> QuerySet[Attempt]:
    left = Attempt.objects.filter(settled=False).exclude(turn__status__in=LIVE)
    played = ~Q(role__in=BESIDE) & _older_than(LEASE_S)
    return left.filter(played | _older_than(LONGEST_BESIDE_S)).select_related("turn")


def _older_than(seconds: float) -> Q:
    return Q(created_at__lt=Now() - timedelta(seconds=seconds))
