"""The sums of a draft: done again, and followed from the question's numbers to the answer."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from chat.cascade.quality.arithmetic import Equation, read_arithmetic
from chat.cascade.quality.case import Case, Finding, excerpt
from chat.cascade.quality.checks.numbers.givens import worded
from chat.cascade.quality.checks.numbers.worked import LONGEST, Worked, shown

_MOST = 5
_COMMON = frozenset(
    {Fraction(n) for n in (0, 1, 2, 3, 4, 7, 10, 12, 24, 30, 52, 60, 100, 365, 1000)}
    | {Fraction(1, 2), Fraction(1, 100)}
)
"""What everybody brings along: days of a week, hours, months, percents."""


def sums(worked: Worked) -> Iterator[Finding]:
    equations = worked.arithmetic.equations
    yield from _wrong([*equations, *worked.annotations.equations])
    count = len(equations)
    yield Finding("sums", min(12, count), True, f"{count} sums are written out.")
    if equations:
        yield _unused(worked, equations)
        yield _operands(worked, equations)
    yield _numbers(worked, equations)


def wrong_sums(case: Case) -> Iterator[Finding]:
    """`sums_wrong` where one is: that sums come out right says little of a line or of prose.

    In a longer draft none beside tools, and else only those that take up a number of the question:
    what an essay reckons for itself is an estimate. A sum that the question writes down is the
    question's.
    """
    equations = read_arithmetic(excerpt(case.draft, LONGEST)).equations
    if all(equation.holds is not False for equation in equations):
        return
    asked = read_arithmetic(excerpt(case.prompt, LONGEST))
    given = {figure.value for figure in asked.figures}
    quoted = {_meaning(equation) for equation in asked.equations}
    is_line = case.answer.marked == "whole"
    if case.tools and not is_line:
        return
    own = [
        equation
        for equation in equations
        if _meaning(equation) not in quoted and (is_line or not given.isdisjoint(equation.operands))
    ]
    yield from (finding for finding in _wrong(own) if not finding.passed)


def _meaning(equation: Equation) -> tuple[object, ...]:
    return equation.operands, equation.signs, equation.sides


def _wrong(equations: Sequence[Equation]) -> Iterator[Finding]:
    """`sums_wrong`: how many, to 3. Those that units or rounding may explain are not counted."""
    if not equations:
        return
    wrong = [e for e in equations if e.holds is False]
    if wrong:
        first = wrong[0]
        note = f"“{first.text}” is wrong: it is {shown(first.computed)}."
    else:
        note = "Every sum that can be done again comes out the same."
    yield Finding("sums_wrong", min(3, len(wrong)), not wrong, note)


def _unused(worked: Worked, equations: Sequence[Equation]) -> Finding:
    """`results_unused`: computed, and neither gone on with nor the answer."""
    final = _answer(worked, equations)
    needed: set[Fraction] = {final}
    unused = []
    for equation in reversed(equations):
        if equation.stated not in needed:
            unused.append(equation.stated)
        needed.update(equation.operands)
        needed.add(equation.left)
    note = "Every result is gone on with."
    if unused:
        note = f"{shown(unused[-1])} is computed and then not used."
    return Finding("results_unused", min(_MOST, len(unused)), len(unused) < 2, note)


def _answer(worked: Worked, equations: Sequence[Equation]) -> Fraction:
    return worked.final.value if worked.final else equations[-1].stated


def _operands(worked: Worked, equations: Sequence[Equation]) -> Finding:
    """`operands_unexplained`: neither in the question nor computed before, nor known to all."""
    known, strange = _explained(worked), []
    for equation in equations:
        strange += [operand for operand in equation.operands if operand not in known]
        known.update(equation.sides)
    note = "Every number that is calculated with has an origin."
    if strange:
        note = f"{shown(strange[0])} is calculated with and comes from nowhere."
    return Finding("operands_unexplained", min(_MOST, len(strange)), not strange, note)


def _numbers(worked: Worked, equations: Sequence[Equation]) -> Finding:
    """`numbers_unexplained`: stated in the working, and neither given nor part of a sum."""
    known = _explained(worked)
    for equation in equations:
        known.update((*equation.operands, *equation.sides))
    stray = [f.value for f in worked.arithmetic.figures if f.value not in known]
    count = len(set(stray))
    note = "Every number of the working is given or computed."
    if count:
        note = f"{shown(stray[0])} is stated without a sum that leads to it."
    return Finding("numbers_unexplained", min(_MOST, count), count < 2, note)


def _explained(worked: Worked) -> set[Fraction]:
    known = set(_COMMON | worked.earlier | worded(worked.question))
    for value in worked.values:
        share = value / 100
        known.update((value, share, 1 - share, 1 + share, 100 - value, 100 + value))
    return known
