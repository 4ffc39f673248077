"""What a viewer is sent at once is rendered once."""

from chat.cascade.streaming.events import ToolStreamEventType
from chat.render.frames import HtmlFrames
from chat.turns.events import TurnEvent
from chat.turns.state import AttemptState, TurnState

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
    assert "calculate(expression=&quot;1 + 1&quot;)" in grown
