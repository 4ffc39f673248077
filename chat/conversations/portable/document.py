"""Out: a conversation as JSON, with all its versions, attempts, costs and decisions.

Turns are named by their place in the file. An answer that is being written is left out.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chat.conversations.portable.shape import ATTEMPT, TURN
from chat.conversations.sharing import last_ended
from chat.models import LIVE, Attempt, Conversation, Turn
from chat.turns.store import attempts_of

_ELSEWHERE = ("parent", "cascade", "feedback", "attempts")


def document(conversation: Conversation) -> dict[str, Any]:
    rows = conversation.turns.select_related("cascade", "feedback").prefetch_related("attempts")
    turns = _in_order(rows.exclude(status__in=LIVE))
    places = {turn.id: place for place, turn in enumerate(turns)}
    last = last_ended(conversation)
    return {
        "format": "cascade-chat",
        "version": 1,
        "title": conversation.title,
        "tags": list(conversation.tags.values_list("name", flat=True)),
        "pinned": conversation.pinned,
        "archived": conversation.archived,
        "cascade": conversation.cascade.name if conversation.cascade else None,
        "created_at": plain(conversation.created_at),
        "updated_at": plain(conversation.updated_at),
        "head": places.get(last.id) if last else None,
        "turns": [_turn(turn, places.get(turn.parent_id)) for turn in turns],  # type: ignore[arg-type]  # None is none's
    }


def _in_order(rows: Iterable[Turn]) -> list[Turn]:
    """As they were begun. The clocks of two processes may differ: each comes after its parent."""
    turns = {turn.id: turn for turn in rows}
    begun: dict[UUID, tuple[datetime, int]] = {}
    for turn in turns.values():
        above, at = [turn], turn
        while at.id not in begun and at.parent_id in turns:
            above.append(at := turns[at.parent_id])
        for one in reversed(above):
            after, depth = begun.get(one.parent_id, (one.created_at, -1))  # type: ignore[arg-type]  # None is none's
            begun[one.id] = max(one.created_at, after), depth + 1
    return sorted(turns.values(), key=lambda turn: (*begun[turn.id], turn.created_at, turn.id))


def _turn(turn: Turn, parent: int | None) -> dict[str, Any]:
    feedback = turn.feedback if hasattr(turn, "feedback") else None
    return {
        "parent": parent,
        **{name: plain(getattr(turn, name)) for name in TURN if name not in _ELSEWHERE},
        "cascade": turn.cascade.name if turn.cascade else None,
        "feedback": {"value": feedback.value, "note": feedback.note} if feedback else None,
        "attempts": [_attempt(row) for row in attempts_of(turn)],
    }


def _attempt(row: Attempt) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in ATTEMPT}


def plain(value: Any) -> Any:
    """As JSON has it: amounts as decimal strings, moments as ISO 8601, ids as text."""
    match value:
        case Decimal():
            return f"{value:.10f}"
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
    return value
