"""The answer of a draft: there, marked, led to by the working, and of the sort that was asked."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.fact import NUMBER
from chat.cascade.quality.checks.numbers.worked import Worked, shown

_COUNTS = re.compile(
    r"(?i)\bhow many\b|\bwie ?viele\b|\bcu[aá]nt[oa]s\b|\bcombien de\b|多少|几|كم عدد"
)
_MEASURED = re.compile(
    r"(?i)(?:\bhow many|\bwie ?viele?|\bcu[aá]nt[oa]s|\bcombien d(?:e |['\u2019])|多少|几|كم) ?"
    r"(?:(?:square|cubic|nautical|quadrat|kubik)[ -]?)?(?:(?:kilo|centi|mill?i|de[ck]a)?"
    r"(?:miles?|met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|hours?|minutes?|seconds?|days?|weeks?"
    r"|months?|years?|lit(?:er|re)s?|gallons?|pints?|cups?|spoons?|ounces?|grams?|pounds?|tons?"
    r"|acres?|hectares?|degrees?|calories"
    r"|meilen?|metern?|stunden?|minuten?|sekunden?|tagen?|wochen?|monaten?|jahren?|litern?|gramm"
    r"|pfund|tonnen?|grad|fuß|zoll|hektar"
    r"|millas|metros|horas|minutos|segundos|d[ií]as|semanas|meses|años|litros|gramos|libras"
    r"|toneladas|pies|pulgadas|grados"
    r"|milles|mètres|heures|secondes|jours|semaines|mois|années|grammes|livres|tonnes|pieds|pouces"
    r"|degrés)\b|(?:平方|立方)?(?:公里|千米|英里|米|厘米|小时|分钟|秒|天|周|年|升|克|公斤|千克|吨|度)"
    r"|(?:كيلو|ميل|متر|ساعة|دقيقة|ثانية|يوم|أسبوع|شهر|سنة|لتر|غرام|طن|درجة))"
    r"|(?:等于|是)(?:多少|几)|كم (?:يساوي|تساوي)"
)
"""What can be parted, as hours can and apples cannot, and what a sum itself comes to."""
_AGE = re.compile(r"(?i)\bhow old\b|\bwie alt\b")
_LONGEST_WORD = 40
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
    """`answer_marked`: 1 or 0; of a short answer with a word for a number nothing can be said."""
    final, said = worked.final, worked.answer.text
    if final or len(said) > _LONGEST_WORD or not NUMBER.search(said):
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
    counts = bool(_COUNTS.search(worked.asked)) and not _is_measured(worked)
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


def _is_measured(worked: Worked) -> bool:
    return len(worked.question) <= _EVERYDAY and bool(_MEASURED.search(worked.asked))


def _may_be_broken(worked: Worked, value: Fraction) -> bool:
    """Whether a short question has decimals, a rate or money in it, or its sum comes out so."""
    question = worked.question
    if len(question) > _EVERYDAY or _AGE.search(question):
        return False
    return (
        any(given.denominator > 1 for given in worked.values)
        or bool(_SELDOM_WHOLE.search(question))
        or _is_measured(worked)
        or any(value in sum_.sides and sum_.holds for sum_ in worked.arithmetic.equations)
    )


def _wholeness(value: Fraction, counts: bool) -> float:
    if value.denominator == 1:
        return 1.0
    return 0.5 if not counts and (value * 100).denominator == 1 else 0.0


def _log(value: Fraction) -> float:
    return math.log10(value.numerator) - math.log10(value.denominator)
