"""Budgets: what an attempt may cost at most is reserved before it, what it cost counted after.

What is spent and reserved stays within the limit however many ask at once, for a reservation is one
conditional update, which a database takes one after the other. Whatever is in doubt is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.db.models import ExpressionWrapper, F, Q, QuerySet, UUIDField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Round
from django.db.models.signals import post_save, pre_save
from django.utils import timezone

from chat.cascade import OverBudget
from chat.costs.money import total, usd
from chat.models import (
    LIVE,
    Attempt,
    Budget,
    Conversation,
    Reservation,
    Scope,
    Spending,
    Turn,
    UsdField,
)
from chat.models.prepared import Given, prepared

_USED_UP = {
    Scope.GLOBAL: "The budget of this server is used up.",
    Scope.USER: "Your budget for today is used up.",
    Scope.CONVERSATION: "The budget of this conversation is used up.",
}

_BORE_ON = "_bore_on"


@dataclass(frozen=True, slots=True)
class Limit:
    """One budget as it bears on a turn: `key` is whose day, or which conversation, it is."""

    scope: str
    key: str
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Room:
    """What is left under the tightest of a reader's budgets."""

    usd: Decimal
    scope: str


@prepared
def _any() -> QuerySet[Budget, Any]:
    return Budget.objects.order_by().values_list("pk")[:1]


def are_set() -> bool:
    return bool(_any())


def admit(turn: Turn, number: int, model: str, most_usd: Decimal | None) -> None:
    """Reserve the most that an attempt may cost. Raises `OverBudget`, in words for readers."""
    try:
        limits = _limits(turn.conversation.user_id, turn.conversation_id)
        if limits and most_usd is None:
            raise OverBudget(f"The price of {model} is not known, so no budget allows it.")
        for limit in limits:
            _spending(limit)  # stays, also where it refuses
        with transaction.atomic():
            for limit in limits:
                _reserve(limit, turn, number, most_usd or Decimal(0))
    except DatabaseError as error:
        raise unreachable() from error


def within_answer(
    budget_usd: Decimal | None, spent_usd: Decimal | None, model: str, most_usd: Decimal | None
) -> None:
    """Raises `OverBudget` where an attempt could take one answer above its cascade's budget."""
    if budget_usd is None:
        return
    if spent_usd is None or most_usd is None:
        raise OverBudget("A price of this answer is not known, so its budget allows no more.")
    if spent_usd + most_usd > budget_usd:
        most = f"${budget_usd.normalize():f}"
        raise OverBudget(f"An answer may cost {most} here, and asking {model} could cost more.")


def unreachable() -> OverBudget:
    sentence = "The budget cannot be read, so no model is asked. Try again."
    return OverBudget(sentence, code="budget_unreachable", retryable=True)


def settle(turn_id: UUID, attempts: Iterable[Attempt], *, has_ended: bool) -> None:
    """Count what these attempts of a turn cost instead of what was reserved for them.

    To be called in the transaction that stores their costs. What a turn that has ended still holds
    is released: counted as the attempt cost, in full where that is not known, and not at all where
    the attempt was never made.
    """
    costs = {row.number: row.cost_usd for row in attempts if row.settled}
    if not costs and not has_ended:
        return
    if not _is_held(turn=turn_id):
        return
    held = Reservation.objects.filter(turn=turn_id).order_by("pk")  # as they were reserved
    for reservation in held if has_ended else held.filter(number__in=costs):
        made = reservation.number in costs or _was_made(reservation)
        cost = costs.get(reservation.number, None if made else Decimal(0))
        _count(reservation, reservation.usd if cost is None else cost)


@prepared
def _is_held() -> QuerySet[Reservation, Any]:
    held = Reservation.objects.filter(turn=Given("turn", UUIDField()))
    return held.order_by().values_list("pk")[:1]


def settle_beside(turn_id: UUID, cost_usd: Decimal | None) -> None:
    """Count what an attempt beside a turn that has ended cost, which holds all that is reserved for
    it by now; in full where that is not known."""
    for reservation in Reservation.objects.filter(turn=turn_id).order_by("pk"):
        _count(reservation, reservation.usd if cost_usd is None else cost_usd)


def tidy() -> None:
    """Release what was reserved for turns that are gone, in full, or that have ended and ask for
    nothing more: whoever was cancelled while it reserved did not hear that it had."""
    count = transaction.atomic(_count)
    for reservation in Reservation.objects.filter(turn=None):
        count(reservation, reservation.usd)
    ended = Reservation.objects.exclude(turn=None).exclude(turn__status__in=LIVE)
    for reservation in ended.exclude(turn__attempts__settled=False):
        made = Attempt.objects.filter(turn=reservation.turn_id, number=reservation.number).first()
        cost = made.cost_usd if made else Decimal(0)
        count(reservation, reservation.usd if cost is None else cost)


def listen() -> None:
    pre_save.connect(_look, Budget, dispatch_uid="what a budget bore on")
    post_save.connect(_is_set, Budget, dispatch_uid="what a budget bears on")


def _look(instance: Budget, **_: Any) -> None:
    before = Budget.objects.filter(pk=instance.pk).values_list("scope", "user")
    setattr(instance, _BORE_ON, before.first())


def _is_set(instance: Budget, raw: bool = False, **_: Any) -> None:
    if not raw and (instance.scope, instance.user_id) != getattr(instance, _BORE_ON):
        _count_anew(instance)


@transaction.atomic
def _count_anew(budget: Budget) -> None:
    """While no budget bore on it nothing was counted, so that what an earlier one counted is out of
    date. It is locked: what is settled meanwhile is in the ledger already or counted after this."""
    rows = {row.pk: row for row in _uncounted(budget).select_for_update().order_by("pk")}
    held = Reservation.objects.filter(spending__in=_uncounted(budget))
    under_way = set(held.values_list("spending", flat=True)) & rows.keys()
    for pk in under_way:
        spent = _spent_before(Limit(budget.scope, rows[pk].key, budget.limit_usd))
        Spending.objects.filter(pk=pk).update(spent_usd=spent)
    Spending.objects.filter(pk__in=rows.keys() - under_way).delete()  # begun anew when it is used


def _uncounted(budget: Budget) -> QuerySet[Spending]:
    """What this budget bears on and no other did."""
    rows = Spending.objects.filter(scope=budget.scope)
    if budget.scope != Scope.USER:
        return rows
    others = Budget.objects.filter(scope=Scope.USER).exclude(pk=budget.pk)
    if budget.user_id is None:
        own = others.values_list("user", flat=True)
        return rows.exclude(key__in=[_today_of(user_id) for user_id in own])
    if others.filter(user=None).exists():
        return rows.none()
    return rows.filter(key=_today_of(budget.user_id))


def room(user: User, conversation: Conversation | None = None) -> Room | None:
    """None where no budget bears on this reader."""
    conversation_id = conversation.pk if conversation else None
    rooms = [
        Room(limit.usd - _used(limit), limit.scope) for limit in _limits(user.pk, conversation_id)
    ]
    return min(rooms, key=lambda found: found.usd, default=None)


def _limits(user_id: int, conversation_id: object | None) -> list[Limit]:
    """In one order for everybody, so that no two wait for each other."""
    keys = {Scope.GLOBAL: "", Scope.USER: _today_of(user_id)}
    if conversation_id is not None:
        keys[Scope.CONVERSATION] = str(conversation_id)
    budgets = list(Budget.objects.filter(Q(user=None) | Q(user=user_id)))
    budgets.sort(key=lambda budget: budget.user_id is not None)  # a user's own takes the place
    found = {budget.scope: budget for budget in budgets}
    return [
        Limit(scope, key, found[scope].limit_usd) for scope, key in keys.items() if scope in found
    ]


def _today_of(user_id: int | None) -> str:
    return f"{user_id} {timezone.localdate().isoformat()}"


def _reserve(limit: Limit, turn: Turn, number: int, most_usd: Decimal) -> None:
    spending = _spending(limit)
    used = _rounded(F("spent_usd") + F("reserved_usd") + _amount(most_usd))
    within = Spending.objects.annotate(used=used).filter(pk=spending.pk, used__lte=limit.usd)
    if not within.update(reserved_usd=_rounded(F("reserved_usd") + _amount(most_usd))):
        raise OverBudget(_USED_UP[Scope(limit.scope)])
    Reservation.objects.create(spending=spending, turn=turn, number=number, usd=most_usd)


def _spending(limit: Limit) -> Spending:
    """Begun with what was spent before there was a budget."""
    found = Spending.objects.filter(scope=limit.scope, key=limit.key).first()
    if found is not None:
        return found
    with transaction.atomic():
        return Spending.objects.get_or_create(
            scope=limit.scope, key=limit.key, defaults={"spent_usd": _spent_before(limit)}
        )[0]


def _spent_before(limit: Limit) -> Decimal:
    attempts: QuerySet[Attempt] = Attempt.objects.order_by()
    match Scope(limit.scope):
        case Scope.USER:
            user_id, day = limit.key.split(" ")
            midnight = timezone.make_aware(datetime.fromisoformat(day))
            attempts = attempts.filter(user=int(user_id), created_at__gte=midnight)
        case Scope.CONVERSATION:
            attempts = attempts.filter(turn__conversation=UUID(limit.key))
    return usd(attempts.aggregate(spent=total("cost_usd"))["spent"])


def _used(limit: Limit) -> Decimal:
    found = Spending.objects.filter(scope=limit.scope, key=limit.key).first()
    return found.spent_usd + found.reserved_usd if found else _spent_before(limit)


def _was_made(reservation: Reservation) -> bool:
    return Attempt.objects.filter(turn=reservation.turn_id, number=reservation.number).exists()


def _count(reservation: Reservation, cost_usd: Decimal) -> None:
    """Once: whoever deletes the reservation counts it, in one transaction."""
    if Reservation.objects.filter(pk=reservation.pk).delete()[0]:
        Spending.objects.filter(pk=reservation.spending_id).update(
            spent_usd=_rounded(F("spent_usd") + _amount(cost_usd)),
            reserved_usd=_rounded(F("reserved_usd") - _amount(reservation.usd)),
        )


def _amount(amount_usd: Decimal) -> Value:
    return Value(amount_usd, output_field=UsdField())


def _rounded(amount: Combinable) -> Round:
    """SQLite adds decimals as floats: to the ten places that are stored the sum is exact again."""
    return Round(ExpressionWrapper(amount, output_field=UsdField()), precision=10)
