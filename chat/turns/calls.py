"""The tool calls of an attempt as a viewer sees them, folded from their events. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chat.cascade.streaming.events import ToolStreamEventType
from chat.turns.events import TurnEvent, TurnEventType

ToolCallStatus = Literal[
    "forming",
    "complete",  # it stands, and will be run once there is room
    "waiting",  # for its reader's Allow or Don't
    "running",
    "done",
    "failed",
    "refused",  # by its reader, or by their silence
    "dropped",  # its attempt did not stand, or its turn ended before it ran
    "broken_off",  # its turn ended while it ran: what it was to change may be changed
]


@dataclass(slots=True)
class ToolCallState:
    """`number` counts from 1 in its attempt; `arguments` is JSON text, cut off while it forms.

    `result` is the text its model reads; `time_ms` is None where nothing was run, `began_ms` counts
    from the turn's begin.
    """

    number: int
    id: str
    name: str
    arguments: str = ""
    status: ToolCallStatus = "forming"
    result: str = ""
    time_ms: int | None = None
    began_ms: int | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("forming", "complete", "waiting", "running")


def call_of(calls: list[ToolCallState], event: TurnEvent) -> ToolCallState | None:
    """The call that an event is about; None before its first one, and for other events."""
    id = _data(event).get("id")
    return next((call for call in calls if call.id == id), None)


def apply(calls: list[ToolCallState], event: TurnEvent) -> None:
    """Fold one event of a tool in."""
    data = _data(event)
    call = call_of(calls, event)
    if call is None:  # its start, or the error of one whose name never came
        call = ToolCallState(len(calls) + 1, data["id"], data["name"])
        calls.append(call)
    match event.type:
        case ToolStreamEventType.TOOL_CALL_DELTA:
            call.arguments += event.content
        case ToolStreamEventType.TOOL_CALL_COMPLETE:
            call.arguments = json.dumps(data["arguments"], ensure_ascii=False)
            call.status = "complete"
        case ToolStreamEventType.TOOL_EXECUTING:
            call.status, call.began_ms = "running", event.at_ms
        case TurnEventType.TOOL_ASKING:
            call.status = "waiting"
        case TurnEventType.TOOL_ANSWERED:
            call.status = "complete" if data["allowed"] else "refused"
        case ToolStreamEventType.TOOL_RESULT:
            call.status, call.result, call.time_ms = "done", data["result"], data["time_ms"]
        case ToolStreamEventType.TOOL_ERROR:
            call.result = data["error"]
            if call.status != "refused":
                call.status, call.time_ms = "failed", data.get("time_ms")


def drop(calls: list[ToolCallState]) -> None:
    """Nothing more happens to them."""
    for call in calls:
        if call.is_open:
            call.status = "broken_off" if call.status == "running" else "dropped"


def _data(event: TurnEvent) -> Mapping[str, Any]:
    found: Mapping[str, Any] = event.data.get("tool_call", event.data)
    return found
