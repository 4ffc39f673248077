"""An equation that the question asks to be solved: the draft's solution, put back into it."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import takewhile

from chat.cascade.quality.arithmetic import evaluate
from chat.cascade.quality.arithmetic.evaluate import Item
from chat.cascade.quality.arithmetic.numerals import NUMBER, has_decimal_commas, read_number
from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.numbers.worked import CLAUSE, Worked, shown

_ASKED = re.compile(
    r"(?i)\bsolve\b|\bsolutions?\b|\bfind [a-z]\b|\bvalue of [a-z]\b|\bwhat is [a-z]\b"
    r"|\blöse\b|\bresuelve\b|\brésou|解"
)
_PIECE = re.compile(rf"{NUMBER}|[a-z]+|[+*/^()-]")
_MOST = 20
"""Values of the unknown that are tried, from the last on."""


def solved(worked: Worked) -> Iterator[Finding]:
    """`solution_holds`: where the question has one equation, of one unknown, and asks for it. Of
    several values that the draft gives the unknown on its way, one that holds is enough."""
    text = worked.given.text
    if worked.final is None or text.count("=") != 1 or not _ASKED.search(text):
        return
    before, after = text.split("=")
    left = [*takewhile(_is_no_word, reversed(_PIECE.findall(before[-60:])))][::-1]
    right = [*takewhile(_is_no_word, _PIECE.findall(after[:60]))]
    unknowns = {piece for piece in left + right if piece.isalpha()}
    if len(unknowns) != 1:
        return
    tried, commas = [], has_decimal_commas(text)
    for value in _values(worked, *unknowns):
        sides = [_computed(side, commas, value) for side in (left, right)]
        if sides[0] is not None and sides[1] is not None:
            tried.append((sides[0] == sides[1], value, sides[0], sides[1]))
    if not tried:
        return
    holds, value, one, other = next((each for each in tried if each[0]), tried[-1])
    note = f"Put back into the equation, {shown(value)} gives {shown(one)} and {shown(other)}."
    yield Finding("solution_holds", float(holds), holds, note)


def _values(worked: Worked, unknown: str) -> list[Fraction]:
    """What the draft says that the unknown is; else its answer, where that is but a number."""
    text = f"{worked.arithmetic.text}\n{worked.answer.text}"
    said = re.findall(rf"(?<!\w){unknown} ?={CLAUSE}", text)[-_MOST:]
    if not said:
        return [worked.final.value] if worked.final and len(worked.answer.figures) == 1 else []
    sides = [_PIECE.findall(side) for clause in said for side in clause.split("=")]
    commas = has_decimal_commas(text)
    values = [_computed([*takewhile(_is_known, side)], commas) for side in sides]
    return [value for value in values if value is not None]


def _is_known(piece: str) -> bool:
    return not piece.isalpha()


def _is_no_word(piece: str) -> bool:
    """An unknown is a letter."""
    return not piece.isalpha() or len(piece) == 1


def _computed(
    pieces: Sequence[str], commas: bool, unknown: Fraction | None = None
) -> Fraction | None:
    """What stands side by side is multiplied: 2x, 5(x - 2)."""
    items: list[Item] = []
    for piece in pieces:
        number = unknown if piece.isalpha() else None
        if piece[-1].isdigit():
            read = read_number(piece, decimal_commas=commas)
            if read is None:
                return None
            number = read[0]
        due = not items or (isinstance(items[-1], str) and items[-1] != ")")
        if not due and (number is not None or piece == "("):
            items.append("*")
        if number is not None:
            items.append(number)
        else:
            items.append("n" if due and piece == "-" else piece)
    return evaluate(items)
