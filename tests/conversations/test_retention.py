"""What is removed is removed whole: of a conversation only its bill remains, without a word."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from chat.conversations import deletion, retention, search, sharing
from chat.costs import groups
from chat.costs.selection import Selection
from chat.models import (
    Attempt,
    Conversation,
    Feedback,
    SearchEntry,
    ShareLink,
    Spending,
    Turn,
)
from chat.turns.log import log
from tests.costs.ledgers import add_turn
from tests.people import ALICE, make_conversation, make_user

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary"
DECISION = {
    "accepted": True,
    "score": 0.9,
    "threshold": 0.7,
    "confidence": 0.9,
    "reason": "quality_passed",
    "kind": "fact",
    "promise": "",
    "saves_usd": None,
    "early": False,
    "checks": [{"name": "length", "value": 1, "contribution": 0.2, "passed": True, "note": CANARY}],
}


def written(days_ago: float = 0, *, title: str = CANARY, name: str = ALICE) -> Conversation:
    """With a canary wherever a conversation has words."""
    conversation = make_conversation(make_user(name))
    when = timezone.now() - timedelta(days=days_ago)
    turn = add_turn(conversation, "set_aside", made=when)
    Turn.objects.filter(id=turn.id).update(
        prompt=CANARY, attachments=[{"name": f"{CANARY}.txt", "text": CANARY}], ended_at=when
    )
    call = {"number": 1, "id": "1", "name": "look", "arguments": CANARY, "status": "done"}
    call |= {"result": CANARY, "time_ms": None}
    turn.attempts.update(
        text=CANARY, reasoning=CANARY, error=CANARY, tool_calls=[call], decision=DECISION
    )
    Feedback.objects.create(turn=turn, value=1, note=CANARY)
    Conversation.objects.filter(id=conversation.id).update(
        title=title, head=turn, updated_at=when, pinned=True
    )
    conversation.refresh_from_db()
    assert sharing.create(conversation, days=365, with_costs=False)
    search.index_conversation(conversation.id)
    return conversation


def rows_with(word: str) -> dict[str, int]:
    """How many rows of each table hold it, in any column."""
    found = {}
    for model in apps.get_models():
        rows = [json.dumps(row, default=str) for row in model._default_manager.values()]
        if count := sum(word in row for row in rows):
            found[model.__name__] = count
    return found


def spent() -> Decimal:
    everything = groups.models(Selection().attempts()) + groups.models(Selection().beside())
    return sum((group.spent_usd for group in everything), Decimal(0))


def is_found(word: str) -> bool:
    return bool(search.find(make_user(), search.Query(word)))


remove_due = async_to_sync(retention.remove_due)


@async_to_sync
async def remove(conversation: Conversation) -> int:
    return await deletion.remove(Conversation.objects.filter(id=conversation.id))


def test_nothing_of_a_removed_conversation_stays_but_its_bill() -> None:
    conversation = written(days_ago=1)
    assert set(rows_with(CANARY)) >= {"Conversation", "Turn", "Attempt", "SearchEntry", "Feedback"}
    before = list(Attempt.objects.order_by("pk").values("cost_usd", "input_tokens", "user"))
    remove(conversation)
    assert rows_with(CANARY) == {}
    assert not is_found(CANARY)
    for model in (Conversation, Turn, ShareLink, SearchEntry, Feedback):
        assert not model.objects.exists()
    left = Attempt.objects.order_by("pk")
    assert list(left.values("cost_usd", "input_tokens", "user")) == before
    assert left[0].decision["score"] == 0.9
    assert left[0].decision["checks"][0]["contribution"] == 0.2


def test_a_user_removed_with_all_that_is_theirs_leaves_no_words_either() -> None:
    user = written().user
    user.delete()
    assert rows_with(CANARY) == {}
    assert Attempt.objects.filter(user=None, cost_usd__gt=0).count() == 2


def test_its_log_is_dropped_too() -> None:
    conversation = written()
    turn_id = str(conversation.head_id)

    @async_to_sync
    async def removed() -> object:
        log.open(turn_id)
        await deletion.remove(Conversation.objects.all())
        return await log.read(turn_id)

    assert removed() is None


def test_the_spending_of_a_conversation_goes_with_it() -> None:
    conversation = written()
    Spending.objects.create(scope="conversation", key=str(conversation.id))
    remove(conversation)
    assert not Spending.objects.exists()


def test_what_nobody_used_for_so_long_is_removed_and_the_sums_stay(settings) -> None:
    settings.RETENTION_DAYS = 30
    old, young = written(31, title="old"), written(29, title="young")
    before = spent()
    assert remove_due() == 1
    assert list(Conversation.objects.values_list("id", flat=True)) == [young.id]
    assert not Turn.objects.filter(conversation=old.id).exists()
    assert spent() == before
    assert retention.forget_who() == 2
    assert spent() == before
    assert Attempt.objects.filter(turn=None, user=None).count() == 2
    assert Attempt.objects.filter(user=young.user).count() == 2
    assert (remove_due(), retention.forget_who()) == (0, 0)


def test_who_deleted_something_long_ago_is_forgotten_as_well(settings) -> None:
    settings.RETENTION_DAYS = 30
    for days in (31, 29):
        remove(written(days))
    retention.forget_who()
    assert Attempt.objects.filter(user=None).count() == 2
    assert Attempt.objects.exclude(user=None).count() == 2


def test_an_answer_that_is_being_written_is_left_alone(settings) -> None:
    settings.RETENTION_DAYS = 1
    conversation = written(2)
    add_turn(conversation, status="running")
    assert remove_due() == 0
    assert Conversation.objects.filter(id=conversation.id).exists()


def test_it_goes_in_batches_the_oldest_first(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RETENTION_DAYS = 1
    monkeypatch.setattr(retention, "BATCH", 2)
    newest = written(2)
    for days in (5, 4, 3):
        written(days)
    assert remove_due() == 2
    assert remove_due() == 2
    assert not Conversation.objects.filter(id=newest.id).exists()


async def test_a_process_keeps_to_it_until_nothing_is_left_and_says_how_many(
    settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RETENTION_DAYS = 1
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "PAUSE_S", 0)
    for _ in range(5):
        await sync_to_async(written)(2)
    keeping = asyncio.create_task(retention.keep_to_it_for_ever())
    async with asyncio.timeout(30):
        while "were removed" not in caplog.text:
            await asyncio.sleep(0.02)
    keeping.cancel()
    assert "5 conversations unused for 1 days were removed" in caplog.text
    assert not await Conversation.objects.aexists()
    assert not await Attempt.objects.exclude(user=None).aexists()


@pytest.mark.parametrize("is_set_before", [True, False])
def test_a_file_that_is_read_in_begins_its_time_here(settings, client, is_set_before) -> None:
    settings.RETENTION_DAYS = 30
    conversation = written(400)
    client.force_login(conversation.user)
    file = client.get(f"/c/{conversation.id}/export.json").content
    assert remove_due() == 1
    settings.RETENTION_DAYS = 30 if is_set_before else 0
    sent = SimpleUploadedFile("conversation.json", file, "application/json")
    assert client.post("/import/", {"file": sent}).status_code == 302
    settings.RETENTION_DAYS = 30
    assert remove_due() == 0
    kept = Conversation.objects.get()
    assert (kept.title, kept.updated_at) == (CANARY, conversation.updated_at)
    Conversation.objects.update(imported_at=timezone.now() - timedelta(days=31))
    assert remove_due() == 1


@pytest.mark.parametrize("away", [timedelta(days=-91), timedelta(days=91)])
def test_the_clock_of_a_process_removes_nothing(
    settings, monkeypatch: pytest.MonkeyPatch, away: timedelta
) -> None:
    settings.RETENTION_DAYS = 90
    used, deleted = written(1), written(1)
    here = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: here + away)
    async_to_sync(deletion.delete)(deleted)
    assert (remove_due(), async_to_sync(deletion.remove_expired)()) == (0, 0)
    assert list(deletion.recent(used.user)) == [deleted]


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (30, True)])
def test_readers_are_told_where_they_manage_a_conversation(settings, client, days, is_told) -> None:
    settings.RETENTION_DAYS = days
    conversation = written()
    client.force_login(conversation.user)
    page = client.get(f"/c/{conversation.id}/manage/").content.decode()
    assert ("It is deleted 30 days after it was last used." in page) is is_told


def test_what_was_deleted_before_loses_its_words_when_the_database_is_migrated() -> None:
    kept = written()
    Attempt.objects.filter(turn=written().head).update(turn=None)
    migration = import_module("chat.migrations.0014_wordless_ledger")
    migration.strip(apps, None)
    left = Attempt.objects.filter(turn=None)
    assert [(row.text, row.tool_calls, row.decision["checks"][0]["note"]) for row in left] == [
        ("", [], "")
    ] * 2
    assert Attempt.objects.filter(turn=kept.head, text=CANARY).count() == 2
