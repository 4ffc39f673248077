"""How long answers took: percentiles of many turns, without loading them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, ExpressionWrapper, F, IntegerField, QuerySet
from django.utils.translation import gettext_lazy as _

from chat.models import Turn
from chat.turns.state import TurnStatus

STEP_MS = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """In ms, to a hundredth of a second; None where there is no time."""

    p50: int | None
    p95: int | None


PATHS = {True: _("Draft accepted"), False: _("Switched"), None: _("Direct")}
"""By whether a draft was accepted."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """Of all turns, and of those of each path, by its words; paths nobody took are left out."""

    in_all: Spread
    by_path: Mapping[str, Spread]


def spreads(turns: QuerySet[Turn], field: str) -> Spreads:
    """Of the turns that were completed; `field` is a time in ms. One query."""
    completed = turns.filter(status=TurnStatus.COMPLETED).exclude(**{field: None})
    hundredth = ExpressionWrapper(F(field) / STEP_MS, IntegerField())
    rows = completed.annotate(at=hundredth).values_list("draft_accepted", "at")
    in_all: Counter[int] = Counter()
    by_path: dict[bool | None, Counter[int]] = {accepted: Counter() for accepted in PATHS}
    for accepted, at, count in rows.annotate(n=Count("*")):
        in_all[at] += count
        by_path[accepted][at] += count
    taken = {
        str(PATHS[accepted]): _spread(counts) for accepted, counts in by_path.items() if counts
    }
    return Spreads(_spread(in_all), taken)


def _spread(counts: Mapping[int, int]) -> Spread:
    return Spread(percentile(counts, 0.5), percentile(counts, 0.95))


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The time that this share of them stayed below, in ms; `counts` are by steps of it."""
    left = share * sum(counts.values())
    for time in sorted(counts):
        left -= counts[time]
        if left <= 0:
            return time * STEP_MS
    return None
