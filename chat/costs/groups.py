"""The same figures by conversation, model, cascade, day, complexity and user."""

import statistics
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Count, F, FloatField, Func, Max, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, NullIf
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.cascade import Complexity
from chat.costs.figures import IN_ALL, Figures, Rows, grouped, with_all
from chat.costs.money import total, units, usd
from chat.costs.selection import Selection
from chat.models import Attempt, Cascade, Conversation, Turn
from chat.turns.state import TurnStatus

DRAWN = 400
"""Turns up to which a conversation's spending is drawn and the median of its times is taken."""


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ConversationGroup:
    """`spent` adds up from turn to turn, in units of `chat.costs.money`; empty where not drawn.
    `is_deleted`: its owner cannot open it any more."""

    id: uuid.UUID
    title: str
    user_id: int
    username: str
    last_used: datetime
    is_deleted: bool
    figures: Figures
    median_ms: float | None = None
    spent: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """Attempts of one model in one role. `unpriced` of them have no known cost."""

    provider: str
    model: str
    role: str
    attempts: int
    unpriced: int
    unsure: int
    counted_by_us: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    spent: int

    @property
    def spent_usd(self) -> Decimal:
        return usd(self.spent)

    @property
    def exactness(self) -> str:
        if self.attempts == self.unpriced:
            return "unknown"
        return "estimated" if self.unsure else "exact"


@dataclass(frozen=True, slots=True)
class Bill:
    """What several have cost, as far as their prices are known: not so of `unpriced` attempts."""

    spent_usd: Decimal
    exactness: str
    unpriced: int

    @classmethod
    def of(cls, found: Sequence[ModelGroup]) -> "Bill":
        kinds = {group.exactness for group in found}
        exactness = next((kind for kind in ("estimated", "exact") if kind in kinds), "unknown")
        spent = usd(sum(group.spent for group in found))
        return cls(spent, exactness, sum(group.unpriced for group in found))


_SAVED = F("baseline") - F("spent") + Coalesce(F("not_compared"), 0)
_ACCEPTANCE = Cast(F("accepted"), FloatField()) / NullIf(F("drafted"), 0)
ORDERS: dict[str, Any] = {
    "last": F("last_used"),
    "turns": F("turns"),
    "acceptance": _ACCEPTANCE,
    "spent": F("spent"),
    "baseline": F("baseline"),
    "saved": _SAVED,
}


def conversations(
    selection: Selection, *, after: uuid.UUID | None = None, most: int | None = None
) -> list[ConversationGroup]:
    """By their ids, so that whoever reads on after the last one misses none that is used meanwhile
    and meets none twice."""
    turns = selection.turns()
    if after is not None:
        turns = turns.filter(conversation__gt=after)
    return _conversations(selection, list(_by_conversation(turns).order_by("conversation")[:most]))


def page(
    selection: Selection, order: str, *, begin: int, end: int
) -> tuple[list[ConversationGroup], Figures]:
    """Those from `begin` to before `end`, and the figures of all. `order` is one of `ORDERS`, with
    a minus from the largest."""
    by = ORDERS[order.removeprefix("-")]
    first = by.desc(nulls_last=True) if order[0] == "-" else by.asc(nulls_last=True)
    rows = with_all(_by_conversation(selection.turns()).order_by(first, "conversation"))
    found = list(rows[begin:end])
    figures = Figures.read(found[0], IN_ALL) if found else Figures.of(selection.turns())
    return _conversations(selection, found), figures


def _by_conversation(turns: QuerySet[Turn]) -> Rows:
    rows: Rows = grouped(turns, "conversation").annotate(last_used=Max("created_at"))
    return rows


def _conversations(selection: Selection, found: list[dict[str, Any]]) -> list[ConversationGroup]:
    known = Conversation.objects.select_related("user").in_bulk(
        [row["conversation"] for row in found]
    )
    return [
        _conversation(selection, known[row["conversation"]], row)
        for row in found
        if row["conversation"] in known  # it may be deleted meanwhile
    ]


def _conversation(
    selection: Selection, conversation: Conversation, row: dict[str, Any]
) -> ConversationGroup:
    return ConversationGroup(
        id=conversation.id,
        title=selection.title(conversation),
        user_id=conversation.user_id,
        username=conversation.user.get_username(),
        last_used=row["last_used"],
        is_deleted=conversation.deleted_at is not None,
        figures=Figures.read(row),
    )


def with_courses(
    selection: Selection, groups: Sequence[ConversationGroup]
) -> list[ConversationGroup]:
    """What is drawn of each conversation, where it is not too long for it."""
    drawn = [group.id for group in groups if group.figures.turns <= DRAWN]
    turns = selection.turns().filter(conversation__in=drawn).order_by("conversation", "created_at")
    spent: dict[uuid.UUID, list[int]] = {id: [0] for id in drawn}
    times: dict[uuid.UUID, list[int]] = defaultdict(list)
    for id, cost_usd, took_ms, status in turns.values_list(
        "conversation", "total_usd", "latency_ms", "status"
    ):
        spent[id].append(spent[id][-1] + units(cost_usd))
        if took_ms is not None and status == TurnStatus.COMPLETED:
            times[id].append(took_ms)
    return [
        replace(
            group,
            spent=spent.get(group.id, ()),
            median_ms=statistics.median(times[group.id]) if times[group.id] else None,
        )
        for group in groups
    ]


TOKENS = ("input", "cached_input", "cache_write", "output", "reasoning")


def models(attempts: QuerySet[Attempt]) -> list[ModelGroup]:
    """From the one that cost the most."""
    rows = attempts.values("provider", "model", "role").annotate(
        attempts=Count("*"),
        unpriced=Count("role", filter=Q(cost_usd=None)),
        unsure=Count("role", filter=Q(exactness__in=["estimated", "partial"])),
        counted_by_us=Count("role", filter=Q(counted_by="estimate")),
        **{f"{kind}_tokens": Sum(f"{kind}_tokens") for kind in TOKENS},
        spent=total("cost_usd"),
    )
    read: list[dict[str, Any]] = [{**row, "spent": int(row["spent"] or 0)} for row in rows]
    found = [ModelGroup(**row) for row in read]
    return sorted(found, key=lambda group: (-group.spent, group.model, group.role))


def cascades(selection: Selection) -> list[Group]:
    names = dict(Cascade.objects.values_list("id", "name"))
    return _dearest_first(_named(selection, "cascade", names, _("removed")))


def users(selection: Selection) -> list[Group]:
    names = dict(User.objects.values_list("id", "username"))
    return _dearest_first(_named(selection, "conversation__user", names, _("removed")))


def complexities(selection: Selection) -> list[Group]:
    """From the easiest; turns that ended before they were routed last."""
    names = {level.value: level.value for level in Complexity}
    found = _named(selection, "complexity", names, _("not routed"))
    return sorted(found, key=lambda group: [*names, _("not routed")].index(group.name))


def _named(selection: Selection, by: str, names: Mapping[Any, str], nameless: str) -> list[Group]:
    rows = grouped(selection.turns(), by)
    return [Group(names.get(row[by], nameless), Figures.read(row)) for row in rows]


def _dearest_first(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.figures.spent, group.name))


class Moment(Func):
    """A time in UTC as text, to the day, the hour or the minute, as its length says."""

    output_field = CharField()
    template = "LEFT(TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), %(length)s)"

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "SUBSTR(%(expressions)s, 1, %(length)s)"
        return self.as_sql(compiler, connection, template=template, **context)


def days(selection: Selection) -> list[Group]:
    """The server's days, from the first to the last, those without turns left out."""
    parts: dict[date, list[Figures]] = defaultdict(list)
    moment = Moment("created_at", length=moment_length())
    for row in grouped(selection.turns().annotate(moment=moment), "moment"):
        parts[day_of(row["moment"])].append(Figures.read(row))
    return [Group(day.isoformat(), Figures.sum(found)) for day, found in sorted(parts.items())]


def day_of(moment: str) -> date:
    """The server's day of a time as `Moment` writes it."""
    return timezone.localdate(datetime.fromisoformat(moment).replace(tzinfo=UTC))


def moment_length() -> int:
    """How exactly a time in UTC must be known to tell what day it is here."""
    zone = timezone.get_current_timezone()
    offsets = {datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)}
    if offsets == {timedelta()}:
        return len("2026-01-01")
    whole = all(offset is not None and not offset % timedelta(hours=1) for offset in offsets)
    return len("2026-01-01 00" if whole else "2026-01-01 00:00")


GROUPINGS: dict[str, Callable[[Selection], list[Group]]] = {
    "cascade": cascades,
    "day": days,
    "complexity": complexities,
    "user": users,
}
