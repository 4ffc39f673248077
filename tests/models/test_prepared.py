"""Prepared queries: the same rows as Django's own, whatever is given, and no compiling."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler, SQLUpdateCompiler
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Cascade, Conversation, Provider, Turn
from chat.models.prepared import Given, each, prepared
from tests.people import make_cascade, make_conversation

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = ("id", "status", "total_usd", "model_names", "is_copy", "created_at", "latency_ms")


@prepared
def ended_since() -> QuerySet[Turn, tuple[object, ...]]:
    turns = Turn.objects.filter(conversation=Given("conversation", UUIDField()), status="failed")
    return turns.filter(created_at__gt=Given("since", DateTimeField())).values_list(*FIELDS)


@prepared
def with_conversations(turns: int) -> QuerySet[Turn]:
    found = Turn.objects.filter(id__in=each("turns", turns, UUIDField()))
    return found.select_related("conversation__cascade")


@prepared
def offered() -> QuerySet[Cascade]:
    return Cascade.objects.offered()


@prepared
def of_status() -> QuerySet[Turn]:
    return Turn.objects.filter(id=Given("turn", UUIDField()), status=Given("status", CharField()))


def failed(conversation: Conversation) -> Turn:
    return Turn.objects.create(
        conversation=conversation,
        client_id=uuid.uuid4(),
        status="failed",
        total_usd=Decimal("0.0000000001"),
        model_names=["small", "large"],
    )


def test_its_rows_are_those_of_django_for_each_value_that_is_given() -> None:
    one, other = make_conversation(), make_conversation()
    for conversation in (one, other, one):
        failed(conversation)
    begun = timezone.now() - timedelta(minutes=1)
    for conversation in (one, other, one):
        own = Turn.objects.filter(conversation=conversation).values_list(*FIELDS)
        assert ended_since(conversation=conversation.id, since=begun) == list(own)
    assert not ended_since(conversation=one.id, since=timezone.now())


def test_its_rows_have_what_is_annotated() -> None:
    for kind in ("demo", "openai"):
        make_cascade(kind=kind)
    for _ in range(2):
        assert [(row.name, row.is_demo) for row in offered()] == [
            (row.name, row.is_demo) for row in Cascade.objects.offered()
        ]
        Provider.objects.update(kind="demo")
    assert all(row.is_demo for row in offered())


def test_it_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    since = timezone.now() - timedelta(minutes=1)
    ended_since(conversation=uuid.uuid4(), since=since)
    turn = failed(make_conversation())

    def forbidden(*_: object) -> None:
        raise AssertionError("it was compiled again")

    monkeypatch.setattr(SQLCompiler, "as_sql", forbidden)
    [(found, *_)] = ended_since(conversation=turn.conversation_id, since=since)
    assert found == turn.id


def test_its_rows_may_be_of_a_model_with_what_belongs_to_them() -> None:
    turns = [failed(make_conversation()) for _ in range(3)]
    for some in (turns[:2], turns[1:], turns):
        found = with_conversations(turns=[turn.id for turn in some])
        assert found == some
        with CaptureQueriesContext(connection) as asked:
            cascades = [turn.conversation.cascade for turn in found]
        assert cascades == [turn.conversation.cascade for turn in some]
        assert not asked.captured_queries
        assert found[0].total_usd == Decimal("0.0000000001")
        assert not found[0]._state.adding
    assert with_conversations(turns=[]) == []


def test_columns_are_set_as_django_sets_them() -> None:
    turn, other = failed(make_conversation()), failed(make_conversation())
    after = failed(turn.conversation)
    both = [
        {"model_names": [], "latency_ms": 7, "total_usd": Decimal("0.5")},
        {"model_names": ["a", None], "copied": None, "ended_at": timezone.now()},
        {"total_usd": None, "copied": [{"text": "it's"}], "latency_ms": None},
        {"parent_id": after.pk, "status": "stopped"},
    ]
    for changed in both:
        assert of_status.update(changed, turn=turn.id, status="failed") == 1
        assert not of_status.update(changed, turn=turn.id, status="completed")
        Turn.objects.filter(id=other.id).update(**changed)
        turn.refresh_from_db()
        other.refresh_from_db()
        assert {name: getattr(turn, name) for name in changed} == changed
    Turn.objects.filter(id=other.id).update(copied=None)
    of_status.update({"copied": None}, turn=turn.id, status="stopped")
    assert Turn.objects.filter(copied__isnull=True, id__in=[turn.id, other.id]).count() == 2
    kept = ("model_names", "latency_ms", "total_usd", "copied", "ended_at", "parent_id")
    assert [getattr(turn, name) for name in kept] == [getattr(other, name) for name in kept]


def test_an_update_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = failed(make_conversation())
    of_status.update({"latency_ms": 1}, turn=turn.id, status="failed")

    def forbidden(*_: object) -> None:
        raise AssertionError("it was compiled again")

    monkeypatch.setattr(SQLUpdateCompiler, "as_sql", forbidden)
    assert of_status.update({"latency_ms": 2}, turn=turn.id, status="failed") == 1
