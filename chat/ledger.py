"""What turns cost, and what they would have cost: bills nobody saw, and sums over stored turns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet, UUIDField

from chat.cascade.pricing import Prices, charge
from chat.cascade.streaming.events import EXACTNESS, CostData, Exactness
from chat.costs import budgets
from chat.costs.money import total, usd
from chat.models import LIVE, Conversation, Turn
from chat.models.prepared import Given, prepared
from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState, TurnStatus


@dataclass(frozen=True, slots=True)
class Totals:
    """A conversation's turns that have ended here. `saved_usd` below zero is overhead.

    Only turns that were completed have saved anything; `completed_usd` is what those cost.
    `unpriced` counts turns whose price is not known; they are in no sum, and `exactness` is that of
    the others, if there are any. `room` is what is left under its reader's budgets, None without
    one.
    """

    turns: int
    unpriced: int
    total_usd: Decimal
    completed_usd: Decimal
    saved_usd: Decimal
    exactness: str
    room: budgets.Room | None


@prepared
def _kinds() -> QuerySet[Turn, Any]:
    """The ended turns of a conversation by their exactness."""
    own = Turn.objects.filter(conversation=Given("conversation", UUIDField()), is_copy=False)
    ended = own.exclude(status__in=LIVE).order_by()
    # A draft that its reader used after a failure has nothing it could be compared with.
    completed = Q(status=TurnStatus.COMPLETED, saved_usd__isnull=False)
    return ended.values_list("exactness").annotate(
        turns=Count("id"),
        unpriced=Count("id", filter=Q(total_usd=None)),
        completed_usd=total("total_usd", completed),
        saved_usd=total("saved_usd", completed),
        total_usd=total("total_usd"),  # after those that read the column of this name
    )


def totals(conversation_id: UUID) -> Totals:
    found = [_Kind(*row) for row in _kinds(conversation=conversation_id)]
    priced = [kind.exactness for kind in found if kind.turns > kind.unpriced]
    return Totals(
        turns=sum(kind.turns for kind in found),
        unpriced=sum(kind.unpriced for kind in found),
        total_usd=_sum(kind.total_usd for kind in found),
        completed_usd=_sum(kind.completed_usd for kind in found),
        saved_usd=_sum(kind.saved_usd for kind in found),
        exactness=max(priced, key=EXACTNESS.index, default="unknown" if found else "free"),
        room=_room(conversation_id),
    )


class _Kind(NamedTuple):
    """Money in units, see `chat.costs.money`; None where there is none to add."""

    exactness: Exactness
    turns: int
    unpriced: int
    completed_usd: int | None
    saved_usd: int | None
    total_usd: int | None


def _sum(units: Iterable[int | None]) -> Decimal:
    return usd(sum(of or 0 for of in units))


def _room(conversation_id: UUID) -> budgets.Room | None:
    if not budgets.are_set():
        return None
    conversation = Conversation.objects.select_related("user").filter(id=conversation_id).first()
    return budgets.room(conversation.user, conversation) if conversation else None


def unseen_bill(
    turn: TurnState, attempt: AttemptState, *, asked: str, prices: Mapping[str, Any]
) -> CostData:
    """The bill of an attempt whose end nobody saw: for what was asked, what tools had given before
    it, and the text that was kept. Where `asked` is empty, it was not sent.

    `prices` as they are kept on the attempt. It is marked `partial`.
    """
    bill = charge(
        Prices.read(prices),
        answered="partly",
        prompt=asked and "\n".join(filter(None, (asked, turn.read_of_tools(attempt)))),
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
