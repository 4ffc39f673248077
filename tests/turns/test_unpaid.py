"""Attempts a killed process left, of no live turn: charged once, for what is kept."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.utils import timezone

from chat.costs import budgets
from chat.models import Attempt, Budget, Scope, Spending, Turn
from chat.process.off_loop import off_loop
from chat.turns import unpaid as unpaid_attempts
from chat.turns.store import fill, load_attempt, settle
from chat.turns.unpaid import settle_unpaid
from tests.people import amake_conversation
from tests.turns.test_sweep import left_over

pytestmark = pytest.mark.django_db(transaction=True)

settle_all = off_loop(settle_unpaid)


async def unpaid(*, age_s: float, status: str = "completed", **attempt: object) -> Turn:
    turn = await left_over(await amake_conversation(), text="The Moon " * 100, **attempt)
    created = timezone.now() - timedelta(seconds=age_s)
    await Attempt.objects.filter(turn=turn).aupdate(created_at=created)
    await Turn.objects.filter(id=turn.id).aupdate(status=status)
    return turn


async def test_an_attempt_of_a_deleted_conversation_is_charged_for_its_text() -> None:
    turn = await unpaid(age_s=30, status="running")
    await turn.conversation.adelete()
    assert await settle_all() == 1
    row = await Attempt.objects.aget()
    assert (row.settled, row.exactness, row.finish) == (True, "partial", "stopped")
    assert row.text == ""  # it was charged by it before
    assert row.cost_usd == Decimal("0.0004")  # 200 tokens written at $2 a million
    assert await settle_all() == 0


async def test_the_bill_of_one_is_that_of_no_other() -> None:
    turns = [await unpaid(age_s=age_s) for age_s in (30, 10)]
    assert await settle_all() == 1
    assert [(await turn.attempts.aget()).settled for turn in turns] == [True, False]


async def test_a_shadow_is_charged_for_what_it_was_asked_too() -> None:
    turn = await unpaid(age_s=1000, role="shadow")
    assert await settle_all() == 1
    row = await Attempt.objects.aget()
    assert (row.settled, row.cost_usd) == (True, Decimal("0.000405"))
    assert row.text == "The Moon " * 100  # its conversation is still there
    await turn.arefresh_from_db()
    assert (turn.status, turn.total_usd) == ("completed", 0)


@off_loop
def reserve(turn: Turn, number: int) -> None:
    Budget.objects.create(scope=Scope.GLOBAL, limit_usd=1)
    budgets.admit(turn, number, "large", Decimal("0.4"))


async def test_what_a_budget_holds_for_an_attempt_beside_a_turn_is_counted_as_it_cost() -> None:
    turn = await unpaid(age_s=1000, role="shadow")
    await reserve(turn, 1)
    assert await settle_all() == 1
    spending = await Spending.objects.aget()
    assert (spending.spent_usd, spending.reserved_usd) == (Decimal("0.000405"), 0)


async def test_what_a_budget_holds_for_a_shadow_that_may_be_alive_stays_held() -> None:
    turn = await unpaid(age_s=400)
    await Attempt.objects.filter(turn=turn).aupdate(role="draft")
    await reserve(turn, 2)
    assert await settle_all() == 1  # the draft
    assert (await Spending.objects.aget()).reserved_usd == Decimal("0.4")


@pytest.mark.parametrize(
    "attempt",
    [
        {"age_s": 30, "status": "running"},
        {"age_s": 10},
        {"age_s": 400, "role": "shadow"},
        {"age_s": 1000, "settled": True, "cost_usd": 1},
    ],
    ids=["of a live turn", "a moment old", "a shadow that may be alive", "settled"],
)
async def test_the_others_are_left_alone(attempt: dict) -> None:
    await unpaid(**attempt)
    before = await Attempt.objects.values().aget()
    assert await settle_all() == 0
    assert await Attempt.objects.values().aget() == before


async def test_a_player_that_is_alive_after_all_changes_no_bill() -> None:
    turn = await unpaid(age_s=30)
    late = await Attempt.objects.aget(turn=turn)
    await settle_all()
    fill(late, load_attempt(late))
    late.settled, late.cost_usd = True, Decimal(1)
    await off_loop(settle)([late])
    assert (await Attempt.objects.aget()).cost_usd == Decimal("0.000405")


async def test_a_process_looks_again_and_again_and_tells_what_it_settled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found, waits = [-1, 0, 2], list[float]()

    def settle_some() -> int:
        if (count := found.pop(0)) < 0:
            raise OperationalError("away")
        return count

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(unpaid_attempts, "settle_unpaid", settle_some)
    monkeypatch.setattr(unpaid_attempts, "asyncio", SimpleNamespace(sleep=sleep))
    with pytest.raises(asyncio.CancelledError):
        await unpaid_attempts.settle_for_ever()
    assert waits == [unpaid_attempts.LOOK_S] * 3
    assert [
        record.getMessage() for record in caplog.records if record.name == "chat.turns.unpaid"
    ] == [
        "attempts could not be settled: OperationalError",
        "2 attempts were settled: they had lost their player",
    ]
