"""What a log holds: the engine's events, renumbered, and those that only a player knows."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from chat.cascade.streaming.events import (
    StreamEvent,
    StreamEventType,
    ToolStreamEvent,
    ToolStreamEventType,
)


class TurnEventType(StrEnum):
    """What is not the engine's: what was spent so far, a question to the reader and its answer, a
    reader's Stop, and the end of a player that died or was drained.

    `spending` holds `total_usd`, an estimate until the attempt being written has its `cost`.
    `draft_used` follows an end without an answer: its reader took the draft that was set aside.
    `tool_asking` holds the `id` and `name` of the call, `tool_answered` its `id` and `allowed`.
    """

    SPENDING = "spending"
    TOOL_ASKING = "tool_asking"
    TOOL_ANSWERED = "tool_answered"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    DRAFT_USED = "draft_used"


EventType = StreamEventType | ToolStreamEventType | TurnEventType

TERMINAL: frozenset[EventType] = frozenset(
    {
        StreamEventType.COMPLETE,
        StreamEventType.ERROR,
        TurnEventType.STOPPED,
        TurnEventType.INTERRUPTED,
        TurnEventType.DRAFT_USED,
    }
)

TOOL_EVENTS: frozenset[EventType] = frozenset(
    {
        ToolStreamEventType.TOOL_CALL_START,
        ToolStreamEventType.TOOL_CALL_DELTA,
        ToolStreamEventType.TOOL_CALL_COMPLETE,
        ToolStreamEventType.TOOL_EXECUTING,
        ToolStreamEventType.TOOL_RESULT,
        ToolStreamEventType.TOOL_ERROR,
        TurnEventType.TOOL_ASKING,
        TurnEventType.TOOL_ANSWERED,
    }
)
"""Those about one call, which they name by `id`."""

_BY_VALUE: Mapping[str, EventType] = {
    str(member): member
    for kinds in (TurnEventType, ToolStreamEventType, StreamEventType)
    for member in kinds
}


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """One entry of a log; `seq` counts from 1 without gaps, `at_ms` from the turn's begin.

    The `content` of a `tool_call_delta` is its fragment: what can be read so far is for the fold,
    since the whole with every piece would fill a log with the square of its length. `here_at` is
    when this process learned of it, by its own clock.
    """

    type: EventType
    content: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    at_ms: int = 0
    attempt: int = 1
    here_at: float = field(default_factory=time.monotonic, compare=False, repr=False)

    @classmethod
    def of(cls, event: StreamEvent, seq: int, text: str | None = None) -> "TurnEvent":
        """`text` is its piece with those before it that it is joined with, if there are any."""
        data = event.data
        if event.type == ToolStreamEventType.TOOL_CALL_DELTA:
            data = {"id": data["id"], "name": data["name"]}
        piece = piece_of(event) if text is None else text
        return cls(event.type, piece, data, seq, event.at_ms, event.attempt)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """From what `to_json(event.as_dict())` gave; money in `data` stays a decimal string."""
        fields: dict[str, Any] = json.loads(text)
        return cls(**fields | {"type": _BY_VALUE[fields["type"]]})

    @property
    def is_terminal(self) -> bool:
        return self.type in TERMINAL

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "seq": self.seq,
            "at_ms": self.at_ms,
            "attempt": self.attempt,
            "content": self.content,
            "data": self.data,
        }


def piece_of(event: StreamEvent) -> str:
    """What it adds to a text, or to the arguments of a call."""
    return str(event.content) or (event.delta if isinstance(event, ToolStreamEvent) else "")


def to_json(value: object) -> str:
    """JSON in which money is a decimal string, so that nothing of it is lost."""
    return json.dumps(value, default=_encode)


def _encode(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not belong in an event")
