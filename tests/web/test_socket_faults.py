"""What a socket says and does when something behind it breaks, or its reader does not read."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from chat import ledger
from chat.consumers import conversation as consumers
from chat.consumers import rights, sockets
from chat.models import Turn
from chat.turns import window
from chat.turns.begin import begin
from tests.people import amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import ended
from tests.web.test_consumer import Socket, socket

pytestmark = pytest.mark.django_db(transaction=True)


def away(*_: object, **__: object) -> Any:
    raise OperationalError("gone away")


async def code_of_the_end(reader: Socket) -> tuple[int, list[dict[str, Any]]]:
    """And what was said before."""
    told = []
    while (message := await reader.receive_output(5))["type"] != "websocket.close":
        told.append(json.loads(message["text"]))
    return message["code"], told


@pytest.mark.parametrize(
    ("what", "code"), [(away, "database"), (None, "internal")], ids=["away", "broken"]
)
async def test_a_socket_that_cannot_be_opened_says_so_and_is_to_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, what: Callable[..., Any] | None, code: str
) -> None:
    conversation = await amake_conversation()
    monkeypatch.setattr(rights, "owns", what)
    async with socket(conversation) as reader:
        closed, [notice] = await code_of_the_end(reader)
    assert (closed, notice["code"]) == (sockets.BROKEN, code)
    assert notice["notice"].endswith(".")


async def test_a_socket_is_accepted_before_the_database_is_asked_and_closed_if_that_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation, answers = await amake_conversation(), threading.Event()
    monkeypatch.setattr(rights, "let_in", lambda *_: answers.wait(10))
    monkeypatch.setattr(sockets, "LET_IN_S", 0.1)
    async with socket(conversation) as reader:
        closed, [notice] = await code_of_the_end(reader)
    answers.set()
    assert (closed, notice["code"]) == (sockets.BROKEN, "database")


async def test_a_prompt_without_the_database_is_kept_by_its_reader_and_counts_once(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers = {"small": GOOD}
    client_id = str(uuid.uuid4())
    async with socket(await amake_conversation()) as reader:
        for place in ("chat.consumers.rights.why_not", "chat.turns.begin._insert"):
            with monkeypatch.context() as patch:
                patch.setattr(place, away)
                await reader.tell(type="prompt", prompt="Why?", client_id=client_id)
                notice = await reader.hear("notice")
            assert notice["code"] == "database"
            assert notice["notice"].startswith("Nothing can be stored just now.")
        for _ in range(2):
            await reader.tell(type="prompt", prompt="Why?", client_id=client_id)
        await reader.hear("complete")
    assert await Turn.objects.acount() == 1
    assert "incident" not in caplog.text
    assert "without the database: OperationalError: gone away" in caplog.text


async def test_a_reader_who_acknowledges_nothing_is_let_go(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": GOOD}
    monkeypatch.setattr(window, "WINDOW", 500)
    conversation = await amake_conversation()
    turn = await begin(conversation.id, uuid.uuid4(), "Why?")
    with monkeypatch.context() as patch:
        patch.setattr(window, "PATIENCE_S", 0.1)
        async with socket(conversation) as slow:
            assert (await code_of_the_end(slow))[0] == consumers.TOO_SLOW
    turn = await ended(turn)
    assert turn.status == "completed", "the player waits for nobody"
    seen = 0
    async with socket(conversation) as reader:
        while json.loads(await reader.receive_from(timeout=5))["type"] != "totals":
            seen += 1
            await reader.tell(type="seen", count=seen)


async def test_a_handler_that_breaks_leaves_the_socket_open(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers = {"small": GOOD}
    async with socket(await amake_conversation()) as reader:
        with monkeypatch.context() as patch:
            patch.setattr("chat.consumers.conversation.begin", None)
            await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
            notice = await reader.hear("notice")
        assert notice["code"] == "internal"
        assert "NoneType" not in notice["notice"]
        assert "incident" in caplog.text
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        await reader.hear("complete")


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


@pytest.fixture
def sums_fail_twice(monkeypatch: pytest.MonkeyPatch) -> list[OperationalError]:
    """Those that are still to come."""
    failures = [OperationalError("gone away")] * 2
    sums = ledger.totals

    def broken(conversation_id: uuid.UUID) -> ledger.Totals:
        if failures:
            raise failures.pop()
        return sums(conversation_id)

    monkeypatch.setattr("chat.ledger.totals", broken)
    monkeypatch.setattr("chat.turns.follow.AGAIN_S", 0.5)
    return failures


async def told_once(reader: Socket) -> None:
    """The events of one turn without a gap, and its sums."""
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["type"] != "totals":
        seen.append(json.loads(await reader.receive_from(timeout=5)))
    numbers = [message["seq"] for message in seen if "seq" in message]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [message["type"] for message in seen].count("turn") == 1


async def test_a_viewer_outlives_a_database_that_is_away(
    scripted: Scripted, sums_fail_twice: list[OperationalError]
) -> None:
    scripted.answers = {"small": GOOD}
    async with socket(await amake_conversation()) as reader:
        await reader.tell(type="prompt", prompt="Why?", client_id=str(uuid.uuid4()))
        await told_once(reader)
    assert not sums_fail_twice


async def test_a_viewer_whose_first_look_is_cut_short_tells_the_sums_all_the_same(
    scripted: Scripted, sums_fail_twice: list[OperationalError]
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    await ended(await begin(conversation.id, uuid.uuid4(), "Why?"))
    async with socket(conversation) as reader:
        await told_once(reader)
    assert not sums_fail_twice


async def test_a_socket_whose_reader_cannot_be_looked_at_is_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Watched by nobody, it would stay open to who may read no longer."""
    async with socket(await amake_conversation()) as reader:
        monkeypatch.setattr(rights, "why_not", None)
        await reader.send_to(text_data='{"type": "seen", "count": 0}')
        closed, _ = await code_of_the_end(reader)
    assert closed == sockets.BROKEN
    assert "incident" in caplog.text
