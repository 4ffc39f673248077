"""How long a model thought aloud, while it does and after it has."""

import re

import pytest
from django.template.loader import render_to_string

from chat.cascade.streaming.events import StreamEventType, ToolStreamEventType
from chat.render.frames import HtmlFrames
from chat.templatetags.cascade import thought
from chat.turns.attempts import AttemptState
from chat.turns.events import EventType, TurnEvent, TurnEventType
from chat.turns.state import TurnState

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
THINKS, WRITES = StreamEventType.REASONING, StreamEventType.CHUNK
CALLS = ToolStreamEventType.TOOL_CALL_START


def told(*events: tuple[EventType, int]) -> tuple[TurnState, str]:
    """The turn after these events at these times, and the last frame of it."""
    turn, frames = TurnState(ID, "Why?", attempts=[AttemptState(1, "draft", "small", "x")]), ""
    viewer = HtmlFrames()
    list(viewer.snapshot(turn))
    for seq, (kind, at_ms) in enumerate(events, start=1):
        data = {"id": "a", "name": "b"} if kind == CALLS else {}
        [frames] = viewer.events(ID, [TurnEvent(kind, "So. ", data, seq, at_ms)])
    return turn, frames


def words(html: str) -> str:
    found = re.search(r"-thinking[^>]*>(.*?)</span>(?!</span>)", html, re.DOTALL)
    return (
        " ".join(re.sub(r"<[^>]*>", "", found[1]).replace("\u00a0", " ").split()) if found else ""
    )


@pytest.mark.parametrize(
    ("events", "thought_ms", "said"),
    [
        ([(THINKS, 100)], None, "Thinking"),
        ([(THINKS, 100), (WRITES, 4100)], 4000, "Thought for 4 s"),
        ([(THINKS, 100), (CALLS, 700)], 600, "Thought for 0.6 s"),
        ([(THINKS, 0), (WRITES, 2000), (THINKS, 3000)], 2000, "Thinking"),
        ([(THINKS, 0), (WRITES, 2000), (THINKS, 3000), (WRITES, 4000)], 3000, "Thought for 3 s"),
        ([(THINKS, 0), (TurnEventType.STOPPED, 65_000)], 65_000, "Thought for 1 min 5 s"),
    ],
    ids=["thinks", "writes", "calls", "thinks again", "writes again", "stopped"],
)
def test_time_counts_from_the_first_thought_to_what_follows(
    events: list[tuple[EventType, int]], thought_ms: int | None, said: str
) -> None:
    turn, frame = told(*events)
    assert turn.attempts[0].thought_ms == thought_ms
    assert words(frame) == said
    assert words(render_to_string("chat/_turn.html", {"turn": turn})) == said


def test_who_goes_on_writing_is_told_nothing_anew() -> None:
    _, frame = told((THINKS, 0), (WRITES, 2000), (WRITES, 2100))
    assert "-thinking" not in frame


@pytest.mark.parametrize(
    ("ms", "said"), [(0, "0 ms"), (640, "0.6 s"), (4_400, "4 s"), (72_000, "1 min 12 s")]
)
def test_a_time_is_as_exact_as_it_tells(ms: int, said: str) -> None:
    assert thought(ms).replace("\u00a0", " ") == said
