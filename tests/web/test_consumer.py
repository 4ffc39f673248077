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
from autobahn.exception import Disconnected
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from cascadeweb.asgi import application
from chat.cascade.streaming.events import StreamEventType
from chat.models import Cascade, Conversation, Turn
from chat.turns import follow, history
from chat.turns.begin import begin
from chat.turns.doorbell import ring_here
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.keep import Keeper
from chat.turns.log import log
from tests.people import BOB, amake_conversation, amake_user, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD, RENAME, calls
from tests.turns.test_turn_life import ended

pytestmark = pytest.mark.django_db(transaction=True)

HOST = "127.0.0.1:8000"


ACKNOWLEDGED = 32 * 1024
"""Characters, as a page does."""


class Socket(WebsocketCommunicator):
    received = waiting = 0

    async def receive_from(self, timeout: float = 1) -> str:  # noqa: ASYNC109  # as its base has it
        text: str = await super().receive_from(timeout)
        self.received += 1
        self.waiting += len(text)
        if self.waiting >= ACKNOWLEDGED:
            self.waiting = 0
            await self.tell(type="seen", count=self.received)
        return text

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
    conversation: Conversation,
    user: User | None = None,
    query: str = "?format=json",
    session: str | None = None,
    served: Any = application,
) -> AsyncIterator[Socket]:
    if session is None:
        session = await signed_in(user or await User.objects.aget(id=conversation.user_id))
    headers = [
        (b"host", HOST.encode()),
        (b"origin", f"http://{HOST}".encode()),
        (b"cookie", f"sessionid={session}".encode()),
    ]
    path = f"/ws/conversations/{conversation.id}/{query}"
    communicator = Socket(served, path, headers=headers)
    connected, _ = await communicator.connect(timeout=5)
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


async def test_who_asks_whether_somebody_is_there_is_answered(scripted: Scripted) -> None:
    conversation = await amake_conversation()
    async with socket(conversation) as program, socket(conversation, query="") as page:
        await program.tell(type="alive")
        assert await program.hear("alive") == {"type": "alive"}
        await page.tell(type="alive")
        while (said := await page.receive_from(timeout=5)).strip():
            pass
        assert said, "the server sends no empty message"


async def test_a_second_tab_mirrors_the_first(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation) as one, socket(conversation) as other:
        await one.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        assert (await one.hear("complete"))["data"] == (await other.hear("complete"))["data"]


async def test_an_idle_socket_waits_in_one_task_beside_the_servers() -> None:
    conversation = await amake_conversation()
    async with socket(conversation):
        await asyncio.sleep(0.1)
        ours = [task for task in asyncio.all_tasks() if task.get_name() == "ConversationConsumer"]
        assert len(ours) == 1


async def test_who_was_told_to_the_end_is_rung_without_reading_the_turn_again(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        await reader.hear("totals")
        await asyncio.sleep(0.1)  # its end has rung as well
        looks, reads = spied(monkeypatch, "tree"), spied(monkeypatch, "states")
        while len(looks) < 3:
            ring_here(conversation.pk)
            await asyncio.sleep(0.01)
        assert not reads


async def test_an_end_that_was_kept_under_the_number_last_told_is_told(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a turn that others ended while its log was out of reach, before its player hears."""
    follow, told = log.follow, list[int]()

    async def until_it_is_out_of_reach(turn_id: str, after: int = 0) -> AsyncIterator[Any]:
        async for batch in follow(turn_id, after):
            told.append(batch[-1].seq)
            yield batch
            if any(event.content for event in batch):
                return

    monkeypatch.setattr(log, "follow", until_it_is_out_of_reach)
    scripted.answers = {"small": ["The Moon. ", asyncio.Event()]}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        await reader.hear("chunk")
        await Turn.objects.aupdate(status="interrupted", last_seq=told[-1])
        ring_here(conversation.pk)
        assert (await reader.hear("snapshot"))["state"]["status"] == "interrupted"


async def test_a_program_that_looks_between_the_keeping_of_an_end_and_its_telling_is_told(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, kept, tell = Keeper.end, asyncio.Event(), asyncio.Event()

    async def keep_and_tarry(keeper: Keeper) -> bool:
        is_kept = await keep(keeper)
        kept.set()
        await tell.wait()
        return is_kept

    monkeypatch.setattr(Keeper, "end", keep_and_tarry)
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await begin(conversation.id, uuid.uuid4(), "Why?")
    await kept.wait()
    async with socket(conversation) as reader:
        await reader.hear("routing")
        asyncio.get_running_loop().call_later(0.1, tell.set)
        assert (await reader.hear("complete"))["type"] == "complete"


async def test_a_program_that_looks_before_there_is_a_log_is_told_every_event(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a process that is rung before another's log has come to Redis."""
    read, looks = log.read, list[str]()

    async def not_there_at_first(turn_id: str) -> Any:
        looks.append(turn_id)
        return await read(turn_id) if len(looks) > 2 else None

    scripted.answers = {"small": ["The Moon. ", hold := asyncio.Event()]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    while not await Turn.objects.filter(id=turn.id, last_seq__gt=0).aexists():
        await asyncio.sleep(0.01)
    monkeypatch.setattr(log, "read", not_there_at_first)
    async with socket(conversation) as reader:
        told = [json.loads(await reader.receive_from(timeout=5)) for _ in range(2)]
        assert [message["type"] for message in told] == ["turn", "routing"]
        hold.set()
        await reader.hear("complete")


async def test_a_program_is_told_of_an_end_that_no_log_tells(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a turn whose player died elsewhere, and that was swept while Redis was away."""
    monkeypatch.setattr(log, "follow", nothing_for_a_while)
    scripted.answers = {"small": ["The Moon. ", asyncio.Event()]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    while not await log.read(str(turn.id)):
        await asyncio.sleep(0.01)
    await Turn.objects.aupdate(status="interrupted", last_seq=100)
    async with socket(conversation) as reader:
        assert (await reader.hear("snapshot"))["state"]["status"] == "interrupted"


async def nothing_for_a_while(turn_id: str, after: int = 0) -> AsyncIterator[Any]:
    await asyncio.sleep(0.01)
    return
    yield


def spied(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[Any, ...]]:
    """The arguments of each call of a function of `history` from now on."""
    calls: list[tuple[Any, ...]] = []
    real = getattr(history, name)

    def spy(*arguments: Any) -> Any:
        calls.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(history, name, spy)
    return calls


async def test_a_returning_program_goes_on_where_it_left_off(scripted: Scripted) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Count")
    async with socket(conversation) as reader:
        first = await reader.hear("chunk")
    hold.set()
    query = f"?format=json&cursor={turn.id}:{first['seq']}"
    async with socket(conversation, query=query) as reader:
        told = [json.loads(await reader.receive_from(timeout=5))]
        while told[-1]["type"] != "complete":
            told.append(json.loads(await reader.receive_from(timeout=5)))
    seqs = [event["seq"] for event in told]
    assert seqs == [first["seq"] + number for number in range(1, len(told) + 1)]
    assert [event["content"] for event in told if event["type"] == "chunk"] == ["two."]


async def test_a_returning_program_is_shown_how_a_turn_ended_whose_player_died() -> None:
    """What it was told under the numbers of the end may never have come to others."""
    conversation = await amake_conversation()
    turn = await Turn.objects.acreate(
        conversation=conversation,
        client_id=uuid.uuid4(),
        prompt="Count",
        status="interrupted",
        last_seq=2,
    )
    await Conversation.objects.filter(pk=conversation.pk).aupdate(head=turn)
    log.open(str(turn.id))
    cost = {"cost_usd": "0", "attempt": 1}
    log.append(str(turn.id), TurnEvent(StreamEventType.COST, data=cost, seq=1))
    log.append(str(turn.id), TurnEvent(TurnEventType.INTERRUPTED, seq=2))
    async with socket(conversation, query=f"?format=json&cursor={turn.id}:2") as reader:
        assert (await reader.hear("snapshot"))["state"]["status"] == "interrupted"


async def test_a_program_that_returns_while_the_database_is_away_misses_no_event(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Count")
    async with socket(conversation) as reader:
        seq = (await reader.hear("chunk"))["seq"]
    stand, looks = follow._stand, list[object]()

    def away_at_first(conversation_id: uuid.UUID) -> Any:
        looks.append(conversation_id)
        if len(looks) == 1:
            raise OperationalError("gone away")
        return stand(conversation_id)

    monkeypatch.setattr(follow, "_stand", away_at_first)
    monkeypatch.setattr(follow.random, "uniform", lambda *_: 0.01)
    hold.set()
    async with socket(conversation, query=f"?format=json&cursor={turn.id}:{seq}") as reader:
        assert await numbers_told(reader) == list(range(seq + 1, (await ended(turn)).last_seq + 1))


async def test_a_hole_in_what_a_log_tells_is_not_told(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turn = await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    follow, told = log.follow, list[int]()

    async def with_a_hole(turn_id: str, after: int = 0) -> AsyncIterator[Any]:
        async for batch in follow(turn_id, after):
            told.append(len(batch))
            yield [batch[0], *batch[2:]] if len(told) == 1 else batch

    monkeypatch.setattr(log, "follow", with_a_hole)
    async with socket(conversation) as reader:
        assert await numbers_told(reader) == list(range(1, turn.last_seq + 1))
    assert told[0] > 2


async def numbers_told(reader: Socket) -> list[int]:
    """Of the events until the totals, which follow an end."""
    told: list[dict[str, Any]] = [{"type": ""}]
    while told[-1]["type"] != "totals":
        told.append(json.loads(await reader.receive_from(timeout=5)))
    return [message["seq"] for message in told if "seq" in message]


async def test_a_returning_program_is_told_the_end_it_missed_and_what_came_after(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Count")
    async with socket(conversation) as reader:
        seq = (await reader.hear("chunk"))["seq"]
    hold.set()
    await ended(turn)
    after = await ended(await begin(conversation.id, uuid.uuid4(), "Again"))
    query = f"?format=json&cursor={turn.id}:{seq}"
    async with socket(conversation, query=query) as reader:
        told = {}
        while told.get(str(after.id)) != "complete":
            message = json.loads(await reader.receive_from(timeout=5))
            if message["type"] in ("snapshot", "complete"):
                told[message["turn"]] = message["type"]
    assert told[str(turn.id)] in ("snapshot", "complete")


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


@pytest.mark.parametrize("refusal", [OSError, Disconnected], ids=["uvicorn", "Daphne"])
async def test_what_is_sent_to_a_reader_who_has_gone_breaks_nothing(
    scripted: Scripted, caplog: pytest.LogCaptureFixture, refusal: type[Exception]
) -> None:
    scripted.answers = {"small": ["One ", hold := asyncio.Event(), "two."]}
    gone, refused = asyncio.Event(), asyncio.Event()

    async def served(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if gone.is_set():
                refused.set()
                raise refusal
            await send(message)

        await application(scope, receive, sent)

    async with socket(await amake_conversation(), served=served) as reader:
        await reader.tell(type="prompt", prompt="Count", client_id=str(uuid.uuid4()))
        turn = (await reader.hear("chunk"))["turn"]
        gone.set()
        hold.set()
        await ended(await Turn.objects.aget(id=turn))
        async with asyncio.timeout(5):
            await refused.wait()
    assert "broke" not in caplog.text


ID = str(uuid.uuid4())
BAD_FRAMES = {
    "not json": "{",
    "not an object": "[1]",
    "a string": '"prompt"',
    "null": "null",
    "a huge number": '{"type": ' + "9" * 5000 + "}",
    "nested 100 deep": '{"a":' * 100 + "1" + "}" * 100,
    "nested 30,000 deep": "[" * 30_000,
    "384 KiB": json.dumps({"type": "prompt", "prompt": "x" * 393_216, "client_id": ID}),
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
    assert (await reader.connect(timeout=5))[0]
    message = await reader.receive_output(5)
    assert (message["type"], message["code"]) == ("websocket.close", 4401)


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


async def test_another_version_leaves_the_turns_before_it_as_they_are(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turns = [
        await ended(await begin(conversation.id, uuid.uuid4(), prompt))
        for prompt in ("One", "Two", "Three")
    ]
    async with socket(conversation, query="") as reader:
        while "Three" not in await reader.receive_from(timeout=5):
            pass
        await reader.tell(type="edit", turn=str(turns[1].id), prompt="Another two", seen=0)
        told = ""
        while "Another two" not in told:
            told = await reader.receive_from(timeout=5)
    gone = [f'<div id="turn-{turn.id}" hx-swap-oob="delete"></div>' for turn in turns]
    assert gone[0] not in told and gone[1] in told and gone[2] in told
    assert 'hx-swap-oob="beforeend"' in told and "One" not in told


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
