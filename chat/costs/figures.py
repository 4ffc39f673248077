"""The figures of turns: in all, and by what they are grouped."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any, Self

from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet

from chat.costs.money import total, usd
from chat.models import Turn
from chat.turns.state import TurnStatus

_COMPLETED = Q(status=TurnStatus.COMPLETED)
_COMPARED = Q(saved_usd__isnull=False)
_UNDRAFTED = Q(draft_accepted=None)

# Each is worked out for each of what may be a million rows: so filters are short, and pass the few
# where the rest can be had by subtraction.
SUMS = {
    "turns": Count("*"),
    "unpriced": Count("created_at", filter=Q(total_usd=None)),
    "unsure": Count("created_at", filter=Q(exactness__in=["estimated", "partial"])),
    "drafted": Count("draft_accepted", filter=_COMPLETED),
    "accepted": Count("created_at", filter=Q(draft_accepted=True) & _COMPLETED),
    "compared": Count("saved_usd"),
    "only_draft_known": Count("only_draft_usd", filter=_COMPARED),
    "spent": total("total_usd"),
    "not_compared": total("total_usd", Q(saved_usd=None)),
    "baseline": total("baseline_usd", _COMPARED),
    "only_draft": total("only_draft_usd", _COMPARED),
    "undrafted_spent": total("total_usd", _UNDRAFTED & _COMPARED),
    "undrafted_baseline": total("baseline_usd", _UNDRAFTED & _COMPARED),
    "set_aside_baseline": total("baseline_usd", Q(draft_accepted=False) & _COMPARED),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of turns, and sums in units of `chat.costs.money`.

    Compared are turns that were completed and whose prices are all known; only they can have saved
    anything, and only their baselines are summed. Drafted are those completed for which a draft was
    asked.
    """

    turns: int = 0
    unpriced: int = 0
    unsure: int = 0
    drafted: int = 0
    accepted: int = 0
    compared: int = 0
    only_draft_known: int = 0
    spent: int = 0
    not_compared: int = 0
    baseline: int = 0
    only_draft: int = 0
    undrafted_spent: int = 0
    undrafted_baseline: int = 0
    set_aside_baseline: int = 0

    @classmethod
    def read(cls, row: dict[str, Any], suffix: str = "") -> Self:
        return cls(**{name: int(row[f"{name}{suffix}"] or 0) for name in SUMS})

    @classmethod
    def of(cls, turns: QuerySet[Turn]) -> Self:
        return cls.read(turns.aggregate(**SUMS))

    @classmethod
    def sum(cls, parts: Iterable["Figures"]) -> Self:
        columns = list(zip(*(astuple(part) for part in parts), strict=True))
        return cls(*(sum(column) for column in columns))

    @property
    def compared_spent(self) -> int:
        return self.spent - self.not_compared

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

        Of a turn whose draft was set aside, the baseline is all but the draft.
        """
        drafts = self.compared_spent - self.undrafted_spent - self.set_aside_baseline
        last = self.baseline - self.undrafted_baseline
        return drafts / last if last else None

    @property
    def exactness(self) -> str:
        if self.turns and self.unpriced == self.turns:
            return "unknown"
        return "estimated" if self.unsure else "exact"


Rows = QuerySet[Any, dict[str, Any]]


def grouped(turns: QuerySet[Turn], *by: str) -> Rows:
    """A row of sums for each value of `by`, for `Figures.read`."""
    rows: Rows = turns.values(*by).annotate(**SUMS)
    return rows


IN_ALL = "_in_all"


class _InAll(Func):
    template = "SUM(%(expressions)s) OVER ()"
    output_field = BigIntegerField()


def with_all(rows: Rows) -> Rows:
    """Rows of `grouped` that each tell the figures of all groups as well, under names that end in
    `IN_ALL`: the turns are walked once for a page of groups and for what they come to."""
    found: Rows = rows.annotate(**{f"{name}{IN_ALL}": _InAll(F(name)) for name in SUMS})
    return found
