"""Python's literals, read from the middle of a text: where one begins, ends, and what it is."""

import ast
import math
import re
from typing import Any, Final, NamedTuple

from chat.cascade.quality.code.quiet import quietly

LONGEST = 2000
"""Characters of a literal that is read."""

_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_]\w*")
_SIGNS = frozenset("[({")
_CLOSED = {"]": "[", ")": "(", "}": "{"}
_NAMED: Final[dict[str, Any]] = {
    **{"True": True, "False": False, "None": None},
    **{"true": True, "false": False, "null": None},
}


class Literal(NamedTuple):
    value: Any
    end: int


def literal_at(text: str, at: int) -> Literal | None:
    """The literal that begins at `at`, white space before it aside."""
    while at < len(text) and text[at] in " \t":
        at += 1
    if at >= len(text):
        return None
    if found := _NAME.match(text, at):
        if found.group() in _NAMED:
            return Literal(_NAMED[found.group()], found.end())
        if (
            found.group().lower() not in ("r", "b")
            or text[found.end() : found.end() + 1] not in "'\""
        ):
            return None
        end = string_end(text, found.end())
    elif text[at] in "'\"":
        end = string_end(text, at)
    elif text[at] in _SIGNS:
        end = closing(text, at)
    else:
        number = _NUMBER.match(text, at)
        end = number.end() if number else -1
        if number and number.group().endswith("."):  # the full stop of a sentence
            end -= 1
    return Literal(*read, end) if end > at and (read := value_of(text[at:end])) else None


def value_of(source: str) -> tuple[Any] | None:
    """What a whole literal stands for, in a tuple since that may be None."""
    source = source.strip()
    if source in _NAMED:
        return (_NAMED[source],)
    if len(source) > LONGEST:
        return None
    # Then with the names of other languages: `[true, null]`.
    renamed = re.sub(r"\b(?:true|false|null)\b", lambda m: repr(_NAMED[m.group()]), source)
    return _evaluated(source) or (_evaluated(renamed) if renamed != source else None)


def _evaluated(source: str) -> tuple[Any] | None:
    try:
        with quietly():
            return (ast.literal_eval(source),)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def string_end(text: str, at: int) -> int:
    """Behind the string that begins at `at`; -1 if it does not end in time."""
    quote = text[at : at + 3] if text[at : at + 3] in ("'''", '"""') else text[at]
    at += len(quote)
    stop = min(len(text), at + LONGEST)
    while at < stop:
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return -1
        else:
            at += 1
    return -1


def closing(text: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`; -1 if none does in time."""
    opened: list[str] = []
    stop = min(len(text), at + LONGEST)
    while at < stop:
        sign = text[at]
        if sign in "'\"":
            at = string_end(text, at)
            if at < 0:
                return -1
            continue
        if sign in _SIGNS:
            opened.append(sign)
        elif sign in _CLOSED:
            if opened.pop() != _CLOSED[sign]:
                return -1
            if not opened:
                return at + 1
        at += 1
    return -1


def same(one: Any, other: Any) -> bool:
    """Equal as Python has it, but True is not 1, and a float may be off in its ninth digit."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, list | tuple):
        alike = type(one) is type(other) and len(one) == len(other)
        return alike and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)
