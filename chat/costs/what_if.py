"""A period under another cascade or other prices: its tokens, priced anew.

Decisions stay as they were. Where a model is another, its tokenizer and its verbosity would be too,
so such a sum is an estimate; the same models at other prices are exact where usage was reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Q, Sum, When

from chat.cascade.pricing import Prices, Usage
from chat.cascade.streaming.events import Exactness
from chat.costs.groups import TOKENS
from chat.costs.money import total, units, usd
from chat.costs.selection import Selection
from chat.costs.tables import money
from chat.models import ASKED_A_DRAFT_ALONE, Turn


@dataclass(frozen=True, slots=True)
class Model:
    """`prices` None: not known."""

    name: str
    prices: Prices | None


@dataclass(frozen=True, slots=True)
class Repriced:
    """Attempts of one model in one role, and what another would have cost on their tokens.

    `spent` is as far as prices were known, not so of `unpriced` attempts, and `is_unsure` where
    tokens were estimated. `then` is of all attempts, None where its price is not known; `is_exact`
    is of it. Both are units of `chat.costs.money`.
    """

    role: str
    model: str
    then_model: str
    attempts: int
    input_tokens: int
    output_tokens: int
    spent: int
    then: int | None
    is_exact: bool
    unpriced: int = 0
    is_unsure: bool = False

    @property
    def exactness(self) -> Exactness:
        """Of what was spent."""
        if self.attempts and self.attempts == self.unpriced:
            return "unknown"
        return "estimated" if self.is_unsure else "exact"

    @property
    def spent_usd(self) -> Decimal:
        return usd(self.spent)

    @property
    def then_usd(self) -> Decimal | None:
        return None if self.then is None else usd(self.then)

    @property
    def difference_usd(self) -> Decimal | None:
        """None where either is not known of all attempts."""
        return None if self.then is None or self.unpriced else usd(self.then - self.spent)


def reprice(selection: Selection, draft: Model, last: Model) -> list[Repriced]:
    """Drafts, and answers for which a first model alone was asked, as `draft` would have written
    them; all other attempts as `last`."""
    found: dict[tuple[str, str, str], list[Repriced]] = {}
    for above in _tiers(draft.prices, last.prices):
        for part in _part(selection, above, draft, last):
            found.setdefault((part.role, part.model, part.then_model), []).append(part)
    return [_joined(parts) for _, parts in sorted(found.items())]


def in_all(rows: Sequence[Repriced]) -> Repriced:
    return _joined(rows, role="in all", model="", then_model="")


Range = tuple[int, int | None]


def _tiers(*prices: Prices | None) -> list[Range]:
    """Sizes of requests between which no price changes: more than the first, at most the second."""
    steps = sorted({above for known in prices if known for above, _ in known.tiers})
    return list(zip([-1, *steps], [*steps, None], strict=True))


def _part(selection: Selection, size: Range, draft: Model, last: Model) -> list[Repriced]:
    above, most = size
    fits = Q(input_tokens__gt=above) & (Q(input_tokens__lte=most) if most is not None else Q())
    unsure = Q(counted_by="estimate") | Q(exactness__in=["estimated", "partial"])
    alone = When(turn__in=Turn.objects.filter(ASKED_A_DRAFT_ALONE).order_by(), then=True)
    rows: Any = selection.attempts().filter(fits)  # of any columns
    rows = rows.values("role", "model", alone=Case(alone, default=False)).annotate(
        attempts=Count("*"),
        unsure=Count("role", filter=unsure),
        unpriced=Count("role", filter=Q(cost_usd=None)),
        spent=total("cost_usd"),
        **{f"{kind}_tokens": Sum(f"{kind}_tokens") for kind in TOKENS},
    )
    found = []
    for row in rows:
        then = draft if row["role"] == "draft" or row["alone"] else last
        usage = Usage(**{kind: row[f"{kind}_tokens"] for kind in TOKENS})
        prices = then.prices.of(above + 1) if then.prices else None
        found.append(
            Repriced(
                role=row["role"],
                model=row["model"],
                then_model=then.name,
                attempts=row["attempts"],
                input_tokens=usage.input,
                output_tokens=usage.output,
                spent=int(row["spent"] or 0),
                then=None if prices is None else units(_alone(prices).cost(usage)),
                is_exact=then.name == row["model"] and not row["unsure"],
                unpriced=row["unpriced"],
                is_unsure=row["unsure"] > 0,
            )
        )
    return found


def plain(row: Repriced) -> dict[str, str | int | bool | None]:
    """For programs."""
    return {
        "role": row.role,
        "model": row.model,
        "then_model": row.then_model,
        "attempts": row.attempts,
        "unpriced": row.unpriced,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "spent_usd": money(row.spent_usd),
        "then_usd": money(row.then_usd),
        "is_exact": row.is_exact,
    }


def _alone(prices: Prices) -> Prices:
    """Without tiers: tokens of many requests are no long request."""
    return replace(prices, tiers=())


def _joined(rows: Sequence[Repriced], **named: str) -> Repriced:
    thens = [row.then for row in rows]
    first = rows[0] if rows else Repriced("", "", "", 0, 0, 0, 0, 0, True)
    return Repriced(
        role=named.get("role", first.role),
        model=named.get("model", first.model),
        then_model=named.get("then_model", first.then_model),
        attempts=sum(row.attempts for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        spent=sum(row.spent for row in rows),
        then=None if None in thens else sum(then or 0 for then in thens),
        is_exact=all(row.is_exact for row in rows),
        unpriced=sum(row.unpriced for row in rows),
        is_unsure=any(row.is_unsure for row in rows),
    )


COLUMNS = tuple(plain(in_all([])))
