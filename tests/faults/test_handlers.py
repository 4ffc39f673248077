"""Handlers that are slow or break: other readers notice nothing, and the turn ends."""

import asyncio
import dataclasses
import re
import time
import uuid
from typing import Any

import pytest
from django.db import OperationalError

from chat import consumers, tools
from chat.cascade.tools.ready import CALCULATE
from chat.models import LIVE, Attempt, Conversation, Price, Turn
from chat.turns import history
from chat.turns.begin import begin
from chat.turns.store import Writer
from tests.people import amake_conversation, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, GOOD, calls
from tests.turns.test_turn_life import begun, ended
from tests.web.test_consumer import Socket, socket

SUM = ("calculate", '{"expression": "2 + 2"}')
INCIDENT = r"\([0-9a-f]{8}\)"

pytestmark = pytest.mark.django_db(transaction=True)


async def ping(reader: Socket) -> float:
    """Seconds until a frame is answered, with a look into the database."""
    asked = time.monotonic()
    await reader.tell(type="stop", turn=str(uuid.uuid4()))
    await reader.hear("notice")
    return time.monotonic() - asked


async def test_R21_a_query_of_three_seconds_stalls_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, slow = consumers.get_user.func, [True]

    class SlowOnce:
        @staticmethod
        def func(scope: Any) -> Any:
            if slow and slow.pop():
                time.sleep(3)
            return found(scope)

    conversation = await amake_conversation()
    async with socket(conversation) as one, socket(conversation) as other:
        monkeypatch.setattr(consumers, "get_user", SlowOnce)
        stalled = asyncio.create_task(ping(one))
        await asyncio.sleep(0.2)
        assert max([await ping(other) for _ in range(5)]) < 0.3
        assert await stalled >= 2.5


ENDS = {"engine": "failed", "renderer": "completed", "executor": "failed", "database": "failed"}


@pytest.mark.parametrize("place", ENDS)
async def test_R22_whatever_breaks_the_turn_ends_and_the_next_one_runs(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    if place == "executor":
        scripted.answers["small"] = calls(SUM)
        await aoffer("calculate")
    with monkeypatch.context() as broken:
        match place:
            case "executor":
                broken.setattr("chat.cascade.ToolExecutor.execute_parallel", None)
            case "engine":
                broken.setattr("chat.cascade.streaming.text.CallJudge", None)
            case "renderer":
                broken.setattr("chat.render.frames.HtmlFrames.events", None)
            case "database":
                broken.setattr(Writer, "write", failing(Writer.write))
        async with socket(conversation, query="") as reader:
            turn = await ended(await begun(conversation))
            if place == "renderer":
                told = ""
                while (message := await reader.receive_output(5))["type"] != "websocket.close":
                    told += message["text"]
                assert message["code"] == consumers.BROKEN
                assert re.search(INCIDENT, told)
    assert turn.status == ENDS[place]
    if place in ("engine", "executor"):
        assert re.search(INCIDENT, turn.error)
    assert not await Turn.objects.filter(status__in=LIVE).aexists()
    assert not await Attempt.objects.filter(settled=False).aexists()
    assert await Attempt.objects.filter(cost_usd__gt=0).acount() == len(scripted.calls)
    async with socket(conversation, query="") as reader:
        await ended(await begun(conversation, "And again?"))
        page = ""
        while "And again?" not in page or "conversation-totals" not in page:
            page += await reader.receive_from(timeout=5)


async def test_R22_an_exception_in_a_tool_is_a_result_and_the_turn_goes_on(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.answers = {"small": [calls(SUM), GOOD]}
    conversation = await amake_conversation()
    await aoffer("calculate")

    def broken(expression: str) -> str:
        """Breaks."""
        raise RuntimeError("secret-of-the-tool")

    tool = dataclasses.replace(CALCULATE, function=broken)
    monkeypatch.setitem(tools.SHIPPED, "calculate", lambda turn: tool)
    async with socket(conversation) as reader:
        turn = await begun(conversation)
        told = await reader.hear("tool_error")
        turn = await ended(turn)
        await reader.hear("complete")
    assert "RuntimeError" in str(told) and "secret-of-the-tool" not in str(told)
    assert turn.status == "completed"
    assert not await Attempt.objects.filter(settled=False).aexists()


def failing(write: Any) -> Any:
    """The write before the second request, which must not be sent without it."""

    def write_once(self: Writer, fields: dict[str, Any], attempts: list[Attempt]) -> bool:
        if len(attempts) == 2 and fields["status"] == "running":
            raise OperationalError("gone away")
        kept: bool = write(self, fields, attempts)
        return kept

    return write_once


async def test_R34_a_price_that_changes_in_mid_turn_is_for_the_next_one(
    scripted: Scripted,
) -> None:
    scripted.answers = {"small": [hold := asyncio.Event(), *BAD], "large": GOOD}
    turn = await begun(await amake_conversation())
    while not scripted.calls:
        await asyncio.sleep(0.01)
    await Price.objects.aupdate(input=1000, output=1000)
    hold.set()
    turn = await ended(turn)
    rows = [row async for row in turn.attempts.all()]
    assert [row.prices["input"] for row in rows] == ["1", "10"]
    assert turn.total_usd == sum(row.cost_usd for row in rows) < 1


@pytest.mark.parametrize("gone", ["conversation", "reader"])
async def test_a_turn_whose_conversation_is_deleted_stops_and_is_paid(
    scripted: Scripted, gone: str
) -> None:
    scripted.answers = {"small": ["One ", asyncio.Event()]}
    conversation = await amake_conversation()
    async with socket(conversation) as reader:
        await begin(conversation.id, uuid.uuid4(), "Count")
        await reader.hear("chunk")
        await (conversation if gone == "conversation" else conversation.user).adelete()
        async with asyncio.timeout(5):
            while scripted.open or not await Attempt.objects.filter(settled=True).aexists():
                await asyncio.sleep(0.02)
    row = await Attempt.objects.aget()
    assert (row.turn_id, row.finish, row.exactness) == (None, "stopped", "partial")
    assert row.cost_usd > 0
    assert not await Conversation.objects.aexists()


async def test_a_cascade_deleted_in_mid_turn_changes_nothing_of_it(scripted: Scripted) -> None:
    scripted.answers = {"small": [hold := asyncio.Event(), *BAD], "large": GOOD}
    conversation = await amake_conversation()
    turn = await begun(conversation)
    while not scripted.calls:
        await asyncio.sleep(0.01)
    assert conversation.cascade
    await conversation.cascade.adelete()
    hold.set()
    turn = await ended(turn)
    [state] = await history.states([str(turn.id)])
    assert (state.status, state.attempts[1].text) == ("completed", "".join(GOOD))
    assert (await ended(await begun(conversation, "Next?"))).error_code == "configuration"
