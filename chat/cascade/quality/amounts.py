"""The amounts that a short answer comes to, and whether those of two answers are the same."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from chat.cascade.quality.arithmetic import Arithmetic, Figure, read_arithmetic
from chat.cascade.quality.arithmetic.numerals import NUMBER

_ASIDE = re.compile(r"\((?=[^()\n]*[^\W\d_]{2})[^()\n]{1,200}\)")
"""`(about 50 mph)`; a bracket without a word is part of a sum."""

_PARTS = re.compile(
    r"[.;:!?,](?=\s|$)|[\n\u3002]|\b(?:and|or|so|und|oder|also|y|o|et|ou|donc)\b", re.IGNORECASE
)
_EQUALS = re.compile(r"[=≈]")
_UNKNOWN = re.compile(r"(?<!\w)[^\W\d_]\s*\Z")
_AMOUNT = re.compile(rf"(?:{NUMBER})[ -]?(%|°?[^\W\d_]+(?:/[^\W\d_]+)?(?:\^\d)?)?")
_EXPONENT = re.compile(r"[^\W\d_]\^\Z")
_OVER = re.compile(r"\d ?(?:/|\}\{) ?\Z")
_JOINED = re.compile(r"\d ?(?:[^\W\d_]+,? (?:and |und |y |et )?|:)\d")
"""`3 hours 35 minutes` and `14:35` are one amount."""

_NO_UNITS = frozenset(
    """
    a an and are as at by for from in is it of on or since left so that the to was were with after
    am an aus bei das der die es in ist mit nach oder sind und vom von zu en es y o et est ou
    """.split()
)

_MOST_DECIMALS = 6


class Amount(NamedTuple):
    """`unit` is the word after the number, in small letters and without a plural s."""

    value: Fraction
    unit: str


def same_amounts(one: str, other: str, question: str) -> bool | None:
    """Of two short answers to one question; None where it cannot be told."""
    first, second = amounts(one), amounts(other)
    same = _same(first, second)
    if same is not None or _JOINED.search(one) or _JOINED.search(other):
        return same
    given = {figure.value for figure in read_arithmetic(question).figures}
    return _same(*([a for a in said if a.value not in given] for said in (first, second)))


def _same(first: Sequence[Amount], second: Sequence[Amount]) -> bool | None:
    if len(first) == len(second) == 1:
        return _same_amount(*first, *second)
    if first and [amount.unit for amount in first] == [amount.unit for amount in second]:
        return first == second
    return None


def _same_amount(one: Amount, other: Amount) -> bool | None:
    if one.unit and other.unit and one.unit != other.unit:
        return None
    is_share = "%" in (one.unit, other.unit) and one.unit != other.unit
    ratios = (1, 100, Fraction(1, 100)) if is_share else (1,)
    if any(one.value == ratio * other.value for ratio in ratios):
        return True
    return None if _may_be_rounded(one.value, other.value) else False


def _may_be_rounded(one: Fraction, other: Fraction) -> bool:
    """`3.33` and `3.333`; a whole number is taken to be exact."""
    digits = min(_decimals(one), _decimals(other))
    return digits > 0 and abs(one - other) * 10**digits <= Fraction(1, 2)


def _decimals(value: Fraction) -> int:
    return next(
        (n for n in range(_MOST_DECIMALS) if 10**n % value.denominator == 0), _MOST_DECIMALS
    )


def amounts(said: str) -> list[Amount]:
    """In their order, each value once. Of an equation what stands at its end, unless it is
    calculated with further on; where an unknown is solved for, what it is alone."""
    read = read_arithmetic(_ASIDE.sub(" ", said))
    stated: list[Amount] = []
    solved: list[Amount] = []
    used: set[Fraction] = set()
    for start, end in reversed(_parts(read.text)):
        equals = max((m.start() for m in _EQUALS.finditer(read.text, start, end)), default=-1)
        figures = [figure for figure in read.figures if start <= figure.at < end]
        found = _read(read, [figure for figure in figures if figure.at > equals])
        if equals >= 0:
            if _UNKNOWN.search(read.text, start, equals):
                solved = found + solved
            found = [amount for amount in found if amount.value not in used]
            used |= {figure.value for figure in figures if figure.at < equals}
        stated = found + stated
    return _once(solved or stated)


def _parts(text: str) -> list[tuple[int, int]]:
    ends = [*_PARTS.finditer(text)]
    starts = [0, *(found.end() for found in ends)]
    return list(zip(starts, [*(found.start() for found in ends), len(text)], strict=True))


def _read(read: Arithmetic, figures: Sequence[Figure]) -> list[Amount]:
    """Without the exponents of units; 3/4 is one amount."""
    found: list[Amount] = []
    last = 0
    for figure in figures:
        if _EXPONENT.search(read.text, last, figure.at):
            continue
        amount = _amount(read, figure)
        if found and amount.value and _OVER.search(read.text, last, figure.at):
            over = found.pop()
            amount = amount._replace(value=over.value / amount.value)
        found.append(amount)
        last = figure.at
    return found


def _amount(read: Arithmetic, figure: Figure) -> Amount:
    written = _AMOUNT.match(read.text, figure.at)
    unit = (written.group(1) or "").casefold() if written else ""
    return Amount(read.signed(figure), "" if unit in _NO_UNITS else unit.rstrip("s") or unit)


def _once(found: Sequence[Amount]) -> list[Amount]:
    units: dict[Fraction, str] = {}
    for value, unit in found:
        units[value] = units.get(value) or unit
    return [Amount(value, unit) for value, unit in units.items()]
