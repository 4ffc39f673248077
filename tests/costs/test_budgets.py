"""Budgets: what is spent and reserved stays within them, however many ask, whatever goes wrong."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core import serializers
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from chat import ledger
from chat.cascade import OverBudget
from chat.cascade.providers.base import Text
from chat.costs import budgets
from chat.models import Attempt, Budget, Cascade, Conversation, Reservation, Spending, Turn
from chat.turns import history, limits
from chat.turns.begin import begin
from chat.turns.play import players
from chat.turns.sweep import sweep
from tests.costs.ledgers import add_turn
from tests.people import (
    BOB,
    amake_cascade,
    amake_conversation,
    amake_user,
    make_conversation,
    make_user,
)
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD
from tests.turns.test_turn_life import ended

pytestmark = pytest.mark.django_db(transaction=True)

ALL = {"scope": "global", "limit_usd": Decimal(1)}


async def limit(usd: str, scope: str = "global", **fields: Any) -> None:
    await Budget.objects.acreate(scope=scope, limit_usd=Decimal(usd), **fields)


async def ask(conversation: Conversation) -> Turn:
    turn = await begin(conversation.id, uuid.uuid4(), "Why are there tides?")
    return await ended(turn)


async def reserved() -> Decimal:
    return sum([row.reserved_usd async for row in Spending.objects.all()], Decimal(0))


async def test_fifty_at_once_with_room_for_ten_admit_ten(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    monkeypatch.setattr(limits, "LIVE_TURNS", 50)
    settings.SENDS_A_MINUTE = 100
    scripted.answers = {"small": GOOD}
    cascade, user = await amake_cascade(), await amake_user()
    most = await _most_of_a_draft(scripted, await amake_conversation(user, cascade))
    conversations = [await amake_conversation(user, cascade) for _ in range(50)]
    scripted.calls.clear()
    go = asyncio.Event()
    scripted.answers = {"small": [go, *GOOD]}
    await limit(str(most * 10 + await _spent_today(user)), "user")
    turns = [await begin(item.id, uuid.uuid4(), "Why are there tides?") for item in conversations]
    async with asyncio.timeout(30):
        while len(players) > 10 or len(scripted.calls) < 10:
            await asyncio.sleep(0.02)
    assert len(scripted.calls) == 10
    go.set()
    statuses = [(await ended(turn)).status for turn in turns]
    assert (statuses.count("completed"), statuses.count("failed")) == (10, 40)
    spending = await Spending.objects.aget()
    assert (len(scripted.calls), spending.reserved_usd) == (10, 0)
    assert spending.spent_usd == await _spent_today(user)
    refused = await Turn.objects.filter(error_code="over_budget").afirst()
    assert refused and refused.error == "Your budget for today is used up."
    assert not await refused.attempts.aexists()


async def _most_of_a_draft(scripted: Scripted, conversation: Conversation) -> Decimal:
    """What is reserved for one, seen while it is asked."""
    go = asyncio.Event()
    scripted.answers = {"small": [go, *GOOD]}
    await limit("1")
    turn = await begin(conversation.id, uuid.uuid4(), "Why are there tides?")
    while not scripted.calls:
        await asyncio.sleep(0.01)
    [held] = [row async for row in Reservation.objects.all()]
    go.set()
    await ended(turn)
    await Budget.objects.all().adelete()
    await Spending.objects.all().adelete()
    return held.usd


async def _spent_today(user: Any) -> Decimal:
    costs = Attempt.objects.filter(user=user).values_list("cost_usd", flat=True)
    return sum([cost async for cost in costs if cost], Decimal(0))


async def test_without_room_for_the_next_model_the_draft_is_kept_and_says_so(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    await limit("0.006")  # a draft may cost 0.004, the last model ten times as much
    turn = await ask(conversation)
    assert (turn.status, turn.draft_accepted, turn.draft_score) == ("completed", None, None)
    assert turn.notice == "The budget of this server is used up."
    assert [call.model for call in scripted.calls] == ["small"]
    [row] = [row async for row in turn.attempts.all()]
    assert (row.role, row.status, row.text) == ("draft", "set_aside", "".join(BAD))
    assert await reserved() == 0
    page = await sync_to_async(_page)(conversation)
    assert "The draft is kept though it is below the bar." in page


def _page(conversation: Conversation) -> str:
    client = Client()
    client.force_login(conversation.user)
    return client.get(conversation.get_absolute_url()).content.decode()


async def test_what_the_draft_cost_makes_room_for_the_next_model(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    await limit("0.0424")  # the draft's most and the last model's would be more
    turn = await ask(conversation)
    assert (turn.status, turn.notice) == ("completed", "")
    spending = await Spending.objects.aget()
    assert (spending.spent_usd, spending.reserved_usd) == (turn.total_usd, 0)


async def test_an_unknown_price_is_refused_where_there_is_a_budget(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    cascade = await amake_cascade(priced=False)
    await limit("1")
    turn = await ask(await amake_conversation(cascade=cascade))
    assert (turn.error_code, scripted.calls) == ("over_budget", [])
    assert turn.error == "The price of small is not known, so no budget allows it."


def test_an_unknown_price_is_allowed_whom_no_budget_bears_on() -> None:
    Budget.objects.create(scope="user", user=make_user(BOB), limit_usd=Decimal(1))
    budgets.admit(add_turn(make_conversation()), 2, "small", None)
    assert not Reservation.objects.exists()


async def test_a_counter_that_cannot_be_reached_refuses(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("gone")

    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await limit("1")
    monkeypatch.setattr(budgets, "_reserve", broken)
    turn = await ask(conversation)
    assert (turn.error_code, scripted.calls) == ("budget_unreachable", [])
    assert turn.error == "The budget cannot be read, so no model is asked. Try again."


async def test_without_a_budget_nothing_is_counted(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    assert (await ask(await amake_conversation())).status == "completed"
    assert not await Spending.objects.aexists()


async def test_a_stopped_turn_is_charged_what_it_used_and_holds_nothing(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": [Text("The Moon "), asyncio.Event()]}
    conversation = await amake_conversation()
    await limit("1")
    turn = await begin(conversation.id, uuid.uuid4(), "Why are there tides?")
    while not scripted.calls:
        await asyncio.sleep(0.01)
    assert await reserved() > 0
    players[str(turn.id)].stop()
    turn = await ended(turn)
    spending = await Spending.objects.aget()
    assert turn.status == "stopped"
    assert (spending.spent_usd, spending.reserved_usd) == (turn.total_usd, 0)


def left_over(conversation: Conversation) -> Turn:
    """As a process that died between reserving and settling leaves it."""
    Budget.objects.create(**ALL)
    turn = Turn.objects.create(
        conversation=conversation, client_id=uuid.uuid4(), prompt="Why?", status="running"
    )
    budgets.admit(turn, 1, "small", Decimal("0.25"))
    Attempt.objects.create(
        turn=turn,
        user=conversation.user,
        number=1,
        role="draft",
        model="small",
        provider="scripted",
        prices={"input": "1", "output": "2"},
        text="The Moon " * 100,
    )
    return turn


def test_the_sweep_releases_what_a_dead_process_reserved() -> None:
    turn = left_over(make_conversation())
    assert Spending.objects.get().reserved_usd == Decimal("0.25")
    async_to_sync(sweep)()
    [state] = async_to_sync(history.states)([str(turn.id)])
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (state.total_usd, 0)


def test_what_was_reserved_for_a_turn_that_has_ended_and_asks_for_nothing_is_released() -> None:
    """As by a lesson that was cancelled while its reservation was on its way."""
    turn = left_over(make_conversation())
    async_to_sync(sweep)()
    spent = Spending.objects.get().spent_usd
    budgets.admit(turn, 2, "large", Decimal("0.25"))
    Attempt.objects.create(turn=turn, number=3, role="shadow", model="m", provider="p", prices={})
    budgets.tidy()
    assert Spending.objects.get().reserved_usd == Decimal("0.25"), "one is under way"
    Attempt.objects.filter(number=3).delete()
    async_to_sync(sweep)()
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (spent, 0)


def test_what_a_live_turn_reserved_for_an_attempt_it_has_yet_to_make_is_not_released() -> None:
    turn = left_over(make_conversation())
    Attempt.objects.update(settled=True, cost_usd=0)
    budgets.admit(turn, 2, "large", Decimal("0.5"))
    budgets.tidy()
    assert Spending.objects.get().reserved_usd == Decimal("0.75")


def test_what_a_deleted_conversation_reserved_is_counted_in_full() -> None:
    left_over(make_conversation()).conversation.delete()
    async_to_sync(sweep)()
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (Decimal("0.25"), 0)


def test_what_was_not_counted_while_the_database_went_is_counted_when_it_is_back() -> None:
    left_over(make_conversation()).conversation.delete()

    def gone(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "chat_spending"'):
            raise DatabaseError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(gone), pytest.raises(DatabaseError):
        budgets.tidy()
    budgets.tidy()
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (Decimal("0.25"), 0)


def test_what_an_ended_turn_still_holds_is_counted_for_attempts_that_were_made() -> None:
    turn = left_over(make_conversation())
    budgets.admit(turn, 2, "large", Decimal("0.5"))
    budgets.settle(turn.id, [], has_ended=True)
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (Decimal("0.25"), 0)


@pytest.mark.parametrize(
    "release",
    [
        lambda turn: budgets.settle(turn.id, turn.attempts.all(), has_ended=True),
        lambda turn: budgets.settle_beside(turn.id, None),
        lambda turn: budgets.tidy(),
    ],
    ids=["settle", "settle beside", "tidy"],
)
def test_what_is_held_for_an_attempt_of_unknown_cost_is_counted_in_full(
    release: Callable[[Turn], None],
) -> None:
    turn = add_turn(make_conversation(), priced=False)
    Budget.objects.create(**ALL)
    budgets.admit(turn, 1, "small", Decimal("0.25"))
    release(turn)
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (Decimal("0.25"), 0)


@pytest.mark.parametrize(
    "release",
    [lambda turn: budgets.settle(turn.id, [], has_ended=True), lambda turn: budgets.tidy()],
    ids=["settle", "tidy"],
)
def test_what_is_held_for_an_attempt_that_was_never_made_is_not_counted(
    release: Callable[[Turn], None],
) -> None:
    add_turn(make_conversation(), "set_aside")
    turn = add_turn(make_conversation(), tokens=(0, 0))
    Budget.objects.create(scope="conversation", limit_usd=Decimal(1))
    budgets.admit(turn, 2, "large", Decimal("0.25"))
    release(turn)
    spending = Spending.objects.get()
    assert (spending.spent_usd, spending.reserved_usd) == (0, 0)


@pytest.mark.parametrize("is_beside", [False, True])
def test_what_one_spends_is_counted_for_nobody_else_and_no_other_day(is_beside: bool) -> None:
    Budget.objects.create(scope="user", limit_usd=Decimal(1))
    alices, bobs = make_conversation(), make_conversation(make_user(BOB))
    add_turn(alices, tokens=(10**5, 0), made=timezone.now() - timedelta(days=1))
    turns = [add_turn(alices, tokens=(10**5, 0)), add_turn(bobs, tokens=(0, 0))]
    for turn in turns:
        budgets.admit(turn, 2, "small", Decimal("0.25"))
    row = Attempt(number=2, settled=True, cost_usd=Decimal("0.05"))
    if is_beside:
        budgets.settle_beside(turns[0].id, row.cost_usd)
    else:
        budgets.settle(turns[0].id, [row], has_ended=True)
    assert (left(alices), left(bobs)) == (Decimal("0.85"), Decimal("0.75"))


def test_a_budget_begins_with_what_was_spent_before_it() -> None:
    conversation = make_conversation()
    turn = add_turn(conversation)
    add_turn(make_conversation(), "direct")
    assert budgets.room(conversation.user, conversation) is None
    Budget.objects.create(scope="conversation", limit_usd=Decimal(1))
    room = budgets.room(conversation.user, conversation)
    assert room == budgets.Room(1 - turn.total_usd, "conversation")
    budgets.admit(turn, 2, "small", Decimal("0.1"))
    assert Spending.objects.get().spent_usd == turn.total_usd


def test_a_budget_that_was_used_up_before_it_was_set_can_be_begun_anew() -> None:
    turn = add_turn(make_conversation())
    Budget.objects.create(**ALL | {"limit_usd": turn.total_usd})
    with pytest.raises(OverBudget, match="used up"):
        budgets.admit(turn, 2, "small", Decimal("0.0001"))
    counter = Spending.objects.get()  # as the admin lists it
    assert (counter.spent_usd, counter.reserved_usd) == (turn.total_usd, 0)


def left(conversation: Conversation) -> Decimal:
    room = budgets.room(conversation.user, conversation)
    assert room
    return room.usd


def counted_and_left_alone(conversation: Conversation, **budget: Any) -> Turn:
    """A budget of $9 that counted $0.001 is taken away, and $1 spent without one."""
    turn = add_turn(conversation, tokens=(1000, 0))
    set_before = Budget.objects.create(**{**ALL, "limit_usd": Decimal(9)} | budget)
    budgets.admit(turn, 5, "small", Decimal("0.1"))
    assert left(conversation) == Decimal("8.899")
    budgets.settle(turn.id, [], has_ended=True)
    set_before.delete()
    add_turn(conversation, "direct", tokens=(10**5, 0))
    return turn


@pytest.mark.parametrize("scope", ["global", "user", "conversation"])
def test_a_budget_that_is_set_again_knows_what_was_spent_without_it(scope: str) -> None:
    conversation = make_conversation()
    turn = counted_and_left_alone(conversation, scope=scope)
    Budget.objects.create(scope=scope, limit_usd=Decimal(9))
    assert left(conversation) == Decimal("7.999")
    budgets.admit(turn, 6, "small", Decimal("0.1"))
    assert left(conversation) == Decimal("7.899")


def test_what_is_under_way_while_a_budget_is_set_again_stays_reserved() -> None:
    conversation = make_conversation()
    turn = add_turn(conversation, tokens=(1000, 0))
    Budget.objects.create(**ALL)
    budgets.admit(turn, 5, "small", Decimal("0.1"))
    Budget.objects.all().delete()
    add_turn(conversation, tokens=(10**5, 0))
    Budget.objects.create(**ALL)
    assert left(conversation) == Decimal("0.799")
    row = Attempt(number=5, settled=True, cost_usd=Decimal("0.05"))
    budgets.settle(turn.id, [row], has_ended=True)
    assert left(conversation) == Decimal("0.849")


def test_a_budget_that_is_handed_on_knows_what_was_spent_without_it() -> None:
    user, other = make_user(), make_user(BOB)
    conversation = make_conversation(user)
    counted_and_left_alone(conversation, scope="user", user=user)
    Budget.objects.create(scope="user", user=make_user("carol"), limit_usd=Decimal(9))
    Budget.objects.create(scope="global", limit_usd=Decimal(99))
    budget = Budget.objects.create(scope="user", user=other, limit_usd=Decimal(9))
    budget.user = user
    budget.save()
    assert left(conversation) == Decimal("7.999")


@pytest.mark.parametrize("change", ["limit", "own budget", "everybody's"])
def test_what_was_begun_anew_stays_so_while_a_budget_bears_on_it(change: str) -> None:
    conversation = make_conversation()
    turn = add_turn(conversation, tokens=(1000, 0))
    whose = conversation.user if change == "everybody's" else None
    budget = Budget.objects.create(scope="user", user=whose, limit_usd=Decimal(1))
    budgets.admit(turn, 5, "small", Decimal("0.1"))
    budgets.settle(turn.id, [], has_ended=True)
    Spending.objects.update(spent_usd=0)
    if change == "limit":
        budget.limit_usd = Decimal(2)
        budget.save()
    else:
        other = None if whose else conversation.user
        Budget.objects.create(scope="user", user=other, limit_usd=Decimal(2))
    assert left(conversation) == (1 if whose else 2)
    assert Spending.objects.get().spent_usd == 0


def test_a_new_limit_begins_no_count_anew_whatever_other_budgets_there_are() -> None:
    turn = add_turn(make_conversation(), tokens=(1000, 0))
    budgets_set = [Budget.objects.create(scope=s, limit_usd=9) for s in ("conversation", "global")]
    budgets.admit(turn, 5, "small", Decimal("0.1"))
    budgets.settle(turn.id, [], has_ended=True)
    Spending.objects.update(spent_usd=0)
    for budget in budgets_set:
        budget.limit_usd = Decimal(8)
        budget.save()
    assert [row.spent_usd for row in Spending.objects.all()] == [0, 0]


def test_a_budget_that_is_loaded_with_what_was_counted_begins_no_count_anew() -> None:
    Spending.objects.create(scope="global", spent_usd=1)
    kept = serializers.serialize("python", [Budget(**ALL)])
    for loaded in serializers.deserialize("python", kept):
        loaded.save()
    assert Spending.objects.get().spent_usd == 1


def test_a_budget_of_one_user_begins_no_other_users_count_anew() -> None:
    conversation = make_conversation()
    turn = add_turn(conversation, tokens=(1000, 0))
    Budget.objects.create(scope="user", user=conversation.user, limit_usd=Decimal(1))
    budgets.admit(turn, 5, "small", Decimal("0.1"))
    budgets.settle(turn.id, [], has_ended=True)
    Spending.objects.update(spent_usd=0)
    Budget.objects.create(scope="user", user=make_user(BOB), limit_usd=Decimal(1))
    assert Spending.objects.get().spent_usd == 0


def test_a_users_own_budget_takes_the_place_of_everybodys() -> None:
    alice, bob = make_user("alice"), make_user("bob")
    Budget.objects.create(scope="user", limit_usd=Decimal(1))
    Budget.objects.create(scope="user", user=alice, limit_usd=Decimal(5))
    assert [budgets.room(user).usd for user in (alice, bob)] == [5, 1]


def test_a_reader_sees_the_tightest_of_what_is_left() -> None:
    conversation = make_conversation()
    Budget.objects.create(scope="global", limit_usd=Decimal(100))
    Budget.objects.create(scope="user", limit_usd=Decimal("0.5"))
    assert "$0.5000 left today" in " ".join(_page(conversation).split())
    assert ledger.totals(conversation.id).room == budgets.Room(Decimal("0.5"), "user")
    Budget.objects.create(scope="conversation", limit_usd=Decimal("0.2"))
    assert ledger.totals(conversation.id).room == budgets.Room(Decimal("0.2"), "conversation")


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        ("global", "The budget of this server is used up."),
        ("user", "Your budget for today is used up."),
        ("conversation", "The budget of this conversation is used up."),
    ],
)
def test_whoever_is_refused_is_told_which_budget_is_used_up(scope: str, sentence: str) -> None:
    turn = add_turn(make_conversation(), tokens=(0, 0))
    Budget.objects.create(scope=scope, limit_usd=Decimal("0.1"))
    with pytest.raises(budgets.OverBudget, match=f"^{sentence}$"):
        budgets.admit(turn, 2, "small", Decimal("0.2"))


def test_tenths_of_a_cent_fill_a_budget_exactly() -> None:
    turn = add_turn(make_conversation())
    Attempt.objects.all().delete()
    Budget.objects.create(scope="global", limit_usd=Decimal("0.3"))
    for number in range(1, 4):
        budgets.admit(turn, number, "small", Decimal("0.1"))
    with pytest.raises(budgets.OverBudget):
        budgets.admit(turn, 4, "small", Decimal("1E-10"))
    assert Spending.objects.get().reserved_usd == Decimal("0.3"), connection.vendor


async def test_above_the_budget_for_one_answer_the_draft_is_kept_and_says_so(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    await Cascade.objects.aupdate(budget_usd=Decimal("0.02"))  # the last model may cost 0.04
    turn = await ask(conversation)
    assert turn.status == "completed"
    assert turn.notice == "An answer may cost $0.02 here, and asking large could cost more."
    assert [call.model for call in scripted.calls] == ["small"]
    await Cascade.objects.aupdate(budget_usd=Decimal("0.05"))
    assert (await ask(conversation)).notice == ""


async def test_a_budget_for_one_answer_refuses_what_has_no_price(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation(None, await amake_cascade(priced=False))
    await Cascade.objects.aupdate(budget_usd=Decimal(1))
    turn = await ask(conversation)
    assert (turn.status, turn.error_code) == ("failed", "over_budget")
    assert turn.error == "A price of this answer is not known, so its budget allows no more."
    assert scripted.calls == []


def test_an_answer_may_cost_all_of_its_budget_and_no_more() -> None:
    most, half = Decimal("0.02"), Decimal("0.01")
    budgets.within_answer(most, half, "large", half)
    for spent, next_most in ((half, half + Decimal("1E-10")), (None, half), (half, None)):
        with pytest.raises(budgets.OverBudget):
            budgets.within_answer(most, spent, "large", next_most)
