"""One user's data: exported whole, and removed whole."""

import asyncio
import io
import json
import stat
import uuid
import zipfile
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from chat.accounts.departure import GONE, remove_user
from chat.models import (
    Attempt,
    Budget,
    Change,
    Conversation,
    Provider,
    Reading,
    SavedPrompt,
    Spending,
)
from chat.turns.begin import begin
from tests.conversations.test_retention import CANARY, rows_with, spent, written
from tests.people import BOB, amake_conversation, make_user
from tests.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "canary.name"


def told(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def person() -> User:
    """Named, and mentioned wherever names are kept."""
    user = make_user(NAME)
    user.is_staff, user.email = True, f"{NAME}@example.org"
    user.save()
    root = User.objects.create_superuser("root")
    desk = Client()
    desk.force_login(root)
    fields = {"username": NAME, "email": "", "date_joined_0": "2026-01-01"}
    fields |= {"date_joined_1": "12:00", "is_active": "on", "is_staff": "on"}
    fields |= {"budget_set-TOTAL_FORMS": "1", "budget_set-INITIAL_FORMS": "0"}
    fields |= {"budget_set-0-limit_usd": "3", "budget_set-0-user": str(user.pk)}
    assert desk.post(f"/admin/auth/user/{user.pk}/change/", fields).status_code == 302
    Client().force_login(user)
    conversation = written(name=NAME)
    Reading.objects.create(
        reader=root, reader_name="root", owner_name=NAME, conversation=conversation
    )
    Reading.objects.create(reader=user, reader_name=NAME, owner_name=BOB)
    Change.objects.create(by=user, by_name=NAME, kind="model", object="small", what="changed")
    Spending.objects.create(scope="user", key=f"{user.pk} 2026-01-01", spent_usd=1)
    return user


def test_all_of_a_user_is_exported_for_their_eyes_and_can_be_imported(tmp_path: Path) -> None:
    conversation = written(name=person().username)
    written(name=BOB, title="of another")
    path = tmp_path / "export.zip"
    assert told("export_user", NAME, str(path)) == f"Wrote {path}. Conversations of {NAME}: 2.\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        account = json.loads(archive.read("account.json"))
        ledger = [json.loads(line) for line in archive.read("ledger.jsonl").splitlines()]
        kept = archive.read(f"conversations/{conversation.id}.json")
        assert "of another" not in "".join(
            archive.read(name).decode() for name in archive.namelist()
        )
    assert (account["username"], account["budget_usd_a_day"]) == (NAME, ["3.0000000000"])
    assert account["read_by_others"][0]["reader_name"] == "root"
    assert account["saved_prompts"] == []
    assert [len(account[name]) for name in ("share_links", "changes_of_the_setup")] == [2, 1]
    assert len(ledger) == 4 and ledger[0]["cost_usd"] == "0.0014000000"
    client = Client()
    client.force_login(make_user(BOB))
    sent = SimpleUploadedFile("conversation.json", kept, "application/json")
    assert client.post("/import/", {"file": sent}).status_code == 302


def test_an_export_takes_no_file_s_place_and_leaves_no_half(tmp_path: Path) -> None:
    make_user(NAME)
    path = tmp_path / "export.zip"
    path.write_text("something else")
    with pytest.raises(CommandError, match="cannot be made: File exists"):
        told("export_user", NAME, str(path))
    assert path.read_text() == "something else"
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        told("export_user", "nobody", str(tmp_path / "other.zip"))
    assert not (tmp_path / "other.zip").exists()


@pytest.mark.parametrize(
    ("table", "setting"),
    [("socialaccount_socialaccount", "OIDC_SERVER"), ("mfa_authenticator", "TWO_FACTOR")],
)
def test_who_cannot_be_seen_whole_is_neither_exported_nor_removed(
    tmp_path: Path, table: str, setting: str
) -> None:
    """The tables of signing in elsewhere and of second factors stay when both are off."""
    user, other = person(), make_user(BOB)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (user_id integer)")
        try:
            cursor.execute(f"INSERT INTO {table} VALUES ({user.pk})")
            for command in (("export_user", NAME, str(tmp_path / "x.zip")), ("delete_user", NAME)):
                with pytest.raises(CommandError, match=f"can be seen without {setting}"):
                    call_command(*command)
            assert User.objects.get(username=NAME).is_active
            assert "Removed" in told("delete_user", other.username, "--yes")
        finally:
            cursor.execute(f"DROP TABLE {table}")


def test_a_user_is_removed_with_every_mention_and_the_sums_stay() -> None:
    person()
    SavedPrompt.objects.create(user=make_user(NAME), name=NAME, text=CANARY)
    bobs = written(name=BOB, title="kept")
    assert set(rows_with(NAME)) >= {"User", "Reading", "Change", "LogEntry", "Session"} - {
        "Session"
    }
    before, rows = spent(), Attempt.objects.count()
    said = told("delete_user", NAME, "--yes")
    assert (
        f"Removed {NAME}. Conversations: 1, turns: 1, links: 1, saved prompts: 1, sessions: 1."
        in said
    )
    assert "without words and without the user: 2." in said
    assert rows_with(NAME) == {}
    assert (spent(), Attempt.objects.count()) == (before, rows)
    assert list(Conversation.objects.all()) == [bobs]
    assert Attempt.objects.filter(text=CANARY).count() == 2
    assert Session.objects.count() == 1  # the operator's
    assert not Budget.objects.exists() and not Spending.objects.exists()
    assert Change.objects.filter(by_name="a removed user", object="small").exists()


def test_a_budget_that_was_handed_on_names_whoever_had_it_no_more() -> None:
    desk = Client()
    desk.force_login(root := User.objects.create_superuser("root"))
    user, heir = make_user(NAME), make_user(BOB)
    budget = {"scope": "user", "limit_usd": "3"}
    desk.post("/admin/chat/budget/add/", budget | {"user": user.pk})
    there = f"/admin/chat/budget/{Budget.objects.get().pk}/change/"
    desk.post(there, budget | {"user": heir.pk})
    Reading.objects.create(reader=root, reader_name="root", owner_name=NAME)
    assert set(rows_with(NAME)) == {"User", "LogEntry", "Change", "Reading"}
    user.username = "another.name"
    user.save()
    told("delete_user", "another.name", "--yes")
    assert rows_with(NAME) == rows_with("another.name") == {}
    assert Budget.objects.get().user == heir


def test_an_operator_is_removed_with_what_they_changed_of_themselves_and_keys_they_set() -> None:
    user = User.objects.create_superuser(NAME)
    Provider.objects.create(name="P", kind="openai", key_set_by=NAME)
    desk = Client()
    desk.force_login(user)
    fields = {"username": "another.name", "date_joined_0": "2026-01-01"}
    fields |= {"date_joined_1": "12:00", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    fields |= {"budget_set-TOTAL_FORMS": "0", "budget_set-INITIAL_FORMS": "0"}
    assert desk.post(f"/admin/auth/user/{user.pk}/change/", fields).status_code == 302
    assert rows_with(NAME).keys() == {"Change", "Provider"}
    told("delete_user", "another.name", "--yes")
    assert rows_with(NAME) == rows_with("another.name") == {}
    assert Provider.objects.get().key_set_by == GONE


def test_a_name_that_somebody_else_has_now_stays_theirs() -> None:
    first = make_user(NAME)
    first.username = "another.name"
    first.save()
    Reading.objects.create(owner_name=make_user(NAME).username, reader_name="root")
    told("delete_user", "another.name", "--yes")
    assert Reading.objects.get().owner_name == NAME


@pytest.mark.parametrize("typed", ["", "yes\n", "someone\n"])
def test_nothing_is_removed_without_the_name(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    written(name=NAME)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(CommandError, match="Nothing was removed"):
        told("delete_user", NAME)
    assert make_user(NAME).is_active and Conversation.objects.exists()


def test_the_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(NAME)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NAME}\n"))
    told("delete_user", NAME)
    assert not User.objects.exists()


async def test_an_answer_that_is_being_written_is_stopped_and_paid(scripted: Scripted) -> None:
    scripted.answers = {"small": [f"{CANARY} ", asyncio.Event()]}
    conversation = await amake_conversation()
    await begin(conversation.id, uuid.uuid4(), CANARY)
    while not scripted.open:
        await asyncio.sleep(0.01)
    departure = await remove_user(conversation.user)
    assert (departure.conversations, departure.ledger_rows, scripted.open) == (1, 1, 0)
    row = await Attempt.objects.aget()
    assert (row.user_id, row.turn_id, row.settled, row.text) == (None, None, True, "")
    assert await sync_to_async(rows_with)(CANARY) == {}
