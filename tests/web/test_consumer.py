"""The socket: who may watch, what it answers to good and bad frames, and that it lives on."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from cascadeweb.asgi import application
from chat import ledger
from chat.models import Cascade, Conversation, Turn
from chat.turns.begin import begin
from tests.people import BOB, amake_conversation, amake_user, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD, RENAME, calls
from tests.turns.test_turn_life import ended

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "127.0.0.1:8000"


class Socket(WebsocketCommunicator):
    async def tell(self, **frame: Any) -> None:
        await self.send_to(text_data=json.dumps(frame))

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of a type; what comes before it is passed over."""
        while True:
            message = json.loads(await self.receive_from(timeout=5))
            if message["type"] == kind:
                return message


@sync_to_async
def signed_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


@asynccontextmanager
async def socket(
    conversation: Conversation, user: User | None = None, query: str = "?format=json"
) -> AsyncIterator[Socket]:
    session = await signed_in(user or await User.objects.aget(id=conversation.user_id))
    headers = [
        (b"host", HOST.encode()),
        (b"origin", f"http://{HOST}".encode()),
        (b"cookie", f"sessionid={session}".encode()),
    ]
    path = f"/ws/conversations/{conversation.id}/{query}"
    communicator = Socket(application, path, headers=headers)
    connected, _ = await communicator.connect()
    assert connected
    try:
        yield communicator
    finally:
        await communicator.disconnect()


async def test_a_prompt_is_answered_event_by_event(scripted: Scripted) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        events = [await reader.hear("routing")]
        while events[-1]["type"] != "complete":
            message = json.loads(await reader.receive_from(timeout=5))
            if "seq" in message:
                events.append(message)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        verifier = [e["content"] for e in events if e["type"] == "chunk" and e["attempt"] == 2]
        assert "".join(verifier) == "".join(GOOD)
        totals = await reader.hear("totals")
        turn = await Turn.objects.aget()
        assert Decimal(totals["total_usd"]) == turn.total_usd


async def test_a_page_gets_html(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation, query="") as reader:
        await reader.tell(type="prompt", prompt="Why <b>?", client_id=str(uuid.uuid4()))
        page = ""
        while "conversation-totals" not in page:
            page += await reader.receive_from(timeout=5)
    assert "Why &lt;b&gt;?" in page
    assert "<strong>Moon</strong>" in page


async def test_a_second_tab_mirrors_the_first(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation) as one, socket(conversation) as other:
        await one.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        assert (await one.hear("complete"))["data"] == (await other.hear("complete"))["data"]


async def test_a_returning_program_goes_on_where_it_left_off(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Count")
    async with socket(conversation) as reader:
        first = await reader.hear("chunk")
    hold.set()
    query = f"?format=json&cursor={turn.id}:{first['seq']}"
    async with socket(conversation, query=query) as reader:
        again = await reader.hear("chunk")
        assert (again["seq"], again["content"]) == (first["seq"] + 1, "two.")
        await reader.hear("complete")


async def test_stop_is_heard_while_an_answer_is_written(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    async with socket(await amake_conversation()) as reader:
        await reader.tell(type="prompt", prompt="Count", client_id=str(uuid.uuid4()))
        turn = (await reader.hear("chunk"))["turn"]
        await reader.tell(type="stop", turn=turn)
        await reader.hear("stopped")
    assert scripted.open == 0


async def test_a_turn_goes_on_without_its_socket(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await reader.tell(type="prompt", prompt="Count", client_id=str(uuid.uuid4()))
        await reader.hear("chunk")
    hold.set()
    async with socket(conversation) as reader:
        await reader.hear("complete")
    assert (await Turn.objects.aget()).status == "completed"


ID = str(uuid.uuid4())
BAD_FRAMES = {
    "not json": "{",
    "not an object": "[1]",
    "a string": '"prompt"',
    "null": "null",
    "a huge number": '{"type": ' + "9" * 5000 + "}",
    "nested 100 deep": '{"a":' * 100 + "1" + "}" * 100,
    "nested 30,000 deep": "[" * 30_000,
    "64 KiB": json.dumps({"type": "prompt", "prompt": "x" * 65_536, "client_id": ID}),
    "no type": "{}",
    "unknown type": '{"type": "delete"}',
    "a method's name": '{"type": "disconnect"}',
    "type is a list": '{"type": ["prompt"]}',
    "no prompt": json.dumps({"type": "prompt", "client_id": ID}),
    "empty prompt": json.dumps({"type": "prompt", "prompt": "", "client_id": ID}),
    "white space": json.dumps({"type": "prompt", "prompt": " \n\t ", "client_id": ID}),
    "too long": json.dumps({"type": "prompt", "prompt": "x" * 16_001, "client_id": ID}),
    "NUL": json.dumps({"type": "prompt", "prompt": "a\0b", "client_id": ID}),
    "lone surrogate": json.dumps({"type": "prompt", "prompt": "\ud800", "client_id": ID}),
    "prompt is a number": json.dumps({"type": "prompt", "prompt": 5, "client_id": ID}),
    "prompt is an object": json.dumps({"type": "prompt", "prompt": {"a": 1}, "client_id": ID}),
    "no client id": json.dumps({"type": "prompt", "prompt": "Hi"}),
    "client id is no uuid": json.dumps({"type": "prompt", "prompt": "Hi", "client_id": "1"}),
    "client id is a list": json.dumps({"type": "prompt", "prompt": "Hi", "client_id": [ID]}),
    "stop without a turn": '{"type": "stop"}',
    "stop of no uuid": '{"type": "stop", "turn": "../../etc"}',
    "stop of an unknown turn": json.dumps({"type": "stop", "turn": ID}),
    "retry of a list": json.dumps({"type": "retry", "turn": [ID]}),
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES.keys())
async def test_a_bad_frame_gets_a_sentence_and_nothing_is_stored(
    scripted: Scripted, frame: str
) -> None:
    scripted.answers = {"small": GOOD}
    async with socket(await amake_conversation()) as reader:
        await reader.send_to(text_data=frame)
        notice = await reader.hear("notice")
        assert notice["notice"].endswith(".")
        assert notice["code"] != "internal"
        assert await Turn.objects.acount() == 0
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        await reader.hear("complete")


async def test_a_binary_frame_gets_a_sentence(scripted: Scripted) -> None:
    async with socket(await amake_conversation()) as reader:
        await reader.send_to(bytes_data=b"\x00\xff")
        assert "Binary" in (await reader.hear("notice"))["notice"]


async def test_bob_cannot_stop_or_retry_a_turn_of_alice(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event()]}
    alices = await amake_conversation()
    turn = await begin(alices.id, uuid.uuid4(), "Count")
    bobs = await amake_conversation(await amake_user(BOB))
    async with socket(bobs) as bob:
        for kind in ("stop", "retry"):
            await bob.tell(type=kind, turn=str(turn.id))
            assert (await bob.hear("notice"))["code"] == "not_found"
    await turn.arefresh_from_db()
    assert turn.is_live
    hold.set()


async def test_bob_cannot_watch_alice() -> None:
    alices, bob = await amake_conversation(), await amake_user(BOB)
    async with socket(alices, bob) as reader:
        assert await reader.receive_output(5) == {"type": "websocket.close", "code": 4404}


async def test_who_is_not_signed_in_is_told_so() -> None:
    conversation = await amake_conversation()
    path = f"/ws/conversations/{conversation.id}/"
    headers = [(b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode())]
    reader = WebsocketCommunicator(application, path, headers=headers)
    assert (await reader.connect())[0]
    message = await reader.receive_output(5)
    assert (message["type"], message["code"]) == ("websocket.close", 4401)


async def test_a_handler_that_breaks_leaves_the_socket_open(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers = {"small": GOOD}
    async with socket(await amake_conversation()) as reader:
        with monkeypatch.context() as patch:
            patch.setattr("chat.consumers.begin", None)
            await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
            notice = await reader.hear("notice")
        assert notice["code"] == "internal"
        assert "NoneType" not in notice["notice"]
        assert "incident" in caplog.text
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        await reader.hear("complete")


async def test_a_page_that_missed_the_end_gets_it_and_the_totals(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    for seen in (3, turn.last_seq):  # also where the numbers agree: one may be from before a crash
        async with socket(conversation, query=f"?cursor={turn.id}:{seen}") as reader:
            page = ""
            while "conversation-totals" not in page:
                page += await reader.receive_from(timeout=5)
        assert f'id="turn-{turn.id}" data-turn' in page
        assert "Draft accepted" in page


async def test_events_of_a_returning_program_name_their_turn(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    async with socket(conversation, query=f"?format=json&cursor={turn.id}:1") as reader:
        assert (await reader.hear("chunk"))["turn"] == str(turn.id)


async def test_a_program_is_told_of_every_turn(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    for prompt in ("One", "Two", "Three"):
        await ended(await begin(conversation.id, uuid.uuid4(), prompt))
    async with socket(conversation) as reader:
        snapshots = [await reader.hear("snapshot") for _ in range(2)]
        assert [message["state"]["prompt"] for message in snapshots] == ["One", "Two"]
        assert [message["replace"] for message in snapshots] == [True, False]
        assert (await reader.hear("turn"))["prompt"] == "Three"
        await reader.hear("complete")


@pytest.mark.parametrize(("said", "called"), [("allow", "Tides"), ("deny", "A conversation")])
async def test_a_tool_s_question_is_answered_from_another_tab(
    scripted: Scripted, said: str, called: str
) -> None:
    scripted.answers = {"small": [calls(RENAME), GOOD]}
    conversation = await amake_conversation()
    await aoffer("rename_conversation")
    async with socket(conversation) as one, socket(conversation) as other:
        await one.tell(type="prompt", prompt="Rename it.", client_id=str(uuid.uuid4()))
        asked = await one.hear("tool_asking")
        assert asked["data"] == {"id": "call_0", "name": "rename_conversation"}
        answer = {"type": said, "turn": asked["turn"], "call": asked["data"]["id"]}
        await other.tell(**answer)
        assert (await one.hear("tool_answered"))["data"]["allowed"] is (said == "allow")
        await other.tell(**answer)
        await one.hear("complete")
        while (notice := await other.hear("notice"))["code"] != "not_asked":
            pass
        assert notice["notice"] == "That was answered already, or its time is over."
    await conversation.arefresh_from_db()
    assert conversation.title == called


async def test_a_question_cannot_be_answered_by_another_reader(scripted: Scripted) -> None:
    scripted.answers = {"small": [calls(RENAME), GOOD]}
    mine = await amake_conversation()
    await aoffer("rename_conversation")
    theirs = await amake_conversation(await amake_user(BOB), await Cascade.objects.afirst())
    async with socket(mine) as alice, socket(theirs) as bob:
        await alice.tell(type="prompt", prompt="Rename it.", client_id=str(uuid.uuid4()))
        asked = await alice.hear("tool_asking")
        await bob.tell(type="allow", turn=asked["turn"], call=asked["data"]["id"])
        assert (await bob.hear("notice"))["code"] == "not_found"
        await alice.tell(type="deny", turn=asked["turn"], call=asked["data"]["id"])
        await alice.hear("complete")


async def test_a_viewer_that_breaks_closes_its_socket(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": GOOD}
    monkeypatch.setattr("chat.ledger.totals", None)
    async with socket(await amake_conversation()) as reader:
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        while (message := await reader.receive_output(5))["type"] != "websocket.close":
            pass
        assert message["code"] == 4500


async def test_a_viewer_outlives_a_database_that_is_away(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OperationalError("gone away")] * 2
    sums = ledger.totals

    def broken(conversation_id: uuid.UUID) -> ledger.Totals:
        if failures:
            raise failures.pop()
        return sums(conversation_id)

    scripted.answers = {"small": GOOD}
    monkeypatch.setattr("chat.ledger.totals", broken)
    monkeypatch.setattr("chat.turns.follow.AGAIN_S", 0.5)
    async with socket(await amake_conversation()) as reader:
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        seen = []
        while not seen or seen[-1]["type"] != "totals":
            seen.append(json.loads(await reader.receive_from(timeout=5)))
    assert not failures
    numbers = [message["seq"] for message in seen if "seq" in message]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [message["type"] for message in seen].count("turn") == 1


@pytest.mark.parametrize("gone", ["session", "account", "password"])
async def test_who_signed_out_can_ask_nothing_more(scripted: Scripted, gone: str) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        match gone:
            case "session":
                await Session.objects.all().adelete()
            case "account":
                await User.objects.aupdate(is_active=False)
            case "password":
                await User.objects.aupdate(password="another")
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        message = await reader.receive_output(5)
        assert (message["type"], message["code"]) == ("websocket.close", 4401)
    assert await Turn.objects.acount() == 0
