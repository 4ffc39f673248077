"""What a viewer is sent at once is rendered once."""

import pytest
from django.utils.translation import trans_real

from chat.cascade.streaming.events import StreamEventType, ToolStreamEventType
from chat.render.frames import HtmlFrames
from chat.turns.attempts import AttemptState
from chat.turns.events import TurnEvent
from chat.turns.state import TurnState, TurnStatus
from tests.test_filters import decision
from tests.test_filters import routing as routed

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
START, DELTA = ToolStreamEventType.TOOL_CALL_START, ToolStreamEventType.TOOL_CALL_DELTA


def test_pieces_of_a_call_s_arguments_that_come_together_are_one_row() -> None:
    frames = HtmlFrames()
    attempt = AttemptState(1, "draft", "small", "scripted")
    list(frames.snapshot(TurnState(ID, "Why?", attempts=[attempt])))
    events = [
        TurnEvent(kind, piece, {"id": "call_1", "name": "calculate"}, seq)
        for seq, (kind, piece) in enumerate(
            [(START, ""), *((DELTA, piece) for piece in '{"expression": "1 + 1"}')], start=1
        )
    ]
    [begun] = frames.events(ID, events[:1])
    [grown] = frames.events(ID, events[1:])
    assert begun.count('class="tool-call"') == grown.count('class="tool-call"') == 1
    assert "<bdi>Calculate</bdi>" in grown
    assert "expression=&quot;1 + 1&quot;" in grown


def test_the_strip_and_a_head_are_shown_once_a_frame_however_many_events_change_them() -> None:
    frames = HtmlFrames()
    attempt = AttemptState(1, "draft", "small", "scripted", status="writing", text="The Moon.")
    list(frames.snapshot(TurnState(ID, "Why?", status=TurnStatus.RUNNING, attempts=[attempt])))
    kind, _, data, attempt_number = decision(0.9)
    decided = TurnEvent(kind, "", data, 1, attempt=attempt_number)
    ended = TurnEvent(StreamEventType.COMPLETE, "", {}, 2, attempt=1)
    [frame] = frames.events(ID, [decided, ended])
    assert frame.count(f'id="turn-{ID}-strip"') == 1
    assert frame.count(f'id="turn-{ID}-attempt-1-head"') == 1
    assert 'data-status="completed"' in frame and 'data-status="accepted"' in frame


def test_a_piece_of_text_looks_no_word_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent 20 times a second to every viewer, each in a language of their own."""
    frames = HtmlFrames()
    attempt = AttemptState(1, "draft", "small", "scripted", status="writing", text="The ")
    list(frames.snapshot(TurnState(ID, "Why?", attempts=[attempt])))

    def forbidden(*_: object) -> None:
        raise AssertionError("a word was looked up")

    for name in ("gettext", "ngettext", "pgettext", "activate"):
        monkeypatch.setattr(trans_real, name, forbidden)
    [frame] = frames.events(ID, [TurnEvent(StreamEventType.CHUNK, "Moon", {}, 1, attempt=1)])
    assert "The Moon" in frame


@pytest.mark.parametrize("begun", [True, False])
def test_the_beginning_of_an_answer_is_announced_once_however_late_a_viewer_looks(
    begun: bool,
) -> None:
    frames = HtmlFrames()
    routing = TurnEvent(*routed()[:3], 1)
    turn = TurnState(ID, "Why?")
    if begun:
        turn.apply(routing)
    told = list(frames.show([turn], instead_of=()))
    if not begun:
        told += frames.events(ID, [routing])
    assert "".join(told).count("Drafting with small.") == 1
