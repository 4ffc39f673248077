"""What turns cost, and what they would have cost: sums over stored turns, in USD."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, Sum

from chat.models import LIVE, Turn
from chat.turns.state import EXACTNESS


@dataclass(frozen=True, slots=True)
class Totals:
    """A conversation's turns that have ended. `saved_usd` below zero is overhead.

    `unpriced` counts turns whose price is not known; they are in no sum.
    """

    turns: int
    total_usd: Decimal
    saved_usd: Decimal
    exactness: str
    unpriced: int


def totals(conversation_id: UUID | None) -> Totals:
    ended = Turn.objects.filter(conversation=conversation_id).exclude(status__in=LIVE)
    sums = ended.order_by().aggregate(
        turns=Count("id"),
        unpriced=Count("id", filter=Q(total_usd=None)),  # before the sum takes the name
        total_usd=Sum("total_usd", default=Decimal(0)),
        saved_usd=Sum("saved_usd", default=Decimal(0)),
    )
    kinds = ended.order_by().values_list("exactness", flat=True).distinct()
    return Totals(**sums, exactness=max(kinds, key=EXACTNESS.index, default="free"))
