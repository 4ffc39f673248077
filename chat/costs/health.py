"""How models, providers and cascades have done in the last days, each in two grouped queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self

from django.db.models import Count, ExpressionWrapper, F, IntegerField, Q, QuerySet
from django.utils import timezone

from chat.costs.groups import Moment, day_of, moment_length
from chat.costs.latency import STEP_MS, percentile
from chat.costs.money import total, usd
from chat.models import BESIDE, LIVE, Attempt, ModelConfig, Turn
from chat.turns.state import TurnStatus

DAYS = 7
COUNTS = ("asked", "failed", "drafts", "kept", "unpriced", "unsure")
_UNSURE = Q(exactness__in=["estimated", "partial"])
_UNDER_WAY = ("waiting", "writing", "checking")


@dataclass(frozen=True, slots=True)
class Health:
    """`asked` have ended, and `failed` are those of them that gave no answer; `kept` of `drafts`
    were accepted. Of `unpriced` the price is not known, that of `unsure` is estimated in part.
    `daily` is what was spent from day to day, in units of `chat.costs.money`."""

    asked: int = 0
    failed: int = 0
    drafts: int = 0
    kept: int = 0
    unpriced: int = 0
    unsure: int = 0
    daily: tuple[int, ...] = (0,) * DAYS
    first_tokens: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def sum(cls, parts: Iterable["Health"]) -> Self:
        found = list(parts)
        times: Counter[int] = Counter()
        for one in found:
            times.update(one.first_tokens)
        counts = {name: sum(getattr(one, name) for one in found) for name in COUNTS}
        daily = tuple(sum(one.daily[at] for one in found) for at in range(DAYS))
        return cls(**counts, daily=daily, first_tokens=times)

    @property
    def acceptance(self) -> float | None:
        return self.kept / self.drafts if self.drafts else None

    @property
    def first_token_p95_ms(self) -> int | None:
        return percentile(self.first_tokens, 0.95)

    @property
    def spent_usd(self) -> Decimal:
        return usd(sum(self.daily))

    @property
    def exactness(self) -> str:
        if self.asked and self.unpriced == self.asked:
            return "unknown"
        return "estimated" if self.unsure else "exact"


def of_models() -> dict[int, Health]:
    """By the model config's id; one that was not asked is left out. Each of its drafts counts that
    was judged, of which an answer that used tools has several."""
    attempts = Attempt.objects.filter(created_at__gte=_since()).exclude(status__in=_UNDER_WAY)
    drafts = Q(role="draft", status__in=("accepted", "set_aside"))
    sums = {
        "asked": Count("created_at"),
        "failed": Count("created_at", filter=Q(status="failed")),
        "drafts": Count("created_at", filter=drafts),
        "kept": Count("created_at", filter=Q(role="draft", status="accepted")),
        "unpriced": Count("created_at", filter=Q(cost_usd=None)),
        "unsure": Count("created_at", filter=_UNSURE),
        "spent": total("cost_usd"),
    }
    return _by("model_config", attempts, sums, seen=~Q(role__in=BESIDE))


def of_cascades() -> dict[int, Health]:
    """By the cascade's id, over turns; `kept` as everywhere where it is said of answers."""
    turns = Turn.objects.filter(created_at__gte=_since(), is_copy=False).exclude(status__in=LIVE)
    completed = Q(status=TurnStatus.COMPLETED)
    sums = {
        "asked": Count("created_at"),
        "failed": Count("created_at", filter=Q(status=TurnStatus.FAILED)),
        "drafts": Count("draft_accepted", filter=completed),
        "kept": Count("created_at", filter=completed & Q(draft_accepted=True)),
        "unpriced": Count("created_at", filter=Q(total_usd=None)),
        "unsure": Count("created_at", filter=_UNSURE),
        "spent": total("total_usd"),
    }
    return _by("cascade", turns, sums)


def of_providers() -> dict[int, Health]:
    """By the provider's id: what its models did."""
    parts: dict[int, list[Health]] = defaultdict(list)
    health = of_models()
    for pk, provider in ModelConfig.objects.filter(pk__in=health).values_list("pk", "provider"):
        parts[provider].append(health[pk])
    return {provider: Health.sum(found) for provider, found in parts.items()}


def _by(
    field: str, rows: QuerySet[Any], sums: Mapping[str, Any], *, seen: Q | None = None
) -> dict[int, Health]:
    """`seen` are those whose first token a reader waits for."""
    # As a sum: by the bare key SQLite would walk that key's index, through all rows there are.
    key = ExpressionWrapper(F(f"{field}_id") + 0, IntegerField())
    kept = rows.exclude(**{field: None}).order_by().annotate(key=key)
    days: dict[int, list[tuple[date, dict[str, Any]]]] = defaultdict(list)
    moment = Moment("created_at", length=moment_length())
    for row in kept.values("key", moment=moment).annotate(**sums):
        days[row["key"]].append((day_of(row["moment"]), row))
    times: dict[int, dict[int, int]] = defaultdict(dict)
    hundredth = ExpressionWrapper(F("first_token_ms") / STEP_MS, IntegerField())
    timed = kept.filter(seen or Q()).exclude(first_token_ms=None)
    for pk, at, count in timed.values_list("key", hundredth).annotate(n=Count("*")):
        times[pk][at] = count
    return {pk: _health(found, times[pk]) for pk, found in days.items()}


def _health(days: Sequence[tuple[date, Mapping[str, Any]]], times: Mapping[int, int]) -> Health:
    counts = {name: sum(int(row[name] or 0) for _, row in days) for name in COUNTS}
    spent: Counter[date] = Counter()
    for day, row in days:
        spent[day] += int(row["spent"] or 0)
    first = _first_day()
    daily = tuple(spent[first + timedelta(days=at)] for at in range(DAYS))
    return Health(**counts, daily=daily, first_tokens=times)


def _first_day() -> date:
    return timezone.localdate() - timedelta(days=DAYS - 1)


def _since() -> datetime:
    return timezone.make_aware(datetime.combine(_first_day(), time()))
