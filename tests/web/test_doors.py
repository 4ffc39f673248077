"""R24, R25 and limits: who may hold a socket, from where, how long, and how many."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as the_settings
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from cascadeweb.asgi import application
from chat.accounts import whence
from chat.consumers import rights, sockets
from chat.models import Conversation, Turn
from chat.turns import doorbell, limits
from chat.turns.begin import Refused, begin
from tests.people import BOB, amake_cascade, amake_conversation, amake_user
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import begun, ended
from tests.web.test_access import closed
from tests.web.test_consumer import HOST, Socket, signed_in, socket
from tests.web.test_pages import browser, form

pytestmark = pytest.mark.django_db(transaction=True)

SOON_S = 5.0


def sign_out(session: str) -> None:
    client = Client()
    client.cookies["sessionid"] = session
    assert client.post("/sign-out/").status_code == 302


def change(**fields: object) -> Callable[[str], None]:
    def changed(_: str) -> None:
        user = User.objects.get(username="alice")
        for name, value in fields.items():
            setattr(user, name, value)
        user.save()

    return changed


def by_operator(_: str) -> None:
    """Disabled at the desk."""
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    user = User.objects.get(username="alice")
    fields = {"username": "alice", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    fields |= {"budget_set-TOTAL_FORMS": "0", "budget_set-INITIAL_FORMS": "0"}
    assert client.post(f"/admin/auth/user/{user.pk}/change/", fields).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


ENDED_BY: dict[str, Callable[[str], object]] = {
    "signing out": sign_out,
    "deleting the session": lambda _: Session.objects.all().delete(),
    "disabling the user": change(is_active=False),
    "disabling the user at the desk": by_operator,
    "another password": change(password="another"),
    "deleting the user": lambda _: User.objects.get(username="alice").delete(),
}


@pytest.mark.parametrize("way", ENDED_BY)
async def test_R24_a_right_that_is_taken_closes_the_socket(scripted: Scripted, way: str) -> None:
    """While an answer is written, and nothing of it is told afterwards."""
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    session = await signed_in(await User.objects.aget(username="alice"))
    async with socket(conversation, session=session) as reader:
        await begun(conversation)
        await reader.hear("chunk")
        taken = time.monotonic()
        await sync_to_async(ENDED_BY[way])(session)
        code, _ = await closed(reader)
        assert code == rights.SIGNED_OUT
        assert time.monotonic() - taken < SOON_S
        hold.set()
        assert await reader.receive_nothing(0.3)


def expire() -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def give_away() -> None:
    bob = User.objects.get_or_create(username=BOB)[0]
    Conversation.objects.update(user=bob)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (expire, rights.SIGNED_OUT),
        (lambda: User.objects.update(is_active=False), rights.SIGNED_OUT),
        (give_away, rights.NOT_FOUND),
    ],
    ids=["expired", "disabled by SQL", "given away"],
)
@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"type": "prompt", "prompt": "Why?", "client_id": str(uuid.uuid4())},
        {"type": "seen", "count": 0},
    ],
    ids=["idle", "by a prompt", "by an acknowledgement"],
)
async def test_R24_what_no_bell_tells_is_noticed_by_looking(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[], object],
    code: int,
    frame: dict[str, Any],
) -> None:
    if not frame:
        monkeypatch.setattr(sockets, "LOOK_S", 0.1)
    assert sockets.LOOK_S <= 30
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await sync_to_async(change)()
        if frame:
            await reader.tell(**frame)
        assert (await closed(reader))[0] == code
    assert await Turn.objects.acount() == 0


async def test_signing_in_elsewhere_closes_nothing() -> None:
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await browser()
        permission = await Permission.objects.afirst()
        alice = await User.objects.aget(username="alice")
        await alice.user_permissions.aadd(permission)
        assert await reader.receive_nothing(0.5)


async def test_a_bell_reaches_the_sockets_of_its_user_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation = await amake_conversation()
    looked: list[int] = []
    async with socket(conversation):
        found = rights.why_not

        def noted(key: str | None, user_id: int, conversation_id: uuid.UUID) -> int | None:
            looked.append(user_id)
            return found(key, user_id, conversation_id)

        monkeypatch.setattr(rights, "why_not", noted)
        await doorbell.ring(doorbell.rights_of(conversation.user_id + 1))
        await asyncio.sleep(0.1)
        assert looked == []
        await doorbell.ring(doorbell.rights_of(conversation.user_id))
        async with asyncio.timeout(5):
            while not looked:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "origin",
    [None, "null", f"http://{HOST[:-4]}9999", f"http://{HOST}.evil.example", "http://evil.example"],
    ids=["none", "null", "other port", "suffix", "other host"],
)
async def test_R25_a_foreign_page_opens_no_socket_with_our_cookie(origin: str | None) -> None:
    conversation = await amake_conversation()
    session = await signed_in(conversation.user)
    headers = [(b"host", HOST.encode()), (b"cookie", f"sessionid={session}".encode())]
    if origin:
        headers.append((b"origin", origin.encode()))
    path = f"/ws/conversations/{conversation.id}/"
    assert (await WebsocketCommunicator(application, path, headers=headers).connect())[0] is False


async def test_R25_without_a_cookie_it_is_closed_and_told_nothing() -> None:
    async with socket(await amake_conversation(), session="") as reader:
        assert await closed(reader) == (rights.SIGNED_OUT, [])


async def test_a_user_holds_so_many_sockets_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.SOCKETS_A_USER", 2)
    mine = await amake_conversation()
    cascade = mine.cascade
    theirs = await amake_conversation(await amake_user(BOB), cascade)
    async with socket(mine), socket(mine), socket(theirs):
        async with socket(mine) as third:
            code, told = await closed(third)
        assert code == 4409
        assert "Close some of them" in told[0] and "too_many_sockets" in told[0]
    async with socket(mine) as again:
        assert await again.receive_nothing(0.1)
    assert not rights._held


async def test_a_user_has_so_many_answers_written_at_a_time(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event()]}
    cascade = await amake_cascade()
    alice = await amake_user()
    turns = []
    for _ in range(limits.LIVE_TURNS):
        turns.append(await begun(await amake_conversation(alice, cascade)))
    conversation = await amake_conversation(alice, cascade)
    with pytest.raises(Refused) as refused:
        await begun(conversation)
    assert refused.value.code == "too_many_live"
    answer = await (await browser(alice)).post(f"/c/{conversation.id}/turns/", form())
    assert "answers are being written for you" in answer.content.decode()
    await begun(await amake_conversation(await amake_user(BOB), cascade))
    hold.set()
    await ended(turns[0])
    await ended(await begun(conversation))


async def test_a_user_sends_so_many_in_a_minute(scripted: Scripted, settings) -> None:
    """The same sent again is none, and is answered with what it began."""
    settings.SENDS_A_MINUTE = 2
    scripted.answers = {"small": GOOD}
    conversation, client_id = await amake_conversation(), uuid.uuid4()
    for one in (uuid.uuid4(), client_id):
        turn = await ended(await begin(conversation.id, one, "Why?"))
    with pytest.raises(Refused) as refused:
        await begun(conversation)
    assert refused.value.code == "too_many_sends"
    assert (await begin(conversation.id, client_id, "Why?")).pk == turn.pk
    await Turn.objects.aupdate(created_at=timezone.now() - timedelta(minutes=2))
    await ended(await begun(conversation))


async def test_a_clock_that_was_set_back_refuses_nobody_for_as_long(
    scripted: Scripted, settings
) -> None:
    settings.SENDS_A_MINUTE = 1
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await ended(await begun(conversation))
    await Turn.objects.aupdate(created_at=timezone.now() + timedelta(seconds=30))
    with pytest.raises(Refused, match="questions in a minute"):
        await begun(conversation)
    await Turn.objects.aupdate(created_at=timezone.now() + timedelta(hours=1))
    await ended(await begun(conversation))


async def test_copies_were_not_sent(scripted: Scripted, settings) -> None:
    settings.SENDS_A_MINUTE = 2
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await ended(await begun(conversation))
    await Turn.objects.aupdate(is_copy=True)
    await ended(await begun(conversation))
    await ended(await begun(conversation))


async def test_an_address_sends_so_many_in_a_minute_whoever_asks(
    scripted: Scripted, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDS_A_MINUTE_OF_AN_ADDRESS = 2
    monkeypatch.setattr(limits, "_sends", limits.Sends())
    scripted.answers = {"small": GOOD}
    cascade = await amake_cascade()
    theirs = [await amake_conversation(await amake_user(f"user{n}"), cascade) for n in range(3)]
    whence.address.set("192.0.2.7")
    for conversation in theirs[:2]:
        await ended(await begun(conversation))
    with pytest.raises(Refused, match="from your address") as refused:
        await begun(theirs[2])
    assert refused.value.code == "too_many_sends"
    for address in ("192.0.2.8", "127.0.0.1", ""):
        whence.address.set(address)
        await ended(await begun(theirs[2]))


def test_what_was_sent_from_an_address_is_forgotten_after_a_minute(settings, monkeypatch) -> None:
    settings.SENDS_A_MINUTE_OF_AN_ADDRESS = 1
    sends, now = limits.Sends(), [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    assert sends.refusal("192.0.2.7") is None
    assert sends.refusal("192.0.2.7") is not None
    now[0] += 61
    assert sends.refusal("192.0.2.8") is None
    assert list(sends._times) == ["192.0.2.8"]


async def test_an_address_holds_so_many_sockets_whoever_opens_them(settings) -> None:
    """By what the proxy says: all that a reader writes themselves stands before it."""
    settings.HTTPS, settings.SOCKETS_OF_AN_ADDRESS = True, 2
    cascade = await amake_cascade()
    mine = await amake_conversation(cascade=cascade)
    theirs = await amake_conversation(await amake_user(BOB), cascade)
    async with afar(mine), afar(theirs), afar(theirs, b"198.51.100.1"):
        async with afar(mine, b"198.51.100.1, 192.0.2.7") as third:
            code, told = await closed(third)
        assert code == 4409 and "too_many_sockets" in told[0]
    async with afar(mine) as again:
        assert await again.receive_nothing(0.1)
    assert not rights._held_from


@asynccontextmanager
async def afar(conversation: Conversation, address: bytes = b"192.0.2.7") -> AsyncIterator[Socket]:
    owner = await User.objects.aget(id=conversation.user_id)
    session = f"{the_settings.SESSION_COOKIE_NAME}={await signed_in(owner)}".encode()
    headers = [
        (b"host", HOST.encode()),
        (b"origin", f"https://{HOST}".encode()),
        (b"cookie", session),
        (b"x-forwarded-for", address),
    ]
    path = f"/ws/conversations/{conversation.id}/?format=json"
    reader = Socket(application, path, headers=headers)
    assert (await reader.connect(timeout=5))[0]
    try:
        yield reader
    finally:
        await reader.disconnect()


async def test_of_many_sent_at_once_no_more_are_let_in(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    cascade, alice = await amake_cascade(), await amake_user()
    sent: list[Awaitable[Turn]] = [
        begun(await amake_conversation(alice, cascade)) for _ in range(8)
    ]
    results = await asyncio.gather(*sent, return_exceptions=True)
    assert sum(isinstance(result, Turn) for result in results) == limits.LIVE_TURNS
    assert {r.code for r in results if isinstance(r, Refused)} == {"too_many_live"}
