"""An equation that a text states, and whether it holds within the digits it shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from chat.cascade.quality.arithmetic.evaluate import PRECEDENCE, Item, evaluate

_RESCALED = frozenset(
    Fraction(ratio) ** sign for ratio in (7, 12, 24, 60, 100, 1000, 3600) for sign in (1, -1)
)
"""Between units: days and weeks, inches and feet, cents, percent, minutes, grams."""

_SCALES = frozenset(
    """
    thousand million billion trillion tausend mio millionen mrd milliarde milliarden mille millier
    milliard mil millón millone
    """.split()
)
"""Units that are numbers themselves, without the s of a plural."""

_LETTERS = frozenset("hgmsltwvncf")
"""Units that may as well be unknowns: 3 t + 4 = 10."""

_BETWEEN = PRECEDENCE.keys() - {"n"}
_LONGEST_PART = len("15/16")
_HALF_A_DIGIT = Fraction(51, 100)
_ROUNDING = Fraction(1, 100)
"""A share of the value up to which operands that were rounded before explain a gap."""


@dataclass(frozen=True, slots=True)
class Equation:
    """`operands` are the numbers of the side that calculates, `signs` those between them.

    `left` is the exact value of the left side, `stated` of the right one, `computed` of the side
    that calculates. `holds` is None where units, percents or rounding may explain the gap.
    """

    text: str
    left: Fraction
    stated: Fraction
    operands: tuple[Fraction, ...]
    signs: str
    holds: bool | None
    computed: Fraction

    @property
    def sides(self) -> tuple[Fraction, Fraction]:
        return self.left, self.stated


@dataclass(slots=True)
class Run:
    """Numbers and signs in the order written: one side of an equation, or what may become one.

    `words` counts those since the last number, `decimals` the digits it shows after its point,
    `depth` open brackets, `joined` the items up to the last "plus" or "minus". What holds something
    that is no number is not `known`.
    """

    start: int = -1
    end: int = -1
    items: list[Item] = field(default_factory=list)
    decimals: int = 0
    depth: int = 0
    joined: int = 0
    words: int = 0
    units: set[str] = field(default_factory=set)
    has_percent: bool = False
    known: bool = True

    @property
    def awaits(self) -> bool:
        """Whether a number is due, not a sign."""
        return not self.items or (isinstance(self.items[-1], str) and self.items[-1] != ")")

    @property
    def signs(self) -> str:
        return "".join([i for i in self.items if isinstance(i, str) and i in _BETWEEN])

    @property
    def operands(self) -> tuple[Fraction, ...]:
        return tuple([item for item in self.items if not isinstance(item, str)])

    @property
    def is_part(self) -> bool:
        """A bare 1/2, which may be of something: 1/2 cup = 4 oz."""
        return self.end - self.start <= _LONGEST_PART and self.signs == "/"

    @property
    def value(self) -> Fraction | None:
        return None if self.awaits or not self.known else evaluate(self.items)


def equate(text: str, left: Run, right: Run) -> Equation | None:
    """None where nothing is calculated, or one side cannot be."""
    signs = left.signs
    working = left if signs else right
    signs = signs or right.signs
    if not signs:
        return None
    value, stated = left.value, right.value
    if value is None or stated is None:
        return None
    written = " ".join(text[left.start : right.end].split())
    holds = _holds(left, value, right, stated)
    computed = value if working is left else stated
    return Equation(written, value, stated, working.operands, signs, holds, computed)


def _holds(left: Run, value: Fraction, right: Run, stated: Fraction) -> bool | None:
    """`8 / 2 = 4 + 3 = 7` is read as it is meant: each sign goes on from the last result."""
    if value == stated or (right.signs and right.items[0] == value):
        return True
    off = abs(value - stated)
    gap = off * 10**right.decimals
    if gap <= _HALF_A_DIGIT and not right.signs:
        return True
    is_scaled = left.has_percent or right.has_percent or len(left.units) > 1
    is_explained = (
        (value.denominator > 1 and (gap < 1 or off < abs(value) * _ROUNDING))
        or (bool(stated) and _differ(left, right) and value / stated in _RESCALED)
        or (is_scaled and _adds((left, right)))
        or (not _LETTERS.isdisjoint(left.units | right.units) and _adds((left, right)))
        or not _SCALES.isdisjoint(left.units ^ right.units)
        or _is_one(left)
        or _is_of_its_end(left, stated)
        or ((left.is_part or right.is_part) and _are_of_two_units(left, right))
    )
    return None if is_explained else False


def _differ(left: Run, right: Run) -> bool:
    return left.units != right.units or left.has_percent


def _is_one(left: Run) -> bool:
    """`1 year = 365 * 24`: of what it is so many, is not said."""
    return bool(left.units) and not left.signs and left.value == 1


def _is_of_its_end(left: Run, stated: Fraction) -> bool:
    """`4,350 plus 2 * 1,450 = 2,900`: the word joins the sum to what was said before it."""
    end = left.items[left.joined :]
    return bool(left.joined) and len(end) > 1 and evaluate(end) == stated


def _are_of_two_units(left: Run, right: Run) -> bool:
    return bool(left.units and right.units) and left.units.isdisjoint(right.units)


def _adds(runs: Iterable[Run]) -> bool:
    return any(sign in "+-" for run in runs for sign in run.signs)
