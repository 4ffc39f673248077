"""Turns a dead process left: interrupted, with text and cost, and nothing asked again."""

import uuid
from decimal import Decimal

import pytest

from chat.models import Attempt, Conversation, Turn
from chat.turns import history
from chat.turns.sweep import sweep
from tests.people import make_conversation

pytestmark = pytest.mark.django_db


def left_over(conversation: Conversation, **attempt: object) -> Turn:
    turn = Turn.objects.create(
        conversation=conversation,
        client_id=uuid.uuid4(),
        prompt="Why are there tides?",
        status="running",
        last_seq=7,
    )
    if attempt:
        prices = {"input": "1", "cached_input": None, "output": "2", "reasoning": None}
        fields = {"number": 1, "role": "draft", "model": "small", "provider": "scripted"}
        Attempt.objects.create(turn=turn, prices=prices, status="writing", **fields | attempt)
    return turn


def test_a_turn_left_over_is_interrupted_with_its_text_and_cost() -> None:
    turn = left_over(make_conversation(), text="The Moon " * 100)
    assert sweep() == 1
    [state] = history.states([str(turn.id)])
    assert (state.status, state.seq) == ("interrupted", 9)
    assert (state.exactness, state.attempts[0].status) == ("partial", "interrupted")
    assert state.attempts[0].text == "The Moon " * 100
    assert state.total_usd == Decimal(
        "0.000405"
    )  # 5 tokens asked at $1, 200 written at $2, a million


def test_what_was_settled_is_not_charged_again() -> None:
    turn = left_over(make_conversation(), text="Done", settled=True, cost_usd=1, exactness="exact")
    Turn.objects.update(total_usd=1, exactness="exact")
    sweep()
    turn.refresh_from_db()
    assert (turn.total_usd, turn.exactness) == (Decimal(1), "exact")


def test_a_turn_that_asked_nobody_costs_nothing() -> None:
    turn = left_over(make_conversation())
    sweep()
    turn.refresh_from_db()
    assert (turn.status, turn.total_usd) == ("interrupted", 0)


def test_without_a_price_the_cost_is_unknown() -> None:
    turn = left_over(make_conversation(), text="The Moon")
    Attempt.objects.update(prices={})
    sweep()
    turn.refresh_from_db()
    assert (turn.total_usd, turn.exactness) == (None, "unknown")


def test_turns_that_ended_are_left_alone() -> None:
    conversation = make_conversation()
    turn = left_over(conversation)
    Turn.objects.update(status="completed")
    assert sweep() == 0
    turn.refresh_from_db()
    assert turn.status == "completed"
    assert left_over(conversation).is_live
