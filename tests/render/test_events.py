from pathlib import Path

from chat.cascade.streaming.events import StreamEventType, ToolStreamEventType
from chat.turns.events import TurnEventType

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates/chat/events"


def test_every_event_has_a_template_and_every_template_an_event() -> None:
    events = {event.value for kind in (ToolStreamEventType, TurnEventType) for event in kind}
    assert {path.stem for path in TEMPLATES.glob("*.html")} == events


def test_the_events_of_text_are_among_those_of_tools() -> None:
    assert {event.value for event in StreamEventType} < {e.value for e in ToolStreamEventType}
