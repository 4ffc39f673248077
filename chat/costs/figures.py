"""The figures of turns: in all, and by what they are grouped."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any, Self

from django.db.models import Count, Q, QuerySet

from chat.costs.money import total, usd
from chat.models import Turn
from chat.turns.state import TurnStatus

_COMPLETED = Q(status=TurnStatus.COMPLETED)
_COMPARED = Q(saved_usd__isnull=False)

# Filters are few and short: each is weighed for each of what may be a million rows.
SUMS = {
    "turns": Count("*"),
    "unpriced": Count("created_at", filter=Q(total_usd=None)),
    "unsure": Count("created_at", filter=Q(exactness__in=["estimated", "partial"])),
    "drafted": Count("draft_accepted", filter=_COMPLETED),
    "accepted": Count("created_at", filter=Q(draft_accepted=True) & _COMPLETED),
    "compared": Count("saved_usd"),
    "only_draft_known": Count("only_draft_usd"),
    "spent": total("total_usd"),
    "compared_spent": total("total_usd", _COMPARED),
    "baseline": total("baseline_usd"),
    "only_draft": total("only_draft_usd"),
    "kept_drafts": total("total_usd", Q(draft_accepted=True) & _COMPARED),
    "set_aside": total("saved_usd", Q(draft_accepted=False)),
    "drafted_baseline": total("baseline_usd", Q(draft_accepted__isnull=False)),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of turns, and sums in units of `chat.costs.money`.

    Compared are turns that were completed and whose prices are known; only they have a baseline and
    can have saved anything. Drafted are those completed for which a draft was asked.
    """

    turns: int = 0
    unpriced: int = 0
    unsure: int = 0
    drafted: int = 0
    accepted: int = 0
    compared: int = 0
    only_draft_known: int = 0
    spent: int = 0
    compared_spent: int = 0
    baseline: int = 0
    only_draft: int = 0
    kept_drafts: int = 0
    set_aside: int = 0
    drafted_baseline: int = 0

    @classmethod
    def read(cls, row: dict[str, Any]) -> Self:
        return cls(**{name: int(row[name] or 0) for name in SUMS})

    @classmethod
    def of(cls, turns: QuerySet[Turn]) -> Self:
        return cls.read(turns.aggregate(**SUMS))

    @classmethod
    def sum(cls, parts: Iterable["Figures"]) -> Self:
        columns = list(zip(*(astuple(part) for part in parts), strict=True))
        return cls(*(sum(column) for column in columns))

    @property
    def spent_usd(self) -> Decimal:
        return usd(self.spent)

    @property
    def compared_usd(self) -> Decimal:
        return usd(self.compared_spent)

    @property
    def baseline_usd(self) -> Decimal:
        """What the last models alone would have cost in the turns that are compared."""
        return usd(self.baseline)

    @property
    def only_draft_usd(self) -> Decimal:
        return usd(self.only_draft)

    @property
    def saved_usd(self) -> Decimal:
        """Below zero it is overhead."""
        return usd(self.baseline - self.compared_spent)

    @property
    def saved_share(self) -> float | None:
        """Of the baseline."""
        return (self.baseline - self.compared_spent) / self.baseline if self.baseline else None

    @property
    def acceptance(self) -> float | None:
        """The share of drafts that was kept, 0 to 1."""
        return self.accepted / self.drafted if self.drafted else None

    @property
    def break_even(self) -> float | None:
        """The acceptance below which drafts cost more than they save: what a draft costs over what
        the last model does, in the turns that asked for a draft.

        A turn whose draft was set aside has overhead of just that draft.
        """
        drafts = self.kept_drafts - self.set_aside
        return drafts / self.drafted_baseline if self.drafted_baseline else None

    @property
    def exactness(self) -> str:
        if self.turns and self.unpriced == self.turns:
            return "unknown"
        return "estimated" if self.unsure else "exact"


def grouped(turns: QuerySet[Turn], *by: str) -> QuerySet[Any, dict[str, Any]]:
    """A row of sums for each value of `by`, for `Figures.read`."""
    rows: QuerySet[Any, dict[str, Any]] = turns.values(*by).annotate(**SUMS)
    return rows
