"""How long answers took: percentiles of many turns, without loading them."""

from dataclasses import dataclass

from django.db.models import Count, ExpressionWrapper, F, IntegerField, QuerySet

from chat.models import Turn
from chat.turns.state import TurnStatus

_STEP_MS = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """In ms, to a hundredth of a second; None where there is no time."""

    p50: int | None
    p95: int | None


def spread(turns: QuerySet[Turn], field: str) -> Spread:
    """Of the turns that were completed; `field` is a time in ms."""
    completed = turns.filter(status=TurnStatus.COMPLETED).exclude(**{field: None})
    hundredth = ExpressionWrapper(F(field) / _STEP_MS, IntegerField())
    counts = dict(completed.annotate(at=hundredth).values_list("at").annotate(n=Count("*")))
    return Spread(_part(counts, 0.5), _part(counts, 0.95))


def _part(counts: dict[int, int], share: float) -> int | None:
    left = share * sum(counts.values())
    for time in sorted(counts):
        left -= counts[time]
        if left <= 0:
            return time * _STEP_MS
    return None
