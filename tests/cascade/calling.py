"""Replies that call tools, in the chunks of chat completions, and a tool to call."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chat.cascade import StreamEvent
from tests.loopback import Reply, event

WEATHER = {
    "name": "get_weather",
    "description": "Get the weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}
PARIS = '{"location": "Paris"}'


def call(
    arguments: str = PARIS, *, name: str = "get_weather", id: str = "call_1", index: int = 0
) -> list[dict[str, Any]]:
    """Its deltas: the name first, then the arguments in pieces of seven characters."""
    pieces = [arguments[at : at + 7] for at in range(0, len(arguments), 7)]
    return [
        {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}},
        *({"index": index, "function": {"arguments": piece}} for piece in pieces),
    ]


def calling(
    *calls: Sequence[dict[str, Any]], text: str = "", finish: str | None = "tool_calls"
) -> Reply:
    """First the text, then the calls; without a finish the connection just ends."""
    return Reply(raw=list(_chunks(calls, text, finish)))


def _chunks(
    calls: Sequence[Sequence[dict[str, Any]]], text: str, finish: str | None
) -> Iterator[bytes]:
    if text:
        yield event({"choices": [{"index": 0, "delta": {"content": text}}]})
    for deltas in calls:
        for delta in deltas:
            yield event({"choices": [{"index": 0, "delta": {"tool_calls": [delta]}}]})
    if finish:
        yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
        yield event({"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def calls_of(events: Sequence[StreamEvent]) -> list[tuple[str, Any]]:
    """Name and arguments of the completed calls."""
    made = [event.data["tool_call"] for event in events if event.type == "tool_call_complete"]
    return [(call["name"], json.loads(json.dumps(call["arguments"]))) for call in made]
