"""A call with the tool it is made to, and the values it passes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from chat.cascade.providers.base import ToolSpec
from chat.cascade.quality.case import Case
from chat.cascade.tools.call import ToolCall

_MOST_CALLS = 64
_MOST_LEAVES = 120
"""Calls of a draft, and values of all of them, that are looked at."""

_MOST_PARAMETERS = 100
_LONG = 500
"""Characters of a value, and of a tool's or a parameter's description, that are looked at."""

Leaf = str | float | bool | None


@dataclass(frozen=True)
class Made:
    call: ToolCall
    tool: ToolSpec
    leaves: Mapping[str, Sequence[Leaf]]
    """By parameter, the single values its argument is made of."""

    @property
    def name(self) -> str:
        return self.call.name

    @property
    def description(self) -> str:
        return described(self.tool)

    @cached_property
    def shapes(self) -> Mapping[str, Mapping[str, Any]]:
        """The schemas of the tool's parameters, by name."""
        return shapes_of(self.tool)

    @cached_property
    def required(self) -> frozenset[str]:
        return required_of(self.tool)

    @cached_property
    def text(self) -> str:
        """The values alone, a line each."""
        return "\n".join(_shown(leaf) for leaves in self.leaves.values() for leaf in leaves)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Equal for calls that ask the same."""
        return (self.name, *((name, *leaves) for name, leaves in sorted(self.leaves.items())))


def made_of(case: Case) -> Sequence[Made]:
    tools = {tool["name"]: tool for tool in case.tools}
    room = _MOST_LEAVES
    found = []
    for judged in case.calls[:_MOST_CALLS]:
        call, leaves = judged.call, {}
        for name, value in islice(call.arguments.items(), _MOST_PARAMETERS):
            leaves[name] = tuple(_leaves(value, room))
            room -= len(leaves[name])
        found.append(Made(call, tools[call.name], leaves))
    return found


def _leaves(value: object, room: int) -> Iterator[Leaf]:
    """In their order, the keys of objects among them. No recursion: models nest deeply."""
    waiting = [value]
    while waiting and room > 0:
        room -= 1
        match waiting.pop():
            case bool() | None as leaf:
                yield leaf
            case str() as text:
                yield text[:_LONG]
            case int() | float() as number:
                yield float(max(-1e300, min(1e300, number)))
            case list() as items:
                waiting.extend(reversed(items[:_MOST_LEAVES]))
            case dict() as fields:
                waiting.extend(reversed(list(fields.values())[:_MOST_LEAVES]))


def _shown(leaf: Leaf) -> str:
    return f"{leaf:.12g}" if type(leaf) is float else str(leaf)


def described(tool: ToolSpec) -> str:
    return tool.get("description", "")[:_LONG]


def shapes_of(tool: ToolSpec) -> Mapping[str, Mapping[str, Any]]:
    properties = tool["parameters"].get("properties")
    if not isinstance(properties, Mapping):
        return {}
    some = islice(properties.items(), _MOST_PARAMETERS)
    return {name: shape for name, shape in some if isinstance(shape, Mapping)}


def required_of(tool: ToolSpec) -> frozenset[str]:
    required = tool["parameters"].get("required")
    return frozenset(map(str, required)) if isinstance(required, list) else frozenset()


def note_of(shape: Mapping[str, Any]) -> str:
    """What the schema says about a parameter."""
    return str(shape.get("description", ""))[:_LONG]


def choices_of(shape: Mapping[str, Any]) -> Sequence[str]:
    """The members of its enum, or of its items' enum."""
    items = shape.get("items")
    offered = shape.get("enum") or (items.get("enum") if isinstance(items, Mapping) else None)
    if not isinstance(offered, list):
        return ()
    return [str(choice)[:_LONG] for choice in offered[:_MOST_LEAVES] if choice is not None]
