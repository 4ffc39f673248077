"""Whether a draft's tool calls are the ones to make, and whether it rightly makes none.

A call must fit its tool's schema; what it passes on must come from the conversation; the calls
together must take up what was asked; the tool must be for it. Compared are words and numbers, in
any language: where message and tools are in two, no words are compared.
"""

from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.calls.asked import Asked
from chat.cascade.quality.checks.calls.coverage import coverage
from chat.cascade.quality.checks.calls.grounding import grounding
from chat.cascade.quality.checks.calls.made import made_of
from chat.cascade.quality.checks.calls.percent import percent
from chat.cascade.quality.checks.calls.relevance import relevance
from chat.cascade.quality.checks.calls.silence import silence


def calls(case: Case) -> Iterator[Finding]:
    """`tool_calls`: the share of the calls that name a tool and fit its schema.

    Only where all of them do is there more to judge; a draft without calls, or with one that
    cannot run, is judged by whether a call was needed. After a first round of calls nobody can
    say what is left to do.
    """
    asked = Asked.of(case)
    yield from calls_so_far(case)
    if not case.calls or any(call.error for call in case.calls):
        yield from silence(case, asked)
        return
    made = made_of(case)
    yield from grounding(made, asked)
    yield from percent(made, asked)
    if not case.goes_on:
        yield from coverage(made, asked)
        yield from relevance(case, made, asked)


def calls_so_far(case: Case) -> Iterator[Finding]:
    """What holds of calls already before the draft has ended."""
    if not case.calls:
        return
    faults = [call.error for call in case.calls if call.error]
    note = " ".join(faults) or "Every call names a tool and fits its schema."
    yield Finding("tool_calls", 1 - len(faults) / len(case.calls), not faults, note)
