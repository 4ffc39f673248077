"""What turns cost, and what they would have cost: bills nobody saw, and sums over stored turns."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from chat.cascade.pricing import Prices, charge
from chat.cascade.streaming.events import EXACTNESS, CostData
from chat.models import LIVE, Turn
from chat.turns.state import AttemptState, TurnState, TurnStatus

_SMALLEST = Decimal("1E-10")


@dataclass(frozen=True, slots=True)
class Totals:
    """A conversation's turns that have ended. `saved_usd` below zero is overhead.

    Only turns that were completed have saved anything; `completed_usd` is what those cost.
    `unpriced` counts turns whose price is not known; they are in no sum.
    """

    turns: int
    unpriced: int
    total_usd: Decimal
    completed_usd: Decimal
    saved_usd: Decimal
    exactness: str


def totals(conversation_id: UUID) -> Totals:
    ended = Turn.objects.filter(conversation=conversation_id).exclude(status__in=LIVE).order_by()
    completed = Q(status=TurnStatus.COMPLETED)
    counts = ended.aggregate(turns=Count("id"), unpriced=Count("id", filter=Q(total_usd=None)))
    sums: dict[str, Decimal] = ended.aggregate(
        completed_usd=Sum("total_usd", filter=completed, default=Decimal(0)),
        saved_usd=Sum("saved_usd", filter=completed, default=Decimal(0)),
        total_usd=Sum("total_usd", default=Decimal(0)),
    )
    # SQLite adds decimals as floats; what is stored has ten decimals.
    exact = {name: amount.quantize(_SMALLEST) for name, amount in sums.items()}
    kinds = ended.values_list("exactness", flat=True).distinct()
    return Totals(
        turns=counts["turns"],
        unpriced=counts["unpriced"],
        total_usd=exact["total_usd"],
        completed_usd=exact["completed_usd"],
        saved_usd=exact["saved_usd"],
        exactness=max(kinds, key=EXACTNESS.index, default="free"),
    )


def unseen_bill(
    turn: TurnState, attempt: AttemptState, *, asked: str, prices: Mapping[str, Any]
) -> CostData:
    """The bill of an attempt whose end nobody saw: for what was asked and the text that was kept.

    `prices` as they are kept on the attempt. It is marked `partial`.
    """
    bill = charge(
        Prices.read(prices),
        answered="partly",
        prompt=asked,
        text=attempt.text,
        reasoning=attempt.reasoning,
    )
    known = turn.total_usd is not None and bill.cost_usd is not None
    return {
        "model": attempt.model,
        "role": attempt.role,
        "usage": bill.usage.as_data(),
        "cost_usd": bill.cost_usd,
        "total_usd": turn.total_usd + bill.cost_usd if known else None,  # type: ignore[operator]  # both known
        "baseline_usd": None,
        "saved_usd": None,
        "only_draft_usd": None,
        "exactness": bill.exactness,
        "counted_by": bill.counted_by,
        "finish": "stopped",
        "first_token_ms": None,
        "latency_ms": None,
    }
