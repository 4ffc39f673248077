"""Figures as coordinates, for SVG in templates. Widths are 100; strings, so that no locale changes
their points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chat.costs.explorer import STEPS, Bin
from chat.costs.figures import Figures
from chat.costs.groups import ConversationGroup, Group
from chat.costs.latency import Spread, Spreads


@dataclass(frozen=True, slots=True)
class Bullet:
    """Spent as a bar, the draft's and the last model's cost alone as ticks; None where unknown."""

    bar: str
    draft: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of the histogram: drafts kept, and on top of them those set aside."""

    x: str
    y: str
    height: str
    accepted: bool


def bullet(figures: Figures, most: int) -> Bullet:
    """`most` is the longest of the bars beside it, in the units of `figures`."""
    compared = figures.compared > 0
    return Bullet(
        bar=_at(figures.compared_spent if compared else figures.spent, most),
        draft=_at(figures.only_draft, most) if compared else None,
        last=_at(figures.baseline, most) if compared else None,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """From what half of the times stay below to what 95 % do; None where there is no time."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class PathTimes:
    """A path's times to the first text and to the end, as figures and as spans of one scale."""

    name: str
    first: Spread
    end: Spread
    first_span: Span | None
    end_span: Span | None


def paths(first: Spreads, end: Spreads) -> list[PathTimes]:
    most = max((spread.p95 or 0 for spread in end.by_path.values()), default=0)
    none = Spread(None, None)
    return [
        PathTimes(name, early, late, _span(early, most), _span(late, most))
        for name, late in end.by_path.items()
        for early in [first.by_path.get(name, none)]
    ]


def _span(spread: Spread, most: int) -> Span | None:
    if spread.p50 is None or spread.p95 is None or not most:
        return None
    begin, end = spread.p50 * 98 / most, spread.p95 * 98 / most
    return Span(f"{begin:.2f}", f"{max(end - begin, 2.0):.2f}")


def longest(groups: Sequence[Group | ConversationGroup]) -> int:
    found = [group.figures for group in groups]
    return max((max(f.spent, f.baseline, f.only_draft) for f in found), default=0)


def spark(values: Sequence[int]) -> str:
    """Points of a line in a box of 100 by 24, with room for its stroke."""
    return line([*enumerate(values)], max(values, default=0), height=24)


def line(course: Sequence[tuple[int, int]], most: int, *, height: int) -> str:
    """Of points (across, up), the first at 0, from left to right."""
    if len(course) < 2:
        return ""
    room = height - 2
    last, _ = course[-1]
    return " ".join(
        f"{at * 100 / last:.2f},{1 + room - (room * value / most if most else 0):.2f}"
        for at, value in course
    )


def adding_up(days: Sequence[Group]) -> dict[str, str]:
    """What was spent and the two baselines, from day to day, in one box of 100 by 40.

    A day's sum is reached at its end; where no turn was begun the course is level.
    """
    courses = {"compared_spent": [(0, 0)], "baseline": [(0, 0)], "only_draft": [(0, 0)]}
    first = date.fromisoformat(days[0].name)
    for day in days:
        begins = (date.fromisoformat(day.name) - first).days
        for column, course in courses.items():
            at, sum_before = course[-1]
            if at < begins:
                course.append((begins, sum_before))
            course.append((begins + 1, sum_before + getattr(day.figures, column)))
    most = max(course[-1][1] for course in courses.values())
    return {column: line(course, most, height=40) for column, course in courses.items()}


def histogram(bins: Sequence[Bin]) -> list[Bar]:
    """Scores from 0 to 1 in 50 columns, in a box of 100 by 40."""
    counts = [[0, 0] for _ in range(50)]
    for bin in bins:
        counts[min(bin.at * 50 // STEPS, 49)][bin.accepted] += bin.turns
    most = max((sum(column) for column in counts), default=0)
    bars = []
    for at, (aside, kept) in enumerate(counts):
        for accepted, count, below in ((True, kept, 0), (False, aside, kept)):
            if count:
                height, base = 38 * count / most, 38 * below / most
                y = 40 - base - height
                bars.append(Bar(f"{at * 2 + 0.2:.1f}", f"{y:.2f}", f"{height:.2f}", accepted))
    return bars


def _at(amount: int, most: int) -> str:
    return f"{max(0.0, amount * 100 / most):.2f}" if most > 0 else "0"
