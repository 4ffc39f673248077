"""The list of conversations: its order and pages, and what is done with one of them."""

import asyncio
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.apps import apps
from django.db import OperationalError, connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cascadeweb.asgi import application
from chat.consumers import frames, rights, sockets
from chat.consumers.conversation_list import ListConsumer
from chat.conversations import deletion, listing, tags
from chat.models import Attempt, Conversation, Tag, Turn
from chat.turns.begin import Refused, begin
from tests.costs.ledgers import add_turn
from tests.people import (
    BOB,
    amake_conversation,
    amake_user,
    make_cascade,
    make_conversation,
    make_user,
)
from tests.scripted import Scripted
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import HOST, signed_in
from tests.web.test_pages import browser
from tests.web.test_socket_faults import away

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()


def many(count: int, **fields: Any) -> None:
    """Numbered, each an hour older than the one before."""
    user, cascade = make_user(), make_cascade()
    made = [
        Conversation(user=user, title=f"Number {n}", cascade=cascade, **fields)
        for n in range(count)
    ]
    for n, row in enumerate(made):
        row.updated_at = NOW - timedelta(hours=n)
    Conversation.objects.bulk_create(made)
    for row in made:  # `auto_now` had the last word
        row.updated_at = NOW - timedelta(hours=made.index(row)) if count < 300 else row.updated_at
    Conversation.objects.bulk_update(made, ["updated_at"])


def client(name: str = "alice") -> Client:
    made = Client()
    made.force_login(make_user(name))
    return made


def titles(html: str) -> list[str]:
    return re.findall(r'class="conversation-title"[^>]*>([^<]*)<', html)


def followed(page: str) -> list[str]:
    """The titles of a list to its end, whose first page this is."""
    seen = titles(page)
    while older := re.search(r'hx-get="(/list/\?before=[^"]*)"', page):
        page = client().get(older[1].replace("&amp;", "&")).content.decode()
        seen += titles(page)
    return seen


@pytest.mark.parametrize(
    ("shown", "comes"), [("90", 90), ("3", 40), ("", 40), ("-1", 40), ("9" * 9, 40), ("99999", 400)]
)
def test_a_list_that_was_opened_up_comes_anew_as_long_as_it_is(shown: str, comes: int) -> None:
    many(450)
    page = client().get("/list/", {"shown": shown}).content.decode()
    assert len(titles(page)) == comes
    seen = followed(page)
    assert len(seen) == 450 and {*seen} == {f"Number {n}" for n in range(450)}


async def test_a_page_that_ends_with_a_conversation_just_asked_in_is_followed_by_others() -> None:
    await sync_to_async(many)(listing.PAGE + 9)
    asked = await Conversation.objects.aget(title="Number 7")
    await ended(await begin(asked.id, uuid.uuid4(), "Why?"))
    above = [f"Number {n}" for n in range(10, listing.PAGE + 9)]
    later = timezone.now() + timedelta(hours=1)
    await Conversation.objects.filter(title__in=above).aupdate(updated_at=later)
    seen = await sync_to_async(lambda: followed(client().get("/list/").content.decode()))()
    assert seen[len(above)] == "Number 7" and len(seen) == len({*seen})


def test_moments_that_sqlite_keeps_to_the_millisecond_get_all_their_digits() -> None:
    kept = ["2026-11-30 00:11:45.883", "2026-11-30 00:11:45.883123", "2026-11-30 00:11:45"]
    migration = import_module("chat.migrations.0025_moments_to_the_microsecond")
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE chat_conversation (updated_at)")
        database.executemany("INSERT INTO chat_conversation VALUES (?)", [[one] for one in kept])
        backend = SimpleNamespace(vendor="sqlite")
        editor = SimpleNamespace(connection=backend, execute=database.execute)
        migration.write_all_digits(apps, editor)
        found = [row[0] for row in database.execute("SELECT updated_at FROM chat_conversation")]
    assert found == [f"{kept[0]}000", *kept[1:]]


def test_a_list_that_holds_as_many_as_it_may_leads_to_a_page_with_those_beyond() -> None:
    many(450)
    first = client().get("/list/", {"shown": "400"}).content.decode()
    [beyond] = re.findall(r'hx-get="(/list/\?before=[^"]*)"', first)
    held = listing.MOST_HELD - listing.PAGE - 1
    part = client().get(f"{beyond}&held={held}").content.decode()
    assert "hx-get" in part.partition('class="older"')[2]
    part = client().get(f"{beyond}&held={held + 1}").content.decode()
    [address] = re.findall(r'class="older"><a href="([^"]*)">Older ones, on a page', part)
    assert len(titles(part)) == listing.PAGE
    page = client().get(address).content.decode().partition("<main")[2]
    seen = [*titles(first), *titles(part), *titles(page)]
    assert len(seen) == 450 and {*seen} == {f"Number {n}" for n in range(450)}


def test_pieces_of_a_list_are_asked_for_in_two_queries_each() -> None:
    many(450)
    first = client().get("/list/", {"shown": "400"}).content.decode()
    [beyond] = {*re.findall(r"before=([^\"&]*)", first)}
    with CaptureQueriesContext(connection) as queries:
        page = listing.page(make_user(), before=unquote(beyond), shown=1600, held=400)
    assert sum(len(section.rows) for section in page.sections) == 50
    assert sum("chat_conversation" in query["sql"] for query in queries) <= 2


def test_every_conversation_is_on_one_page_in_order() -> None:
    many(100)
    seen = followed(client().get("/list/").content.decode())
    assert seen == [f"Number {n}" for n in range(100)]


@pytest.mark.parametrize(
    "address",
    ["/find/?archived=1", "/find/?tag=x", "/find/?q=zebra", "/find/?before=x", "/costs/?q=a"],
)
def test_the_list_beside_a_page_is_whole_whatever_the_page_was_asked_for(address: str) -> None:
    many(60)
    page = client().get(address).content.decode()
    beside = page.partition('id="conversation-list"')[2].partition("</ul>")[0]
    assert followed(beside) == [f"Number {n}" for n in range(60)]


def test_a_list_beside_a_page_that_is_empty_says_so_of_itself() -> None:
    page = client().get("/find/?archived=1").content.decode()
    beside = page.partition('id="conversation-list"')[2].partition("</ul>")[0]
    assert "Nothing asked yet" in beside


@pytest.mark.parametrize("query", ["archived=1", "tag=r%26d"])
def test_a_list_that_was_narrowed_stays_so_to_its_end(query: str) -> None:
    many(60, archived=True)
    many(20)
    if "tag" in query:
        Conversation.objects.filter(archived=True).update(archived=False)
        for row in Conversation.objects.order_by("-updated_at")[20:]:
            tags.add(row, "r&d")
    page = client().get(f"/find/?{query}").content.decode()
    assert len(followed(page.partition("<main")[2])) == 60


def test_the_open_conversation_is_marked_also_on_an_older_page_of_the_list() -> None:
    many(60)
    last = Conversation.objects.get(title="Number 59")
    page = client().get(f"/c/{last.id}/").content.decode()
    older = re.search(r'hx-get="(/list/\?before=[^"]*)"', page)
    assert older
    shown = client().get(older[1].replace("&amp;", "&")).content.decode()
    assert f'href="/c/{last.id}/" aria-current="page"' in shown


def test_times_are_said_once_and_pinned_ones_stand_first() -> None:
    many(listing.PAGE + 5)
    Conversation.objects.filter(title="Number 7").update(pinned=True)
    page = client().get("/list/").content.decode()
    assert titles(page)[:2] == ["Number 7", "Number 0"]
    said = re.findall(r"<h2>([^<]*)</h2>", page)
    assert said[0] == "Pinned" and len(said) == len(set(said))
    older = listing.page(make_user(), before=listing.page(make_user()).older)
    assert [row.title for s in older.sections for row in s.rows] == [
        f"Number {n}" for n in range(listing.PAGE + 1, listing.PAGE + 5)
    ]
    assert older.sections[0].name not in said


def test_however_many_are_pinned_all_are_listed_and_the_rest_after_them() -> None:
    many(130)
    newest = Conversation.objects.order_by("-updated_at")
    Conversation.objects.filter(id__in=newest.values("id")[10:120]).update(pinned=True)
    page = client().get("/list/").content.decode()
    expected = [*range(10, 120), *range(10), *range(120, 130)]
    assert followed(page) == [f"Number {n}" for n in expected]


@pytest.mark.parametrize(
    "before",
    [
        *("", "x", "2026-01-01~y", "~", "pinned~", "pinned~x~y", "2026-99-01T00:00:00+00:00~x"),
        "9999-12-31T23:59:59-12:00~7e57ed00-0000-4000-8000-000000000001",
        "0001-01-01T00:00:00+12:00~7e57ed00-0000-4000-8000-000000000001",
    ],
)
def test_a_cursor_that_is_none_begins_at_the_first_page(before: str) -> None:
    many(3)
    page = client().get("/list/", {"before": before}).content.decode()
    assert titles(page) == ["Number 0", "Number 1", "Number 2"]


def test_a_page_takes_two_queries_by_an_index_however_many_there_are() -> None:
    many(2000)
    user = make_user()
    for before in ("", f"{(NOW - timedelta(hours=900)).isoformat()}~{uuid.uuid4()}"):
        with CaptureQueriesContext(connection) as seen:
            listing.page(user, before=before)
        assert len(seen) == (1 if before else 2)
        assert all("listed_conversations" in plan for plan in plans(seen))


def test_what_can_be_taken_back_is_found_by_an_index_however_many_there_are() -> None:
    many(2000)
    user = make_user()
    with CaptureQueriesContext(connection) as seen:
        assert not deletion.recent(user)
    assert all("conversations_to_undo" in plan for plan in plans(seen))


def plans(seen: CaptureQueriesContext) -> Iterator[str]:
    """None sorts what it found. SQLite alone tells the same plan however much there is."""
    for query in seen.captured_queries if connection.vendor == "sqlite" else ():
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = " ".join(str(row[3]) for row in cursor.fetchall())
        assert "TEMP B-TREE" not in plan
        yield plan


def test_pinned_archived_and_tagged() -> None:
    made = make_conversation()
    alice, bob = client(), client(BOB)
    address = f"/c/{made.id}"
    assert alice.post(f"{address}/mark/", {"pinned": "1"})["Location"] == f"{address}/manage/"
    assert "Unpin" in alice.get(f"{address}/manage/").content.decode()
    alice.post(f"{address}/mark/", {"archived": "1"})
    assert titles(alice.get("/list/").content.decode()) == []
    assert titles(alice.get("/find/?archived=1").content.decode())[-1:] == ["A conversation"]
    alice.post(f"{address}/mark/", {"archived": "0"})
    alice.post(f"{address}/tags/", {"tag": " Deep  Sea, "})
    assert titles(alice.get("/list/?tag=deep+sea").content.decode()) == ["A conversation"]
    assert titles(bob.get("/list/?tag=deep+sea").content.decode()) == []
    assert "deep sea" in alice.get("/find/").content.decode()
    alice.post(f"{address}/tags/", {"remove": "deep sea"})
    assert not Tag.objects.exists()


def test_a_tag_leads_to_all_that_bear_it_also_in_the_archive() -> None:
    many(3)
    for row in Conversation.objects.exclude(title="Number 2"):
        tags.add(row, "taxes")
    Conversation.objects.filter(title="Number 1").update(archived=True)
    for query, listed in (
        ("tag=taxes", ["Number 0", "Number 1"]),
        ("tag=taxes&archived=1", ["Number 1"]),
        ("archived=1", ["Number 1"]),
        ("", ["Number 0", "Number 2"]),
    ):
        page = client().get(f"/find/?{query}").content.decode()
        assert titles(page.partition("<main")[2]) == listed


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("  ,", "Type a word to tag it with."),
        ("x" * 31, "at most 30 characters"),
        ("eleven", "at most 10 tags"),
    ],
)
def test_what_is_no_tag_is_refused_in_a_sentence(typed: str, sentence: str) -> None:
    made = make_conversation()
    for n in range(tags.MOST):
        tags.add(made, f"t{n}")
    answer = client().post(f"/c/{made.id}/tags/", {"tag": typed})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert f'value="{typed}" list="own-tags"' in answer.content.decode()
    assert made.tags.count() == tags.MOST


def test_a_title_is_changed_by_its_form() -> None:
    made, alice = make_conversation(), client()
    assert alice.post(f"/c/{made.id}/title/", {"title": " High\n tides "}).status_code == 302
    made.refresh_from_db()
    assert made.title == "High tides"
    for bad in ("", " ", "x" * 121):
        answer = alice.post(f"/c/{made.id}/title/", {"title": bad})
        assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()
    part = alice.post(f"/c/{made.id}/title/", {"title": "Low"}, headers={"HX-Request": "true"})
    assert part.status_code == 204 and part["HX-Trigger"]
    anew = alice.get(f"/list/?at={made.id}").content.decode()
    assert 'id="conversation-title"' in anew and titles(anew) == ["Low"]


def test_what_is_deleted_beside_another_page_leaves_nothing_to_say_of_it() -> None:
    conversation = make_conversation()
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
    answer = client().post(f"/c/{conversation.id}/delete/", headers=here)
    assert answer.status_code == 204 and answer["HX-Trigger"]


async def test_what_is_deleted_is_gone_and_can_be_taken_back(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    alice = await browser()
    assert (await alice.post(f"/c/{conversation.id}/delete/"))["Location"] == "/"
    assert (await ended(turn)).status == "stopped"
    assert scripted.open == 0
    for address in (f"/c/{conversation.id}/", f"/c/{conversation.id}/manage/"):
        assert (await alice.get(address)).status_code == 404
    assert (await alice.post(f"/turns/{turn.id}/retry/")).status_code == 404
    with pytest.raises(Refused, match="was deleted"):
        await begin(conversation.id, uuid.uuid4(), "Again?")
    home = (await alice.get("/")).content.decode()
    assert "Undo" in home and titles(home) == []
    bob = await browser(await amake_user(BOB))
    assert (await bob.post(f"/c/{conversation.id}/undo/")).status_code == 404
    assert (await alice.post(f"/c/{conversation.id}/undo/")).status_code == 302
    assert (await alice.get(f"/c/{conversation.id}/")).status_code == 200


def test_after_a_while_it_is_removed_and_the_ledger_stays() -> None:
    kept, gone = make_conversation(), make_conversation()
    turn = add_turn(gone)
    long_ago = timezone.now() - timedelta(seconds=deletion.GRACE_S + 1)
    Conversation.objects.filter(id=gone.id).update(deleted_at=long_ago)
    Conversation.objects.filter(id=kept.id).update(deleted_at=timezone.now())
    assert client().post(f"/c/{gone.id}/undo/").status_code == 404
    assert async_to_sync(deletion.remove_expired)() == 1
    assert list(Conversation.objects.all()) == [kept]
    assert not Turn.objects.filter(id=turn.id).exists()
    assert Attempt.objects.filter(turn=None).count() == 1


async def test_every_address_refuses_bob_and_strangers() -> None:
    conversation = await amake_conversation()
    bob, stranger = await browser(await amake_user(BOB)), AsyncClient()
    for name in ("manage", "title", "mark", "tags", "delete", "undo"):
        address = f"/c/{conversation.id}/{name}/"
        sent = {"pinned": "1", "tag": "x", "title": "x"}
        assert (await bob.post(address, sent)).status_code == 404
        assert (await stranger.post(address, sent))["Location"].startswith("/sign-in/")
    for address in ("/list/", "/find/"):
        assert "A conversation" not in (await bob.get(address)).content.decode()
        assert (await stranger.get(address))["Location"].startswith("/sign-in/")
    assert "A conversation" not in (await bob.get(f"/list/?at={conversation.id}")).content.decode()
    await conversation.arefresh_from_db()
    assert (conversation.title, conversation.pinned) == ("A conversation", False)


async def connected(user: Any, shown: str = "") -> WebsocketCommunicator:
    headers = [
        (b"host", HOST.encode()),
        (b"origin", f"http://{HOST}".encode()),
        (b"cookie", f"sessionid={await signed_in(user)}".encode()),
    ]
    socket = WebsocketCommunicator(application, f"/ws/list/{shown}", headers=headers)
    await socket.connect(timeout=5)
    return socket


async def test_the_bell_rings_when_an_answer_begins_and_ends(scripted: Scripted) -> None:
    go_on = asyncio.Event()
    scripted.answers = {"small": ["The Moon ", go_on]}
    conversation = await amake_conversation()
    socket = await connected(await amake_user())
    bob = await connected(await amake_user(BOB))
    assert await socket.receive_json_from(5) == {"live": [], "news": True}
    assert await bob.receive_json_from(5) == {"live": [], "news": True}
    await socket.send_to("seen")
    await bob.send_to("seen")
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    assert await socket.receive_json_from(5) == {"live": [str(conversation.id)], "news": True}
    await socket.send_to("seen")
    go_on.set()
    await ended(turn)
    assert await socket.receive_json_from(5) == {"live": [], "news": True}
    assert await bob.receive_nothing(0.1)
    for one in (socket, bob):
        await one.disconnect()


async def test_the_list_says_that_somebody_is_there_and_tells_nothing_sooner_for_it(
    scripted: Scripted,
) -> None:
    go_on = asyncio.Event()
    scripted.answers = {"small": ["The Moon ", go_on]}
    conversation = await amake_conversation()
    socket = await connected(await amake_user())
    assert await socket.receive_json_from(5) == {"live": [], "news": True}
    await socket.send_json_to({"type": "alive"})
    assert await socket.receive_json_from(5) == {"type": "alive"}
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    await socket.send_json_to({"type": "alive"})
    assert await socket.receive_json_from(5) == {"type": "alive"}
    assert await socket.receive_nothing(0.5), "what it was told first was not seen"
    await socket.send_to("seen")
    assert await socket.receive_json_from(5) == {"live": [str(conversation.id)], "news": True}
    go_on.set()
    await ended(turn)
    await socket.disconnect()


@pytest.mark.parametrize(
    ("meanwhile", "is_news"),
    [
        ({}, False),
        ({"title": "Named elsewhere"}, True),
        ({"pinned": True}, True),
        ({"archived": True}, True),
        ({"deleted_at": NOW}, True),
    ],
)
async def test_a_page_hears_what_it_missed_before_its_socket_was_open(
    meanwhile: dict[str, Any], is_news: bool
) -> None:
    conversation, user = await amake_conversation(), await amake_user()
    client = AsyncClient()
    await client.aforce_login(user)
    made = (await client.get("/costs/")).content.decode()
    (mark,) = re.findall(r'id="conversation-list" data-mark="(\w+)"', made)
    if meanwhile:
        await Conversation.objects.filter(id=conversation.id).aupdate(**meanwhile)
    socket = await connected(user, f"?shown={mark}")
    assert await socket.receive_json_from(5) == {"live": [], "news": is_news}
    await socket.disconnect()


async def test_an_answer_that_began_or_ended_before_the_socket_was_open_is_news(
    scripted: Scripted,
) -> None:
    go_on = asyncio.Event()
    scripted.answers = {"small": ["The Moon ", go_on]}
    conversation, user = await amake_conversation(), await amake_user()
    marks = [await sync_to_async(lambda: listing.page(user).mark)()]
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    marks.append(await sync_to_async(lambda: listing.page(user).mark)())
    for mark, is_news in zip(marks, (True, False), strict=True):
        socket = await connected(user, f"?shown={mark}")
        told = await socket.receive_json_from(5)
        assert told == {"live": [str(conversation.id)], "news": is_news}
        await socket.disconnect()
    go_on.set()
    await ended(turn)
    socket = await connected(user, f"?shown={marks[1]}")
    assert await socket.receive_json_from(5) == {"live": [], "news": True}
    await socket.disconnect()


@pytest.mark.parametrize(("size", "most"), [(4, frames.BURST), (frames.FRAME_LIMIT, 10)])
async def test_whoever_floods_the_list_is_cut_off(size: int, most: int) -> None:
    socket = await connected(await amake_user())
    await socket.receive_json_from(5)
    for _ in range(most + 30):
        await socket.send_to("x" * size)
    while (told := await socket.receive_output(5))["type"] != "websocket.close":
        pass
    assert told["code"] == sockets.TOO_MANY


async def test_a_list_is_to_be_opened_again_where_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rights, "signed_in", away)
    socket = await connected(await amake_user())
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": sockets.BROKEN}


async def test_a_list_that_breaks_is_closed_to_be_opened_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ListConsumer, "_live", None)
    socket = await connected(await amake_user())
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": sockets.BROKEN}
    assert "incident" in caplog.text


async def test_a_list_that_is_open_outlives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.consumers.conversation_list.AGAIN_S", 0.5)
    failures = [OperationalError("gone away")] * 2
    live = ListConsumer._live

    def broken(consumer: ListConsumer) -> dict[uuid.UUID, uuid.UUID]:
        if failures:
            raise failures.pop()
        return live(consumer)

    monkeypatch.setattr(ListConsumer, "_live", broken)
    socket = await connected(await amake_user())
    assert await socket.receive_json_from(5) == {"live": [], "news": True}
    await socket.disconnect()


async def test_the_bell_rings_for_the_end_of_what_was_live_between_two_looks_alone(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list that was told of it in between would call it live for ever."""
    monkeypatch.setattr("chat.turns.guard.LOOK_S", 1.0)
    go_on = asyncio.Event()
    scripted.answers = {"small": ["The Moon ", go_on]}
    conversation = await amake_conversation()
    first = await connected(await amake_user())
    await first.receive_json_from(5)
    await asyncio.sleep(0.2)  # the guard has looked, and waits
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    late = await connected(await amake_user())
    assert await late.receive_json_from(5) == {"live": [str(conversation.id)], "news": True}
    await late.send_to("seen")
    go_on.set()
    await ended(turn)
    assert await late.receive_json_from(5) == {"live": [], "news": True}
    for one in (first, late):
        await one.disconnect()


async def test_the_bell_rings_when_the_list_changes() -> None:
    conversation = await amake_conversation()
    alice, socket = await browser(), await connected(await amake_user())
    await socket.receive_json_from(5)
    for address, sent in (
        ("title", {"title": "Tides"}),
        ("mark", {"pinned": "1"}),
        ("delete", {}),
        ("undo", {}),
    ):
        await socket.send_to("seen")
        await alice.post(f"/c/{conversation.id}/{address}/", sent)
        await socket.receive_json_from(5)
    await socket.disconnect()
