"""What a log holds: the engine's events, renumbered, and the two ends only a player knows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from chat.cascade.streaming.events import StreamEvent, StreamEventType, ToolStreamEventType


class TurnEventType(StrEnum):
    """Ends that are not the engine's: a reader's Stop, and a player that died or was drained."""

    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


EventType = StreamEventType | ToolStreamEventType | TurnEventType

TERMINAL: frozenset[EventType] = frozenset(
    {
        StreamEventType.COMPLETE,
        StreamEventType.ERROR,
        TurnEventType.STOPPED,
        TurnEventType.INTERRUPTED,
    }
)

_BY_VALUE: Mapping[str, EventType] = {
    str(member): member
    for kinds in (TurnEventType, ToolStreamEventType, StreamEventType)
    for member in kinds
}


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """One entry of a log; `seq` counts from 1 without gaps, `at_ms` from the turn's begin."""

    type: EventType
    content: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    at_ms: int = 0
    attempt: int = 1

    @classmethod
    def of(cls, event: StreamEvent, seq: int) -> "TurnEvent":
        return cls(event.type, event.content, event.data, seq, event.at_ms, event.attempt)

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


def to_json(value: object) -> str:
    """JSON in which money is a decimal string, so that nothing of it is lost."""
    return json.dumps(value, default=_encode)


def _encode(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not belong in an event")
