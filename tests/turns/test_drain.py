"""The end of a process: what it refuses, waits for, interrupts and keeps."""

import asyncio
import time
import uuid
from types import SimpleNamespace

import pytest
from django.conf import settings

from chat.models import Conversation, Turn
from chat.turns import drain
from chat.turns.begin import Refused, begin
from tests.people import amake_cascade, amake_conversation
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import begun, ended
from tests.web.test_pages import browser, form

AFTER_S = drain.LAST_WORDS_S + drain.LAST_FRAMES_S + drain.EXIT_S

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def not_draining(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain._Draining, "is_on", False)
    monkeypatch.setattr(drain, "BEGINNING_S", 0.01)
    monkeypatch.setattr(drain, "LAST_FRAMES_S", 0.01)


async def test_a_turn_that_ends_in_time_is_completed(scripted: Scripted) -> None:
    scripted.answers = {"small": [hold := asyncio.Event(), *GOOD]}
    turn = await begun(await amake_conversation())
    draining = asyncio.create_task(drain.drain(5))
    await asyncio.sleep(0.05)
    assert not draining.done()
    hold.set()
    await draining
    assert (await ended(turn)).status == "completed"


async def test_one_that_does_not_is_interrupted_with_text_and_cost(scripted: Scripted) -> None:
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    turn = await begun(await amake_conversation())
    await drain.drain(0.2)
    turn = await ended(turn)
    row = await turn.attempts.aget()
    assert (turn.status, row.text, row.settled) == ("interrupted", "The Moon ", True)
    assert turn.total_usd and turn.total_usd > 0
    assert scripted.open == 0


async def test_it_is_over_in_time_whatever_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn, a lesson and a log that never end, each of them alone and all together."""
    monkeypatch.setattr(drain, "LAST_WORDS_S", 0.5)

    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    async def none(*_: object) -> None:
        pass

    for turns, lessons, log in ((1, none, none), (0, hang, none), (0, none, hang), (3, hang, hang)):
        hung = [SimpleNamespace(task=asyncio.create_task(hang()), stop=print) for _ in range(turns)]
        monkeypatch.setattr(drain, "players", dict(enumerate(hung)))
        monkeypatch.setattr(drain, "stop_learning", lessons)
        monkeypatch.setattr(drain, "log", SimpleNamespace(flush=log))
        begun = time.monotonic()
        await drain.drain(0.2)
        assert time.monotonic() - begun < 0.2 + 2 * 0.5
        for player in hung:
            player.task.cancel()


def test_all_that_comes_after_the_signal_adds_up_to_less_than_30_seconds() -> None:
    assert settings.DRAIN_SECONDS + AFTER_S <= 29


async def test_no_turn_is_begun_but_one_begun_before_is_known(scripted: Scripted) -> None:
    scripted.answers = {"small": GOOD}
    conversation, client_id = await amake_conversation(), uuid.uuid4()
    turn = await ended(await begin(conversation.id, client_id, "Why?"))
    await drain.drain(0)
    with pytest.raises(Refused, match="restarting") as refused:
        await begun(conversation)
    assert refused.value.code == "draining"
    assert (await begin(conversation.id, client_id, "Why?")).id == turn.id
    assert await Turn.objects.acount() == 1


async def test_a_first_question_that_is_refused_leaves_no_conversation() -> None:
    await amake_cascade()
    await drain.drain(0)
    alice = await browser()
    answer = await alice.post("/c/", form("Why?"))
    assert answer.status_code == 503
    assert "Why?</textarea>" in answer.content.decode()
    assert await Conversation.objects.acount() == 0


async def test_a_form_is_told_to_come_again_with_its_text() -> None:
    conversation = await amake_conversation()
    await drain.drain(0)
    answer = await (await browser()).post(f"/c/{conversation.id}/turns/", form("Why?"))
    assert answer.status_code == 503
    assert "Why?</textarea>" in answer.content.decode()
