"""An equation that the question asks to be solved: the draft's solution, put back into it."""

import re
from collections.abc import Iterator
from fractions import Fraction

from chat.cascade.quality.arithmetic import evaluate
from chat.cascade.quality.arithmetic.evaluate import Item
from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.numbers.worked import Worked, shown

_ASKED = re.compile(
    r"(?i)\bsolve\b|\bsolutions?\b|\bfind [a-z]\b|\bvalue of [a-z]\b|\bwhat is [a-z]\b"
    r"|\blöse\b|\bresuelve\b|\brésou|解"
)
_PIECE = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[+*/^()-]")


def solved(worked: Worked) -> Iterator[Finding]:
    """`solution_holds`: where the question has one equation, of one unknown, and asks for it."""
    text = worked.given.text
    if worked.final is None or text.count("=") != 1 or not _ASKED.search(text):
        return
    before, after = text.split("=")
    left, right = _PIECE.findall(before[-60:]), _PIECE.findall(after[:60])
    left, right = left[_last_word(left) + 1 :], right[: _first_word(right)]
    if len({piece for piece in left + right if piece.isalpha()}) != 1:
        return
    value = worked.final.value
    sides = [evaluate(_items(side, value)) for side in (left, right)]
    if sides[0] is None or sides[1] is None:
        return
    holds = sides[0] == sides[1]
    note = (
        f"Put back into the equation, {shown(value)} gives {shown(sides[0])} and {shown(sides[1])}."
    )
    yield Finding("solution_holds", float(holds), holds, note)


def _last_word(pieces: list[str]) -> int:
    return max((at for at, piece in enumerate(pieces) if _is_word(piece)), default=-1)


def _first_word(pieces: list[str]) -> int:
    return next((at for at, piece in enumerate(pieces) if _is_word(piece)), len(pieces))


def _is_word(piece: str) -> bool:
    return piece.isalpha() and len(piece) > 1


def _items(pieces: list[str], value: Fraction) -> list[Item]:
    """The unknown becomes its value, and what stands side by side is multiplied: 2x, 5(x - 2)."""
    items: list[Item] = []
    for piece in pieces:
        number = value if piece.isalpha() else Fraction(piece) if piece[0].isdigit() else None
        due = not items or (isinstance(items[-1], str) and items[-1] != ")")
        if not due and (number is not None or piece == "("):
            items.append("*")
        if number is not None:
            items.append(number)
        else:
            items.append("n" if due and piece == "-" else piece)
    return items
