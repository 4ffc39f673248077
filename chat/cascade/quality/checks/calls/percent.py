"""Whether a percentage is passed on in the form the tool wants: 5 or 0.05."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.calls.asked import Asked
from chat.cascade.quality.checks.calls.figures import figures
from chat.cascade.quality.checks.calls.made import Made, note_of
from chat.cascade.quality.checks.calls.words import plain

_PERCENT = re.compile(
    r"(\d{1,12}(?:[.,]\d{1,12})?) ?"
    r"(?:%|\uff05|\u066a|per ?cent\b|Prozent\b|por ciento\b|pour ?cent\b)"
)
_SAYS_PERCENT = re.compile(r"%|per ?cent|prozent|porcent|pourcent|por ciento|百分")


def percent(calls: Sequence[Made], asked: Asked) -> Iterator[Finding]:
    """`percent`: 1 if a rate of the message is passed on in the wrong form, else 0.

    A number is wanted as a fraction (0.05) unless the schema speaks of percent. An integer cannot
    be one.
    """
    rates = {
        rate for found in dict.fromkeys(_PERCENT.findall(asked.prompt)) for rate in _read(found)
    }
    passed = [
        (name, leaf, made.shapes.get(name, {}))
        for made in calls
        for name, leaves in made.leaves.items()
        for leaf in leaves
        if type(leaf) is float and (leaf in rates or round(100 * leaf, 9) in rates)
    ]
    if not passed:
        return
    wrong = [(name, leaf) for name, leaf, shape in passed if _is_wrong(name, leaf, shape, rates)]
    note = "Percentages are passed on in the form the tool wants."
    if wrong:
        name, leaf = wrong[0]
        form = "a fraction" if leaf in rates else "percent"
        note = f"{name} = {leaf:g}, and the tool seems to want {form}."
    yield Finding("percent", float(bool(wrong)), not wrong, note)


def _read(written: str) -> tuple[float, ...]:
    return next(iter(figures(written)), ())


def _is_wrong(name: str, leaf: float, shape: Mapping[str, Any], rates: set[float]) -> bool:
    wants_percent = bool(_SAYS_PERCENT.search(plain(f"{name} {note_of(shape)}")))
    if leaf in rates:
        return shape.get("type") == "number" and not wants_percent
    return wants_percent
