"""What a turn's rows keep: what has changed, in its own rows, and only while it is its player's."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models.signals import pre_delete

from chat.conversations import search
from chat.costs import budgets
from chat.models import Attempt, Budget, Conversation, Reservation, Turn
from chat.turns.attempts import AttemptState, Receipt
from chat.turns.state import TurnState, TurnStatus
from chat.turns.store import Writer, blank, settle
from tests.people import make_conversation

pytestmark = pytest.mark.django_db(transaction=True)

RECEIPT = Receipt(
    usage={"input": 1, "output": 2, "cached_input": 0, "reasoning": 0},
    cost_usd=Decimal("0.001"),
    exactness="exact",
    counted_by="provider",
    finish="stop",
    first_token_ms=10,
    latency_ms=20,
)


@pytest.fixture
def turn() -> Turn:
    return Turn.objects.create(
        conversation=make_conversation(), client_id=uuid.uuid4(), prompt="Why?", status="running"
    )


def written(turn: Turn, text: str = "The Moon ") -> TurnState:
    state = blank(turn)
    state.status = TurnStatus.RUNNING
    state.attempts = [AttemptState(1, "draft", "small", "scripted", text=text)]
    return state


def test_a_turn_to_which_nothing_has_happened_says_which_it_is_what_was_asked_and_when(
    turn: Turn,
) -> None:
    turn.created_at, turn.only = datetime(2026, 1, 1, 0, 0, 1, 1600, tzinfo=UTC), "last"
    state = blank(turn)
    assert (state.id, state.client_id) == (str(turn.id), str(turn.client_id))
    assert (state.prompt, state.only) == ("Why?", "last")
    assert repr(state.began_at_ms) == "1767225601002"


def test_what_has_not_changed_is_not_written_again(turn: Turn) -> None:
    writer, state = Writer(turn), written(turn)
    assert writer.write(*writer.rows(state))
    Attempt.objects.update(error="Written by another.")
    Turn.objects.update(notice="Written by another.")
    state.seq, state.attempts[0].text = 1, "The Moon raises tides."
    assert writer.write(*writer.rows(state))
    turn.refresh_from_db()
    row = turn.attempts.get()
    assert (turn.last_seq, turn.notice) == (1, "Written by another.")
    assert (row.text, row.error) == ("The Moon raises tides.", "Written by another.")


def test_a_turn_without_a_text_is_answered_by_nobody(turn: Turn) -> None:
    writer = Writer(turn)
    for text, answered_by in (("", ""), ("The Moon.", "small")):
        writer.write(*writer.rows(written(turn, text)))
        turn.refresh_from_db()
        assert turn.answered_by == answered_by


def test_a_turn_of_which_nothing_has_changed_is_its_players_all_the_same(turn: Turn) -> None:
    writer = Writer(turn)
    assert [writer.write(*writer.rows(written(turn))) for _ in range(2)] == [True, True]


@pytest.mark.parametrize("fate", [{"epoch": 1}, {"status": "interrupted"}], ids=["taken", "ended"])
def test_a_turn_that_is_not_its_players_any_more_stays_as_it_is(
    turn: Turn, fate: dict[str, object]
) -> None:
    Budget.objects.create(scope="global", limit_usd=Decimal(1))
    budgets.admit(turn, 1, "small", Decimal("0.25"))
    writer, state = Writer(turn), written(turn)
    assert writer.write(*writer.rows(state))
    Turn.objects.update(**fate)
    before = list(Turn.objects.values()), list(Attempt.objects.values())
    state.status, state.attempts[0].text = TurnStatus.COMPLETED, "Too late."
    state.attempts.append(AttemptState(2, "verifier", "large", "scripted", text="Also."))
    assert writer.write(*writer.rows(state)) is False
    assert (list(Turn.objects.values()), list(Attempt.objects.values())) == before
    assert Reservation.objects.exists()


def test_an_end_is_kept_whole_or_not_at_all(turn: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(search, "index", broken)
    writer, state = Writer(turn), written(turn)
    state.status = TurnStatus.COMPLETED
    with pytest.raises(DatabaseError):
        writer.write(*writer.rows(state))
    turn.refresh_from_db()
    assert (turn.status, turn.attempts.count()) == ("running", 0)


def test_a_bill_without_its_turn_is_kept_without_a_word_or_not_yet(turn: Turn) -> None:
    """What is settled is looked at by nobody any more."""
    writer = Writer(turn)
    writer.write(*writer.rows(written(turn)))
    row = turn.attempts.get()
    turn.conversation.delete()
    row.settled = True

    def gone(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if '"text" = ' in sql:
            raise DatabaseError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(gone), pytest.raises(DatabaseError):
        settle([row])
    assert not Attempt.objects.get().settled
    settle([row])
    kept = Attempt.objects.get()
    assert (kept.settled, kept.text) == (True, "")


@pytest.mark.parametrize("is_played", [True, False], ids=["played", "left behind"])
def test_an_answer_that_ends_while_its_conversation_is_removed_leaves_no_word(
    turn: Turn, is_played: bool
) -> None:
    writer, state = Writer(turn), written(turn)
    writer.write(*writer.rows(state))
    state.status, state.attempts[0].receipt = TurnStatus.COMPLETED, RECEIPT
    rows = writer.rows(state)

    def end() -> None:
        if not (is_played and writer.write(*rows)):
            settle(rows[1])
        connection.close()

    ending = threading.Thread(target=end)

    def meanwhile(**_: object) -> None:
        """The words of what is settled were taken away; no row is gone yet."""
        ending.start()
        ending.join(0.5)

    pre_delete.connect(meanwhile, sender=Conversation)
    try:
        turn.conversation.delete()
    finally:
        pre_delete.disconnect(meanwhile, sender=Conversation)
    ending.join()
    kept = Attempt.objects.get()
    assert (kept.turn, kept.settled, kept.text) == (None, True, "")
