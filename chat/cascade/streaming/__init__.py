"""The events of a turn, under the guide's names. `streaming.text` makes them."""

from chat.cascade.streaming.events import (
    StreamEvent,
    StreamEventType,
    ToolStreamEvent,
    ToolStreamEventType,
)

__all__ = ["StreamEvent", "StreamEventType", "ToolStreamEvent", "ToolStreamEventType"]
