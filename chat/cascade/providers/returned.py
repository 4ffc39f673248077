"""What chat completions want back unchanged with the calls that it led to.

DeepSeek and OpenRouter want the thoughts, each in its own field, Gemini the signature on each call.
They answer 400 without it; others answer 400 to a field they do not know, so it goes only where
the preset says so.
"""

from collections.abc import Iterator
from typing import Any

from chat.cascade.presets import Returned
from chat.cascade.providers.base import Message, Opaque
from chat.cascade.providers.exchange import fields


class ReturnedThoughts:
    """Collects one answer's, from the deltas as they come."""

    def __init__(self, field: Returned) -> None:
        self._field = field
        self._words: list[str] = []
        self._details: list[dict[str, Any]] = []

    def read(self, delta: dict[str, Any]) -> None:
        value = delta.get(self._field)
        if isinstance(value, str):
            self._words.append(value)
        elif isinstance(value, list):
            for detail in map(fields, value):
                self._add(detail)

    def _add(self, detail: dict[str, Any]) -> None:
        """Pieces of one text become one again, with the signature that came last."""
        last = self._details[-1] if self._details else {}
        kind = detail.get("type")
        name = _PIECEMEAL.get(kind) if isinstance(kind, str) else None
        if name and (kind, detail.get("index")) == (last.get("type"), last.get("index")):
            joined = f"{last.get(name) or ''}{detail.get(name) or ''}"
            last |= {field: value for field, value in detail.items() if value is not None}
            last[name] = joined
        elif detail:
            self._details.append(dict(detail))

    def whole(self) -> Iterator[Opaque]:
        if kept := self._details or "".join(self._words):
            yield Opaque({self._field: kept})


# https://openrouter.ai/docs/use-cases/reasoning-tokens: by type, the field that comes in pieces.
_PIECEMEAL = {"reasoning.text": "text", "reasoning.summary": "summary"}


def signed(id: str, extra: object) -> Iterator[Opaque]:
    """Gemini's signature of a call: https://ai.google.dev/gemini-api/docs/thought-signatures"""
    if id and fields(extra):
        yield Opaque({"call": id, "extra_content": extra})


def give_back(message: Message, sent: dict[str, Any]) -> dict[str, Any]:
    """An assistant's message as it is sent, with what belongs to it."""
    for data in map(fields, message.get("opaque", ())):
        for call in sent["tool_calls"] if "extra_content" in data else ():
            if call["id"] == data["call"]:
                call["extra_content"] = data["extra_content"]
        sent |= {field: data[field] for field in _FIELDS if field in data}
    return sent


_FIELDS: tuple[Returned, ...] = ("reasoning_content", "reasoning_details")
