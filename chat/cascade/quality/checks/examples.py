"""Whether the code does what the question's own examples say, shown by running it.

Runs only in a sandbox; without one, and for languages other than Python, it finds nothing.
"""

from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.code.example import Example
from chat.cascade.quality.code.literal import value_of
from chat.cascade.quality.code.prediction import agrees, answer_said
from chat.cascade.quality.code.trial import Result, Trial, attempt

_SHOWN = 60
"""Characters of a call or value that a note quotes."""


def examples(case: Case) -> Iterator[Finding]:
    """`examples`: the share of them that hold. `prediction`: whether the given code comes to what
    the draft says, 0 or 1."""
    if case.sandbox is None:
        return
    if case.code.expression:
        yield from _prediction(case)
    elif case.code.examples and case.code.written:
        given = [block.source for block in case.code.given]
        written = [block.source for block in case.code.written]
        tried = attempt(case.sandbox, given + written, case.code.examples)
        if not tried.cannot_tell:
            yield Finding("examples", tried.share, tried.share == 1, _note(tried))


def _prediction(case: Case) -> Iterator[Finding]:
    call = case.code.expression
    said = answer_said(case.answer, case.draft, call)
    if said is None or case.sandbox is None:
        return
    given = [block.source for block in case.code.given]
    (result,) = attempt(case.sandbox, given, [Example(call)]).results
    if (value := value_of(result.said)) is None:
        return
    if agrees(said, value[0]):
        yield Finding(
            "prediction", 1.0, True, f"{_short(call)} gives {_short(result.said)}, as said."
        )
    else:
        note = f"{_short(call)} gives {_short(result.said)}, the draft says {_short(said)}."
        yield Finding("prediction", 0.0, False, note)


def _note(tried: Trial) -> str:
    failed = [result for result in tried.results if not result.holds]
    total = len(tried.results)
    if not failed:
        return f"{_counted(total, total)} of the question hold."
    return f"{_counted(len(failed), total)} of the question fail: {_shown(failed[0], tried.fault)}"


def _counted(number: int, total: int) -> str:
    return f"{number} of {total} example{'s' if total > 1 else ''}"


def _shown(result: Result, fault: str) -> str:
    example = result.example
    wanted = example.raises or repr(example.expected)
    if fault and result.said.startswith("NameError"):
        return f"the code does not run, {_short(fault)}."
    return f"{_short(example.call)} gives {_short(result.said)}, not {_short(wanted)}."


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
