"""A question that is a sum itself, `What is 12 x 12?`: done, and looked for in the draft."""

import re
from collections.abc import Iterator
from fractions import Fraction

from chat.cascade.quality.arithmetic import Arithmetic, read_arithmetic
from chat.cascade.quality.arithmetic.numerals import (
    NUMBER,
    has_decimal_commas,
    may_part_thousands,
    plain,
    read_number,
)
from chat.cascade.quality.arithmetic.question import question_with_numbers
from chat.cascade.quality.case import Case, Finding, excerpt
from chat.cascade.quality.checks.numbers.givens import worded
from chat.cascade.quality.checks.numbers.worked import LONGEST, shown

_LONGEST_SUM = 120
_ASKS = (
    r"(?:(?:please |bitte )?(?:what(?:'s| is| does)|how much (?:is|are|does)|calculate|compute"
    r"|evaluate|work out|solve|(?:was|wie ?viel) (?:ist|sind|ergibt|macht)|berechne|rechne"
    r"|cu[aá]nto (?:es|son)|calcula|combien (?:font|fait)|calcule|计算|كم(?: =)?|احسب)"
    r":? ?(?=\W*\d))?"
)
_NUMBER = rf"[(\s-]*(?:{NUMBER})(?:\s?%|\s?percent\b|\s?prozent\b)?[)\s]*"
_SIGN = (
    r"(?:\*\*|[-+*/^]|x(?=[\s\d(])|times\b|multiplied by\b|plus\b|minus\b|divided by\b|of\b|mal\b"
    r"|geteilt durch\b|durch\b|von\b|fois\b|divisé par\b|moins\b|por\b|dividido (?:por|entre)\b"
    r"|entre\b|más\b|menos\b|de\b)"
)
_SUM = re.compile(
    rf"(?i)\s*[¿]?{_ASKS}(?P<sum>{_NUMBER}(?:{_SIGN}{_NUMBER}){{1,20}})"
    r"(?:=|equals?|equal to|come to|make|ergibt|是)?\s?(?:多少|几)?[\s?.!\uff1f\u061f]*"
)
_OFF = re.compile(
    r"(?i)%\s?(?:off|less)\b|\bdiscount|\b(?:preis)?(?:rabatt|nachlass|ermäßig)|\bdescuento"
    r"|\brebaja|\bréduction|\bremise\b|\brabais\b|折|خصم"
)
_BEFORE = re.compile(
    r"(?i)\b(?:original\w{0,3}|before|regular|list price|full price|at first|vorher|vor dem"
    r"|ursprünglich\w{0,2}|antes|costaba|avant|coûtait|initial\w{0,2}|percent(?:age)? of)\b"
    r"|(?<=\S )(?:was|were|war)\b|原|قبل"
)
_ADDED = re.compile(
    rf"(?i)[(\s]*(?P<of>{NUMBER})\s*(?:(?P<more>\+|plus\b|más\b)|-|minus\b|moins\b|menos\b)"
    rf"\s*(?P<share>{NUMBER})\s?(?:%|percent\b|prozent\b)[)\s]*"
)
"""`80 - 25 %` and `80 minus 25 percent`, by which most mean a quarter of the 80."""

_IN_ENGLISH = re.compile(r"(?i)\W*(?:what|how|calculate|compute|evaluate|work|please)\b|.*\bof\b")
_MAY_BE_A_NAME = re.compile(r"\d+(?:[-/]\d+)+")
"""A date, a span of years or a score: 9/11, 1990-2000. A sum has a space, or another sign."""

_POWERS = re.compile(r"(?i)10 ?\^|\d ?e\+?\d|\b(?:m|b|tr)illi|\bmilliard")
"""Large numbers written otherwise than in digits."""

_MINUS = re.compile(r"(?i)-|\bminus\b|\bnegativ|\bmoins\b|\bmenos\b")
_ROUNDING = Fraction(1, 100)


def question_sum(case: Case) -> Iterator[Finding]:
    """`question_sum`: whether the draft says what the sum comes to (1) or another number (0).

    A draft without digits may have said it in words.
    """
    asked = [*_asked(case.prompt)]
    if not asked:
        return
    draft = excerpt(case.draft, LONGEST)
    read_as = [(value, read_arithmetic(draft, decimal_commas=commas)) for value, commas in asked]
    value, read = next((way for way in read_as if _is_said(*way)), read_as[0])
    if not read.figures or (abs(value) >= 10**6 and _POWERS.search(read.text)):
        return
    is_said = _is_said(value, read)
    note = f"The question's sum comes to {shown(value)}, and the draft says so."
    if not is_said:
        note = f"The question's sum comes to {shown(value)}, which the draft does not say."
    yield Finding("question_sum", float(is_said), is_said, note)


def _asked(prompt: str) -> Iterator[tuple[Fraction, bool | None]]:
    """What the question's sum comes to, and whether 3,5 is read as 3.5; nothing where it is no sum,
    or more than one, and the likelier first where it may be read in two ways."""
    if len(prompt) > LONGEST:
        return
    question = plain(question_with_numbers(prompt)).strip()
    if len(question) > _LONGEST_SUM:
        return
    yield from ((value, None) for value in _reduced(question))
    match = _SUM.fullmatch(question)
    if match is None or _MAY_BE_A_NAME.fullmatch(match["sum"].strip()):
        return
    yield from ((value, None) for value in _added(match["sum"]))
    ways: tuple[bool | None, ...] = (None,)
    if may_part_thousands(question) and not has_decimal_commas(question):
        ways = (None, True) if _IN_ENGLISH.match(question) else (True, None)
    for commas in ways:
        equations = read_arithmetic(f"{match['sum']} = 0", decimal_commas=commas).equations
        if len(equations) == 1:
            yield equations[0].left, commas


def _reduced(question: str) -> Iterator[Fraction]:
    """What is left of a price, and what is taken off it: of a price and a percentage alone, in
    `25 % off $80` as in a sentence that wraps it."""
    if not _OFF.search(question) or _BEFORE.search(question) or worded(question):
        return
    figures = read_arithmetic(question).figures
    shares = [figure.value for figure in figures if figure.is_percent]
    prices = [figure.value for figure in figures if not figure.is_percent]
    if len(shares) == len(prices) == 1 and 0 < shares[0] < 100:
        off = prices[0] * shares[0] / 100
        yield prices[0] - off
        yield off


def _added(written: str) -> Iterator[Fraction]:
    if match := _ADDED.fullmatch(written):
        of, share = read_number(match["of"]), read_number(match["share"])
        if of and share:
            part = of[0] * share[0] / 100
            yield of[0] + part if match["more"] else of[0] - part


def _is_said(value: Fraction, read: Arithmetic) -> bool:
    if value < 0 and not _MINUS.search(read.text):
        return False
    size = abs(value)
    said = {f.value / 100 if f.is_percent else f.value for f in read.figures}
    if size in said or size.denominator == 1:
        return size in said
    in_parts = {Fraction(size.numerator), Fraction(size.denominator)} <= said
    return in_parts or any(abs(figure - size) <= size * _ROUNDING for figure in said)
