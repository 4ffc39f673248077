"""Handlers that are slow or break: other readers notice nothing, and the turn ends."""

import asyncio
import dataclasses
import re
import time
import uuid
from typing import Any

import pytest
from django.db import OperationalError

from chat import tools
from chat.cascade import Complexity
from chat.cascade.tools.ready import CALCULATE
from chat.consumers import rights, sockets
from chat.models import (
    LIVE,
    Attempt,
    Budget,
    Cascade,
    Conversation,
    ModelConfig,
    Price,
    Provider,
    Spending,
    Turn,
)
from chat.turns import history
from chat.turns.begin import begin
from chat.turns.store import Writer
from tests.people import amake_cascade, amake_conversation, aoffer
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


@pytest.mark.alone
async def test_R21_a_query_of_three_seconds_stalls_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, slow = rights.get_user.func, [True]

    class SlowOnce:
        @staticmethod
        def func(scope: Any) -> Any:
            if slow and slow.pop():
                time.sleep(3)
            return found(scope)

    conversation = await amake_conversation()
    async with socket(conversation) as one, socket(conversation) as other:
        await asyncio.gather(ping(one), ping(other))  # by now they are let in
        monkeypatch.setattr(rights, "get_user", SlowOnce)
        stalled = asyncio.create_task(ping(one))
        await asyncio.sleep(0.2)
        assert max([await ping(other) for _ in range(5)]) < 0.3
        assert await stalled >= 2.5


ENDS = {"engine": "failed", "renderer": "completed", "executor": "failed", "database": "failed"}


@pytest.mark.parametrize("place", ENDS)
async def test_R22_whatever_breaks_the_turn_ends_and_the_next_one_runs(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """On the same socket, but where it is what broke."""
    scripted.answers = {"small": BAD, "large": GOOD}
    conversation = await amake_conversation()
    await Budget.objects.acreate(scope="global", limit_usd=1)
    if place == "executor":
        scripted.answers["small"] = calls(SUM)
        await aoffer("calculate")
    async with socket(conversation, query="") as reader:
        with monkeypatch.context() as broken:
            break_in(broken, place)
            turn = await ended(await begun(conversation))
            told = await page_of(reader) if place == "renderer" else turn.error
        if place != "renderer":
            await goes_on(reader, conversation)
    assert turn.status == ENDS[place]
    assert re.search(INCIDENT, told)
    assert not await Turn.objects.filter(status__in=LIVE).aexists()
    assert not await Attempt.objects.filter(settled=False).aexists()
    assert await Attempt.objects.filter(cost_usd__gt=0).acount() == len(scripted.calls)
    spending = await Spending.objects.aget()
    assert (spending.reserved_usd, spending.spent_usd > 0) == (0, True)
    async with socket(conversation, query="") as reader:
        await goes_on(reader, conversation)


def break_in(broken: pytest.MonkeyPatch, place: str) -> None:
    match place:
        case "executor":
            broken.setattr("chat.cascade.ToolExecutor.execute_parallel", None)
        case "engine":
            broken.setattr("chat.cascade.streaming.text.CallJudge", None)
        case "renderer":
            broken.setattr("chat.render.frames.HtmlFrames.events", None)
        case "database":
            broken.setattr(Writer, "write", failing(Writer.write))


async def page_of(reader: Socket) -> str:
    """What a socket that breaks told before it closed."""
    told = ""
    while (message := await reader.receive_output(5))["type"] != "websocket.close":
        told += message["text"]
    assert message["code"] == sockets.BROKEN
    return told


async def goes_on(reader: Socket, conversation: Conversation) -> None:
    prompt = f"And {uuid.uuid4()}?"
    await reader.tell(type="prompt", prompt=prompt, client_id=str(uuid.uuid4()))
    page = ""
    while prompt not in page or "conversation-totals" not in page.partition(prompt)[2]:
        page += await reader.receive_from(timeout=5)
    assert (await Turn.objects.aget(prompt=prompt)).status == "completed"


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
    broken_one = dataclasses.replace(tools.SHIPPED["calculate"], make=lambda turn: tool)
    monkeypatch.setitem(tools.SHIPPED, "calculate", broken_one)
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


async def test_what_is_set_up_anew_in_mid_turn_is_for_the_next_one(scripted: Scripted) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    scripted.answers = {"small": [first, *BAD], "large": GOOD, "smaller": [second, *GOOD]}
    scripted.answers |= {"larger": GOOD, "other": GOOD}
    conversation, other = await amake_conversation(), await amake_cascade("other", "last")
    turn = await begun(conversation)
    await asked(scripted, 1)
    await Cascade.objects.aupdate(thresholds=dict.fromkeys(Complexity, 1.0))
    for old, new in (("small", "smaller"), ("large", "larger")):
        await ModelConfig.objects.filter(name=old).aupdate(name=new)
    await Provider.objects.aupdate(base_url="http://127.0.0.1:9")
    first.set()
    await ended(turn)
    turn = await begun(conversation, "And next?")
    await asked(scripted, 3)
    await Conversation.objects.aupdate(cascade=other)
    second.set()
    await ended(turn)
    await begun(conversation, "And then?")
    await asked(scripted, 5)
    calls = [(call.model, call.base_url) for call in scripted.calls[:5]]
    after = "http://127.0.0.1:9"
    assert calls[:2] == [("small", None), ("large", None)]
    assert calls[2:] == [("smaller", after), ("larger", after), ("other", after)]
    drafts = Attempt.objects.filter(role="draft").order_by("created_at")
    needed = [row.decision["threshold"] async for row in drafts[:2]]
    assert needed[0] < needed[1] == 1


async def asked(scripted: Scripted, times: int) -> None:
    async with asyncio.timeout(5):
        while len(scripted.calls) < times:
            await asyncio.sleep(0.01)


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
    assert row.cost_usd > 0 and row.text == ""
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
