"""Two to four conversations side by side, turn by turn."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from chat.costs.figures import Figures
from chat.costs.selection import Selection
from chat.costs.tables import money
from chat.models import BESIDE, Attempt, Conversation, Turn

MOST = 4
SHOWN = 100
"""Turns of each on the page; the export has them all."""


@dataclass(frozen=True, slots=True)
class Step:
    """`prompt` is empty where it may not be told."""

    turn: Turn
    prompt: str
    attempts: list[Attempt]


@dataclass(frozen=True, slots=True)
class Column:
    conversation: Conversation
    title: str
    figures: Figures
    steps: list[Step]

    @property
    def is_cut(self) -> bool:
        return len(self.steps) < self.figures.turns


def columns(
    selection: Selection, ids: Sequence[uuid.UUID], most: int | None = None
) -> list[Column]:
    """Those of the conversations that the selection's reader may see, in the given order, with so
    many of their turns at `most`."""
    conversations = Conversation.objects.select_related("cascade", "user").filter(id__in=ids)
    if selection.user_id is not None:
        conversations = conversations.filter(user=selection.user_id)
    found = conversations.in_bulk()
    return [_column(selection, found[id], most) for id in dict.fromkeys(ids) if id in found][:MOST]


def _column(selection: Selection, conversation: Conversation, most: int | None) -> Column:
    turns = selection.turns().filter(conversation=conversation)
    shown = turns.order_by("created_at").prefetch_related("attempts")[:most]
    is_told = selection.tells(conversation)
    return Column(
        conversation=conversation,
        title=selection.title(conversation),
        figures=Figures.of(turns),
        steps=[
            Step(
                turn,
                turn.prompt if is_told else "",
                [row for row in turn.attempts.all() if row.role not in BESIDE],
            )
            for turn in shown
        ],
    )


def rows(found: Sequence[Column]) -> list[tuple[Step | None, ...]]:
    """The first turns beside each other, then the second, to the longest's last."""
    return list(zip_longest(*(column.steps for column in found)))


def plain(found: Sequence[Column]) -> list[dict[str, str | int | float | bool | None]]:
    """A row for each turn, for programs."""
    return [
        {
            "conversation": str(column.conversation.id),
            "title": column.title,
            "number": number,
            "turn": str(step.turn.id),
            "status": step.turn.status,
            "answered_by": step.turn.answered_by,
            "draft_score": step.turn.draft_score,
            "total_usd": money(step.turn.total_usd),
            "baseline_usd": money(step.turn.baseline_usd),
            "saved_usd": money(step.turn.saved_usd),
            "latency_ms": step.turn.latency_ms,
        }
        for column in found
        for number, step in enumerate(column.steps, 1)
    ]


COLUMNS = tuple(plain([Column(Conversation(), "", Figures(), [Step(Turn(), "", [])])])[0])
