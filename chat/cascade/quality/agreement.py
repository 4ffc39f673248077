"""Whether two answers to one question say the same, told without a model.

Only where an answer has a part that can be compared: a letter, a number, a short fact, tool calls.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction

from chat.cascade.quality.case import Case
from chat.cascade.quality.kinds import Kind, kind_of

_NUMBER = re.compile(r"[-+\u2212]?\d[\d,\u00a0\u202f ]*(?:\.\d+)?(?:/\d+)?")
_LETTER = re.compile(r"(?<![\w'])\(?([A-Z])\)?(?![\w'])")


def comparable(case: Case) -> bool:
    """Whether answers to this question can be compared at all."""
    return kind_of(case) in _SAYS


def agree(one: Case, other: Case) -> bool | None:
    """None where one of the two has nothing to compare. Both answer the same question."""
    says = _SAYS.get(kind_of(one))
    if says is None:
        return None
    first, second = says(one), says(other)
    if first is None or second is None:
        return None
    return first == second


def _letter(case: Case) -> str | None:
    found = [x for x in _LETTER.findall(_final(case)) if x in case.options]
    return found[-1] if found else None


def _number(case: Case) -> Fraction | None:
    found = _NUMBER.findall(unicodedata.normalize("NFKC", _final(case)))
    if not found:
        return None
    text = re.sub(r"[,\s]", "", found[-1]).replace("\u2212", "-")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _fact(case: Case) -> str | None:
    text = unicodedata.normalize("NFKC", _final(case)).casefold()
    words = re.findall(r"\w+", text)
    return " ".join(word for word in words if word not in {"the", "a", "an"}) or None


def _calls(case: Case) -> object:
    """Both making none agree."""
    return sorted(f"{call.call.name} {_flat(call.call.arguments)}" for call in case.calls)


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return str(sorted((key, _flat(item)) for key, item in value.items()))
    if isinstance(value, list):
        return str([_flat(item) for item in value])
    return str(value).casefold().strip()


def _final(case: Case) -> str:
    """The marked answer, else the last line."""
    lines = case.draft.strip().splitlines()
    return case.answer.final or (lines[-1] if lines else "")


_SAYS: Mapping[Kind, Callable[[Case], object]] = {
    Kind.CHOICE: _letter,
    Kind.NUMBER: _number,
    Kind.FACT: _fact,
    Kind.TOOLS: _calls,
}
