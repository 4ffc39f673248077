"""Whether a draft's tool calls are the ones to make, and whether it rightly makes none."""

from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding


def calls(case: Case) -> Iterator[Finding]:
    """`tool_calls`: the share of them that name a tool and fit its schema."""
    if not case.calls:
        return
    faults = [call.error for call in case.calls if call.error]
    note = " ".join(faults) or "Every call names a tool and fits its schema."
    yield Finding("tool_calls", 1 - len(faults) / len(case.calls), not faults, note)


def calls_so_far(case: Case) -> Iterator[Finding]:
    return calls(case)
