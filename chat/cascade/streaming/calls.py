"""The tool calls of one attempt while they form: fragments in, events' data out."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jiter

from chat.cascade.providers.base import ToolFragment, cleaned
from chat.cascade.streaming.events import ToolStreamEventType

# Reading again at every fragment would cost the square of the length: once in so much growth.
_GROWTH = 256

_NUL = r"\u0000"  # of what text may not hold, the one escape that can be read

CallStep = tuple[ToolStreamEventType, dict[str, Any], str]


@dataclass(slots=True)
class FormingCall:
    """`written` is JSON text, perhaps cut off; `arguments` what can be read of it so far."""

    id: str = ""
    name: str = ""
    written: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    _read_to: int = 0

    def read(self) -> None:
        if len(self.written) - self._read_to <= len(self.written) // _GROWTH:
            return
        self._read_to = len(self.written)
        try:
            found = jiter.from_json(
                self.written.encode(), partial_mode="trailing-strings", allow_inf_nan=False
            )
        except ValueError:  # what was readable before stays
            return
        if isinstance(found, dict):
            self.arguments = cleaned(found) if _NUL in self.written else found


class FormingCalls:
    """In order of appearance. A call is announced once its name is known; pieces wait till then.

    An id that stands for another call already is replaced, be it one of this answer or of those
    `before` it: Kimi K3 numbers the calls of each answer from 0 anew. A question and a result would
    belong to both, and Anthropic refuses ids that repeat.
    """

    def __init__(self, before: Iterable[str]) -> None:
        self._calls: dict[int, FormingCall] = {}
        self._taken = {"", *before}
        self._replaced: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def __iter__(self) -> Iterator[FormingCall]:
        return iter(self._calls.values())

    def add(self, fragment: ToolFragment) -> Iterator[CallStep]:
        """Type, data and delta of the events it gives rise to."""
        call = self._calls.setdefault(fragment.key, FormingCall())
        call.id = call.id or fragment.id
        call.written += fragment.arguments
        delta = fragment.arguments
        if fragment.name and not call.name:
            call.name = fragment.name
            call.id = self._own(call.id)
            delta = call.written
            yield ToolStreamEventType.TOOL_CALL_START, {"id": call.id, "name": call.name}, ""
        if call.name and delta:
            call.read()
            data = {"id": call.id, "name": call.name, "arguments": call.arguments}
            yield ToolStreamEventType.TOOL_CALL_DELTA, data, delta

    def owned(self, opaque: Any) -> Any:
        """What a model wants back with one of its calls names that by the id that goes back."""
        given = opaque.get("call") if isinstance(opaque, dict) else None
        replaced = self._replaced.get(given) if isinstance(given, str) else None
        return {**opaque, "call": replaced} if replaced else opaque

    def _own(self, given: str) -> str:
        id = given
        if given in self._taken:
            id = self._replaced[given] = f"call_{secrets.token_hex(12)}"
        self._taken.add(id)
        return id

    @property
    def written(self) -> str:
        """All that the model wrote for its calls, to be counted."""
        return "\n".join(f"{call.name}{call.written}" for call in self)
