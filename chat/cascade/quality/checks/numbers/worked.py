"""A question of numbers and the working of a draft, each read once for all that look at them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from chat.cascade.quality.arithmetic import Arithmetic, Figure, read_arithmetic
from chat.cascade.quality.arithmetic.question import question_with_numbers
from chat.cascade.quality.case import Case, excerpt

LONGEST = 8_000
"""Characters of a draft that are read."""

_FORMULA = re.compile(
    r"\\[a-zA-Z]{2,}|\$-?\w?[a-zA-Z]\$|[a-zA-Z]\^|\^\{|\$\d[\d,.]*\$"
    r"|\$[^$\n]{0,40}[=^_+\\][^$\n]{0,80}\$"
)
_OF_NUMBERS = re.compile(
    r"(?i)\b(?:integers?|divisors?|divisible|factors? of|multiples? of|primes?|digits?|modulo"
    r"|polynomials?|roots?|polygons?|triangles?|vertex|vertices|diagonals?|circles?|radius|sphere"
    r"|probability|permutations?|committees?|how many (?:\w+ )?ways|sequences?|perimeter|diameter"
    r"|slope|coordinates?|real numbers?|whole numbers?|equation"
    r"|ganze zahl|primzahl|enteros?|entiers?)\b"
)
_ANNOTATION = re.compile(r"<<([^<>\n]{0,200})>>")
CLAUSE = r"((?:[^,;.\n]|[.,](?=\d)){1,80})"
"""What stands behind an equals sign."""
_UNKNOWN = re.compile(rf"(?<!\w)[a-zA-Z] ?={CLAUSE}")
_ENDS = re.compile(r"(?<=[.!?\uff1f\u061f])\s+|\n+")
_QUESTION_MARK = re.compile(r"[?\uff1f\u061f]")


@dataclass(frozen=True)
class Worked:
    """`answer` is what a draft marks as its answer, and `final` the number of that; None where it
    marks none.

    `annotations` are the notes <<4*3=12>> that some models write into their working.
    """

    question: str
    given: Arithmetic
    earlier: frozenset[Fraction]
    working: str
    arithmetic: Arithmetic
    annotations: Arithmetic
    answer: Arithmetic
    final: Figure | None

    @classmethod
    def of(cls, case: Case) -> "Worked":
        question, working = question_with_numbers(case.prompt), working_of(case)
        notes = "\n".join(_ANNOTATION.findall(working))
        working = _ANNOTATION.sub("", working)
        given, answer = read_arithmetic(question), read_arithmetic(case.answer.final[:400])
        # A sentence says again what was asked; what is marked as an answer may be a formula.
        is_sentence = case.answer.marked == "whole"
        repeated = {figure.value for figure in given.figures} if is_sentence else ()
        earlier = "\n".join(str(message.get("content") or "") for message in case.history[-4:])
        return cls(
            question,
            given,
            frozenset(f.value for f in read_arithmetic(excerpt(earlier, LONGEST)).figures),
            working,
            read_arithmetic(working),
            read_arithmetic(notes),
            answer,
            _final(answer, repeated),
        )

    @cached_property
    def is_formal(self) -> bool:
        """Whether the question is written in formulas, or is of numbers and shapes themselves."""
        return bool(_FORMULA.search(self.question) or _OF_NUMBERS.search(self.question))

    @cached_property
    def asked(self) -> str:
        """The sentence that asks; the last where none ends with a question mark."""
        sentences = [s for s in _ENDS.split(self.question) if s.strip()]
        asking = [s for s in sentences if _QUESTION_MARK.search(s)]
        return (asking or sentences or [""])[-1]

    @cached_property
    def values(self) -> frozenset[Fraction]:
        """Of the question's figures."""
        return frozenset(figure.value for figure in self.given.figures)

    @cached_property
    def said(self) -> frozenset[Fraction]:
        """Of the working's figures."""
        return frozenset(figure.value for figure in self.arithmetic.figures)


def working_of(case: Case) -> str:
    """What comes before the answer, with what was written before an object that holds both."""
    answer = case.answer
    if answer.marked == "whole":
        return case.draft if "=" in case.draft else ""
    before = case.draft.find("{") if answer.marked == "field" else 0
    return excerpt(case.draft[:before].removesuffix("```json\n") + answer.working, LONGEST)


def _final(read: Arithmetic, repeated: Collection[Fraction]) -> Figure | None:
    """What an unknown or a sum is equal to, else the first number that is not only repeated."""
    if not read.figures:
        return None
    new = (figure for figure in read.figures if figure.value not in repeated)
    otherwise = read.figures[-1] if read.equations else next(new, read.figures[0])
    figure = _equated(read) or otherwise
    return figure._replace(value=read.signed(figure))


def _equated(read: Arithmetic) -> Figure | None:
    """The first figure behind the last equals sign, of those in `x = 36 / 2 = 18` if there are."""
    start, end = max((match.span() for match in _UNKNOWN.finditer(read.text)), default=(0, LONGEST))
    equals = read.text.rfind("=", start, end)
    return next((figure for figure in read.figures if end > figure.at > equals >= 0), None)


def shown(value: Fraction) -> str:
    """As people write it: 12 and 0.25, and 1/3 as 0.3333."""
    return str(value) if value.denominator == 1 and abs(value) < 10**12 else f"{float(value):.6g}"
