"""What was measured: tables for people, figures beside what is aimed at, and data."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the bar. `aim` is the most that is wanted, or the least."""

    measure: str
    value: float
    aim: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_reached(self) -> bool:
        return self.value >= self.aim if self.at_least else self.value <= self.aim


@dataclass(frozen=True, slots=True)
class Part:
    """One thing measured. `data` is all that was seen, as JSON has it."""

    title: str
    table: str
    figures: list[Figure] = field(default_factory=list)
    data: Any = None

    def as_data(self) -> dict[str, Any]:
        figures = [asdict(one) | {"is_reached": one.is_reached} for one in self.figures]
        return {"title": self.title, "figures": figures, "data": self.data}


def grid(head: str, rows: Sequence[Sequence[object]]) -> str:
    """Columns, the first to the left; `head` has its words divided by `|`."""
    texts = [[word.strip() for word in head.split("|")], *([*map(_text, row)] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in texts
    )


def _text(value: object) -> str:
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def bar(figures: Sequence[Figure]) -> str:
    rows = [
        (
            one.measure,
            f"{_text(float(one.value))}{one.unit}",
            f"{'at least' if one.at_least else 'at most'} {_text(float(one.aim))}{one.unit}",
            "reached" if one.is_reached else "missed",
        )
        for one in figures
    ]
    return grid("measure|here|aim|", rows)


def part_of(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float]) -> float:
    """From the least to the most, of the median."""
    return (max(values) - min(values)) / statistics.median(values)
