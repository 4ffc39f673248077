"""What turns cost, and what they would have cost: bills nobody saw, and sums over stored turns."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from chat.cascade.pricing import Prices, charge
from chat.cascade.streaming.events import EXACTNESS, CostData
from chat.costs import budgets
from chat.costs.money import total, usd
from chat.models import LIVE, Conversation, Turn
from chat.turns.state import AttemptState, TurnState, TurnStatus


@dataclass(frozen=True, slots=True)
class Totals:
    """A conversation's turns that have ended. `saved_usd` below zero is overhead.

    Only turns that were completed have saved anything; `completed_usd` is what those cost.
    `unpriced` counts turns whose price is not known; they are in no sum. `room` is what is left
    under its reader's budgets, None without one.
    """

    turns: int
    unpriced: int
    total_usd: Decimal
    completed_usd: Decimal
    saved_usd: Decimal
    exactness: str
    room: budgets.Room | None


def totals(conversation_id: UUID) -> Totals:
    ended = Turn.objects.filter(conversation=conversation_id).exclude(status__in=LIVE).order_by()
    completed = Q(status=TurnStatus.COMPLETED)
    counts = ended.aggregate(turns=Count("id"), unpriced=Count("id", filter=Q(total_usd=None)))
    sums = ended.aggregate(
        completed_usd=total("total_usd", completed),
        saved_usd=total("saved_usd", completed),
        total_usd=total("total_usd"),
    )
    kinds = ended.values_list("exactness", flat=True).distinct()
    return Totals(
        turns=counts["turns"],
        unpriced=counts["unpriced"],
        total_usd=usd(sums["total_usd"]),
        completed_usd=usd(sums["completed_usd"]),
        saved_usd=usd(sums["saved_usd"]),
        exactness=max(kinds, key=EXACTNESS.index, default="free"),
        room=_room(conversation_id),
    )


def _room(conversation_id: UUID) -> budgets.Room | None:
    if not budgets.are_set():
        return None
    conversation = Conversation.objects.select_related("user").filter(id=conversation_id).first()
    return budgets.room(conversation.user, conversation) if conversation else None


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
        text=attempt.text + "".join(call.name + call.arguments for call in attempt.tool_calls),
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
