"""A draft that makes no call that can run: is there a tool that it should have called?

People chat with tools attached all the time; where no tool fits, silence is right. It is wrong
where one fits and the message gives what it needs.
"""

import re
from collections.abc import Iterator

from chat.cascade.providers.base import ToolSpec
from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.calls.asked import Asked
from chat.cascade.quality.checks.calls.figures import spelled
from chat.cascade.quality.checks.calls.made import described, required_of, shapes_of
from chat.cascade.quality.checks.calls.pretence import acts, pretends
from chat.cascade.quality.checks.calls.relevance import fit

_MOST_TOOLS = 64
_BEGINNING = 200
_FITS = 0.6
_ASKS = re.compile(r"[?\uff1f\u061f][\s\"'\u201d\u2019)*_]{0,20}\Z")
_CALLED = re.compile(r"[\"']?\s{0,4}[({,\]]")


def silence(case: Case, asked: Asked) -> Iterator[Finding]:
    """`call_in_text`: 1 if the text begins with a call that was written and not made, else 0.

    `silence`: how well, 0 to 1, the best tool fits; half of it where the draft asks back, and 1
    where one fits and the draft tells of a deed, or states figures that nobody gave, and wherever
    it tells of a deed in the world that no tool has done.
    """
    if not case.calls:
        written = _written(case)
        note = f"Writes a call of {written} as text and makes none."
        yield Finding(
            "call_in_text",
            float(bool(written)),
            not written,
            note if written else "Writes no call as text.",
        )
    if case.goes_on:
        return
    if not _have_run(case) and (deed := acts(case.draft, asked)):
        yield Finding("silence", 1.0, False, deed)
        return
    tools = [t for t in case.tools[:_MOST_TOOLS] if asked.can_be_compared_with(described(t))]
    if not tools:
        return
    value, best = max((_needed(tool, asked), tool["name"]) for tool in tools)
    if not case.calls and _ASKS.search(case.draft[-_BEGINNING:]):
        value /= 2
    is_right = value < _FITS
    note = (
        "No tool fits the message." if is_right else f"{best} fits the message and is not called."
    )
    if not is_right and (pretended := pretends(case.draft, asked)):
        value, note = 1.0, f"{note} {pretended}"
    yield Finding("silence", value, is_right, note)


def _have_run(case: Case) -> bool:
    return bool(case.calls) or any(message["role"] == "tool" for message in case.history)


def _written(case: Case) -> str:
    beginning = case.draft.lstrip()[:_BEGINNING]
    for tool in case.tools[:_MOST_TOOLS]:
        at = beginning.find(name := tool["name"])
        if (
            at >= 0
            and name
            and _CALLED.match(beginning, at + len(name))
            and not beginning[at - 1 : at].isalnum()
        ):
            return name
    return ""


def _needed(tool: ToolSpec, asked: Asked) -> float:
    """How well it fits, less where it needs more numbers than the message gives."""
    shapes, required = shapes_of(tool), required_of(tool)
    wanted = sum(shapes.get(name, {}).get("type") in ("integer", "number") for name in required)
    given = len(asked.numbers) + sum(1 for _ in spelled(asked.prompt))
    return fit(tool, asked) * (min(1.0, given / wanted) if wanted else 1.0)
