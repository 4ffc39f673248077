"""A draft that answers with a number: its sums done again, and its numbers held to the question's.

School problems are told in words, and there everything in the question is there to be used. Where
the question is written in formulas that is not so, and how hard it is says as much of the next
model as of this one: there only the working counts, under names of its own.
"""

from collections.abc import Callable, Iterator

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.numbers.answers import answers
from chat.cascade.quality.checks.numbers.givens import givens
from chat.cascade.quality.checks.numbers.pace import pace
from chat.cascade.quality.checks.numbers.solved import solved
from chat.cascade.quality.checks.numbers.sums import sums, wrong_sums
from chat.cascade.quality.checks.numbers.sureness import sureness
from chat.cascade.quality.checks.numbers.worked import Worked

_SCANS: tuple[Callable[[Worked], Iterator[Finding]], ...] = (sums, answers, givens, pace)
_IN_FORMULAS = frozenset(
    """
    sums_wrong results_unused operands_unexplained numbers_unexplained answer_whole
    answer_in_working corrections length_ratio figures
    """.split()
)
_NOT_IN_WORDS = frozenset(("length_ratio", "figures"))


def numbers(case: Case) -> Iterator[Finding]:
    worked = Worked.of(case)
    for finding in _found(case, worked):
        if worked.is_formal and finding.name in _IN_FORMULAS:
            yield finding._replace(name=f"formal_{finding.name}")
        elif not worked.is_formal and finding.name not in _NOT_IN_WORDS:
            yield finding
    yield from solved(worked)
    yield from sureness(case)


def _found(case: Case, worked: Worked) -> Iterator[Finding]:
    """A draft of one line leaves no working to look at, but maybe a sum."""
    if case.answer.marked == "whole":
        yield from answers(worked)
        yield from wrong_sums(case)
    else:
        for scan in _SCANS:
            yield from scan(worked)
