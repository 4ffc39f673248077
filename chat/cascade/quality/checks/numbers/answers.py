"""The answer of a draft: there, marked, led to by the working, and of the sort that was asked."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.numbers.worked import Worked, shown

_COUNTS = re.compile(
    r"(?i)\bhow many\b|\bwie ?viele\b|\bcu[aá]nt[oa]s\b|\bcombien de\b|多少|几|كم عدد"
)
_AGE = re.compile(r"(?i)\bhow old\b|\bwie alt\b")
_EVERYDAY = 100
"""Characters of a question; a school problem, made to come out even, is told in more."""
_SELDOM_WHOLE = re.compile(
    r"(?i)[%$€£¥₹]|\b(?:per ?cent|prozent|por ciento|pour cent|rates?|averages?|mean|speed|per"
    r"|price|costs?|dollars?|cents?|euros?|eur|usd|pounds?|durchschnitt\w{0,9}|mittelwert|preis"
    r"|kostet|promedio|media|precio|cuesta|moyenne|prix|coûte)\b"
)
"""Rates, averages and money, which do not come out even."""
_MAY_BE_NEGATIVE = re.compile(r"(?i)temperature|degrees|below|change|loss|deficit|°")


def answers(worked: Worked) -> Iterator[Finding]:
    final = worked.final
    note = "Marks its answer." if final else "Marks no number as its answer."
    yield Finding("answer_marked", float(final is not None), final is not None, note)
    value = final.value if final else _last(worked)
    if final and worked.working.strip():
        yield from _led_to(worked, final.value)
    if value is not None:
        yield from _sort(worked, value)


def _last(worked: Worked) -> Fraction | None:
    figures = worked.arithmetic.figures
    return figures[-1].value if figures else None


def _led_to(worked: Worked, value: Fraction) -> Iterator[Finding]:
    """`answer_in_working`, and `answer_last`: 1 the last result, 0.5 one before it, 0 none."""
    is_there = value in worked.said or value / 100 in worked.said or value * 100 in worked.said
    note = f"The working {'comes to' if is_there else 'never mentions'} {shown(value)}."
    yield Finding("answer_in_working", float(is_there), is_there, note)
    if not (equations := worked.arithmetic.equations):
        return
    if value in equations[-1].sides:
        yield Finding("answer_last", 1.0, True, "The answer is the last result.")
        return
    is_result = any(value in equation.sides for equation in equations)
    note = f"The last result is {shown(equations[-1].stated)}, the answer is {shown(value)}."
    yield Finding("answer_last", 0.5 if is_result else 0.0, is_result, note)


def _sort(worked: Worked, value: Fraction) -> Iterator[Finding]:
    """`answer_whole`: 1, also of what is seldom whole, 0.5 of an amount with two decimals at most,
    0; `answer_positive` and `answer_given`: 1 or 0; and `answer_scale`, the decimal logarithm of
    the answer over the largest given number: after a step or two they may well be near."""
    counts = bool(_COUNTS.search(worked.asked))
    note = f"{'How many are asked for' if counts else 'The answer'}: {shown(value)}."
    wholeness = 1.0 if not counts and _may_be_broken(worked, value) else _wholeness(value, counts)
    yield Finding("answer_whole", wholeness, value.denominator == 1 or not counts, note)
    is_positive = value > 0
    may_be = bool(_MAY_BE_NEGATIVE.search(worked.question))
    yield Finding("answer_positive", float(is_positive), is_positive or may_be, note)
    is_given = value in worked.values
    note = f"The answer, {shown(value)}, is {'' if is_given else 'not '}a number of the question."
    yield Finding("answer_given", float(is_given), not is_given, note)
    largest = max(map(abs, worked.values), default=Fraction(0))
    if value and largest:
        scale = _log(abs(value)) - _log(largest)
        note = f"The largest given number is {shown(largest)}, the answer {shown(value)}."
        if abs(scale) >= 1 or not _is_of_few_steps(worked):
            yield Finding("answer_scale", scale, True, note)


def _is_of_few_steps(worked: Worked) -> bool:
    return len(worked.question) <= _EVERYDAY and len(worked.given.figures) <= 3


def _may_be_broken(worked: Worked, value: Fraction) -> bool:
    """Whether a short question has decimals, a rate or money in it, or its sum comes out so."""
    question = worked.question
    if len(question) > _EVERYDAY or _AGE.search(question):
        return False
    return (
        any(given.denominator > 1 for given in worked.values)
        or bool(_SELDOM_WHOLE.search(question))
        or any(value in sum_.sides and sum_.holds for sum_ in worked.arithmetic.equations)
    )


def _wholeness(value: Fraction, counts: bool) -> float:
    if value.denominator == 1:
        return 1.0
    return 0.5 if not counts and (value * 100).denominator == 1 else 0.0


def _log(value: Fraction) -> float:
    return math.log10(value.numerator) - math.log10(value.denominator)
