"""Prepared queries: the same rows as Django's own, whatever is given, and no compiling."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import DateTimeField, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from chat.models import Conversation, Turn
from chat.prepared import Given, prepared
from tests.people import make_conversation

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = ("id", "status", "total_usd", "model_names", "is_copy", "created_at", "latency_ms")


@prepared
def ended_since() -> QuerySet[Turn, tuple[object, ...]]:
    turns = Turn.objects.filter(conversation=Given("conversation", UUIDField()), status="failed")
    return turns.filter(created_at__gt=Given("since", DateTimeField())).values_list(*FIELDS)


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


def test_it_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    since = timezone.now() - timedelta(minutes=1)
    ended_since(conversation=uuid.uuid4(), since=since)
    turn = failed(make_conversation())

    def forbidden(*_: object) -> None:
        raise AssertionError("it was compiled again")

    monkeypatch.setattr(SQLCompiler, "as_sql", forbidden)
    [(found, *_)] = ended_since(conversation=turn.conversation_id, since=since)
    assert found == turn.id
