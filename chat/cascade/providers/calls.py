"""Tool calls in chat completions: which call a piece belongs to, and calls as they are sent back.

Some services number the calls, some number all of them 0, some only give ids, some neither. A piece
goes on with a call whose index is known, unless it brings a new id together with a name; without an
index, with the call of its id; with neither index, id nor name, with the last call. Any other piece
opens a call.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chat.cascade.providers.base import (
    Message,
    Opaque,
    ToolChoice,
    ToolFragment,
    ToolSpec,
    clean,
    made_up_id,
)
from chat.cascade.providers.exchange import fields, text
from chat.cascade.providers.returned import give_back, signed
from chat.cascade.streaming.events import CallData


@dataclass(slots=True)
class _Call:
    key: int
    index: int | None
    id: str = ""
    name: str = ""


class CallReader:
    """Reads the `tool_calls` of one stream's deltas; `seen` says whether there were any."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    @property
    def seen(self) -> bool:
        return bool(self._calls)

    def read(self, pieces: object) -> Iterator[ToolFragment | Opaque]:
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, dict):
                yield from self._read_piece(piece)

    def _read_piece(self, piece: dict[str, Any]) -> Iterator[ToolFragment | Opaque]:
        function = fields(piece.get("function"))
        index = piece.get("index")
        index = index if isinstance(index, int) else None
        id, name = text(piece.get("id")), text(function.get("name"))
        arguments = as_json_text(function.get("arguments"))
        call = self._continued(index, id, name)
        if call is None:
            if not (id or name or arguments):
                return
            call = _Call(len(self._calls), index)
            self._calls.append(call)
        if fragment := _fragment(call, id, name, arguments):
            yield fragment
        if extra := piece.get("extra_content"):
            yield from signed(call.id, extra)

    def _continued(self, index: int | None, id: str, name: str) -> _Call | None:
        if index is None and not id:
            return None if name or not self._calls else self._calls[-1]
        # Latest first: where every call is number 0, its pieces come before the next call's.
        same = [call for call in reversed(self._calls) if index is None or call.index == index]
        of_id = next((call for call in same if id and call.id == id), None)
        if of_id or index is None or (id and name):
            return of_id
        return same[0] if same else None


def _fragment(call: _Call, id: str, name: str, arguments: str) -> ToolFragment | None:
    """What is new of the call: its id and its name are told once, the id at the latest with it."""
    new_name = "" if call.name else name
    new_id = "" if call.id else id or (made_up_id() if new_name else "")
    call.name, call.id = call.name or new_name, call.id or new_id
    if not (new_id or new_name or arguments):
        return None
    return ToolFragment(call.key, new_id, new_name, arguments)


def as_json_text(arguments: object) -> str:
    """Arguments are JSON text by the book, and an object at some services."""
    if isinstance(arguments, Mapping):
        return clean(json.dumps(dict(arguments), ensure_ascii=False))
    return text(arguments)


def as_message(message: Message) -> dict[str, Any]:
    """A message as chat completions have it."""
    if message["role"] == "tool":
        call_id = message.get("tool_call_id", "")
        return {"role": "tool", "tool_call_id": call_id, "content": message["content"]}
    plain: dict[str, Any] = {"role": message["role"], "content": message["content"]}
    if calls := message.get("tool_calls"):
        sent = {"content": message["content"] or None, "tool_calls": [*map(_as_call, calls)]}
        return give_back(message, plain | sent)
    return plain


def _as_call(call: CallData) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": as_json_text(call["arguments"])}
    return {"id": call["id"], "type": "function", "function": function}


def as_tool(tool: ToolSpec) -> dict[str, Any]:
    return {"type": "function", "function": tool | {"parameters": dict(tool["parameters"])}}


def as_choice(choice: ToolChoice, required: str) -> str | dict[str, Any]:
    """`required` is the service's word for it."""
    if choice.kind == "one":
        return {"type": "function", "function": {"name": choice.name}}
    return required if choice.kind == "required" else choice.kind
