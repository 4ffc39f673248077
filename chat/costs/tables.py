"""Every table as rows of plain values, for programs and spreadsheets: lossless, in any number.

Money is decimal text with every digit that is stored. Rows come in pages, each read on its own, so
that a million of them need no more memory than a page.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from chat.costs import explorer, groups
from chat.costs.figures import Figures
from chat.costs.money import usd
from chat.costs.selection import Selection

PAGE = 1_000

Value = str | int | float | bool | None
Row = dict[str, Value]
Pages = Iterator[list[Row]]

_MONEY = ("spent", "compared_spent", "baseline", "only_draft")
_COUNTS = ("turns", "unpriced", "unsure", "drafted", "accepted", "compared", "only_draft_known")


def money(amount_usd: Decimal | None) -> str | None:
    return None if amount_usd is None else f"{amount_usd:.10f}"


def figures(found: Figures) -> Row:
    row: Row = {name: getattr(found, name) for name in _COUNTS}
    row |= {f"{name}_usd": money(usd(getattr(found, name))) for name in _MONEY}
    return row | {"saved_usd": money(found.saved_usd), "acceptance": found.acceptance}


def conversations(selection: Selection) -> Pages:
    after = None
    while page := groups.conversations(selection, after=after, most=PAGE):
        yield [
            {
                "conversation": str(group.id),
                "title": group.title,
                "user": group.username,
                "last_used": group.last_used.isoformat(),
                **figures(group.figures),
            }
            for group in page
        ]
        after = page[-1].id


def _by(name: str) -> Callable[[Selection], Pages]:
    def pages(selection: Selection) -> Pages:
        found = groups.GROUPINGS[name](selection)
        yield [{name: group.name, **figures(group.figures)} for group in found]

    return pages


def models(selection: Selection) -> Pages:
    """With what was spent beside the turns: shadow checks, titles, and deleted conversations."""
    for of, attempts in (("turns", selection.attempts()), ("beside", selection.beside())):
        yield [
            {"of": of, **_plain(group), "spent_usd": money(group.spent_usd)}
            for group in groups.models(attempts)
        ]


def _plain(group: groups.ModelGroup) -> Row:
    names = [column.name for column in fields(group) if column.name != "spent"]
    return {name: getattr(group, name) for name in names}


_TURN = (
    "status",
    "strategy",
    "complexity",
    "cascade__name",
    "draft_accepted",
    "draft_score",
    "answered_by",
    "total_usd",
    "baseline_usd",
    "only_draft_usd",
    "saved_usd",
    "exactness",
    "first_token_ms",
    "latency_ms",
)
_ATTEMPT = (
    "turn",
    "turn__conversation",
    "user__username",
    "number",
    "role",
    "provider",
    "model",
    "status",
    "settled",
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "counted_by",
    "prices",
    "cost_usd",
    "exactness",
    "finish",
    "first_token_ms",
    "latency_ms",
)


def turns(selection: Selection) -> Pages:
    names = ("conversation", "conversation__user__username", *_TURN)
    return _pages(selection.turns(), names)


def attempts(selection: Selection) -> Pages:
    """The ledger itself; shadow checks and titles among them have the role that says so."""
    yield from _pages(selection.attempts(), _ATTEMPT)
    yield from _pages(selection.beside(), _ATTEMPT)


def changes(selection: Selection, threshold: int) -> Pages:
    return _pages(explorer.would_change(selection, threshold).order_by(), ("conversation", *_TURN))


def _pages(rows: QuerySet[Any], names: tuple[str, ...]) -> Pages:
    """In the order of their making, each page after the last row of the one before."""
    ordered = rows.order_by("created_at", "id").values("created_at", "id", *names)
    after = Q()
    while page := list(ordered.filter(after)[:PAGE]):
        yield [_readable(row) for row in page]
        last = page[-1]
        after = Q(created_at__gt=last["created_at"]) | Q(
            created_at=last["created_at"], id__gt=last["id"]
        )


def _readable(row: dict[str, Any]) -> Row:
    return {_NAMES.get(name, name): _value(value) for name, value in row.items()}


_NAMES = {
    "cascade__name": "cascade",
    "turn__conversation": "conversation",
    "user__username": "user",
    "conversation__user__username": "user",
}


def _value(value: Any) -> Any:
    match value:
        case Decimal():
            return money(value)
        case None | str() | bool() | int() | float():
            return value
        case dict():
            return json.dumps(value, sort_keys=True)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@dataclass(frozen=True, slots=True)
class Table:
    """`pages` gives its rows; the columns are those of `columns`, also where there is no row."""

    columns: tuple[str, ...]
    pages: Callable[[Selection], Pages]


_FIGURES = tuple(figures(Figures()))


def _columns(*names: str) -> tuple[str, ...]:
    return tuple(_NAMES.get(name, name) for name in names)


TABLES: dict[str, Table] = {
    "conversations": Table(
        ("conversation", "title", "user", "last_used", *_FIGURES), conversations
    ),
    "model": Table(
        ("of", *(f.name for f in fields(groups.ModelGroup) if f.name != "spent"), "spent_usd"),
        models,
    ),
    **{name: Table((name, *_FIGURES), _by(name)) for name in groups.GROUPINGS},
    "turns": Table(
        _columns("created_at", "id", "conversation", "conversation__user__username", *_TURN), turns
    ),
    "attempts": Table(_columns("created_at", "id", *_ATTEMPT), attempts),
}
CHANGES = _columns("created_at", "id", "conversation", *_TURN)
