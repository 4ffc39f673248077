"""Turns that begin or end together go on in turn, and hold nobody up for long."""

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chat.models import Conversation, Turn
from chat.render.frames import Frames, HtmlFrames, JsonFrames
from chat.turns import keep, play, turnstile
from chat.turns.begin import begin
from chat.turns.follow import Cursor, Viewer
from chat.turns.stop import stop
from chat.turns.turnstile import Turnstile
from chat.turns.window import WINDOW, Window
from tests.people import amake_cascade, amake_conversation, amake_user
from tests.scripted import Scripted
from tests.turns.scenarios import GOOD
from tests.turns.test_turn_life import ended


class Visit:
    """Somebody who is within until they are told to leave."""

    def __init__(self, stile: Turnstile) -> None:
        self.is_within = False
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._come(stile))

    async def _come(self, stile: Turnstile) -> None:
        async with stile:
            self.is_within = True
            await self.leave.wait()
        self.is_within = False


async def visits(stile: Turnstile, count: int) -> list[Visit]:
    coming = [Visit(stile) for _ in range(count)]
    await settled()
    return coming


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def within(coming: list[Visit]) -> list[int]:
    return [number for number, visit in enumerate(coming) if visit.is_within]


async def test_a_few_are_within_and_the_others_follow_in_turn() -> None:
    coming = await visits(Turnstile(), 5)
    seen = [within(coming)]
    for number in (1, 0, 2, 3, 4):
        coming[number].leave.set()
        await settled()
        seen.append(within(coming))
    assert seen == [[0, 1], [0, 2], [2, 3], [3, 4], [4], []]


async def test_who_breaks_within_leaves() -> None:
    stile = Turnstile()
    for _ in range(turnstile.ROOM):
        with pytest.raises(ZeroDivisionError):
            async with stile:
                _ = 1 / 0
    assert within(await visits(stile, 3)) == [0, 1]


async def test_who_is_hurried_goes_on_beside_those_within() -> None:
    stile = Turnstile()
    coming = await visits(stile, 5)
    for number in (4, 0):  # one that is within has nothing to wait for
        stile.hurry(coming[number].task)
    await settled()
    seen = [within(coming)]
    for number in (0, 1, 4, 2, 3):
        coming[number].leave.set()
        await settled()
        seen.append(within(coming))
    assert seen == [[0, 1, 4], [1, 4], [2, 4], [2, 3], [3], []]


@pytest.mark.parametrize("is_let_in", [False, True])
async def test_who_gives_up_is_passed_over(
    is_let_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the moment in which they are let in."""
    monkeypatch.setattr(turnstile, "ROOM", 1)
    coming = await visits(Turnstile(), 3)
    if is_let_in:
        coming[0].leave.set()
        while not coming[0].task.done():
            await asyncio.sleep(0)
        coming[1].task.cancel()
    else:
        coming[1].task.cancel()
        await settled()
        coming[0].leave.set()
    await settled()
    assert within(coming) == [2]


async def test_nobody_waits_long_for_who_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_S", 0.02)
    stile = Turnstile()
    coming = await visits(stile, 4)
    assert within(coming) == [0, 1]
    await asyncio.sleep(0.1)
    assert within(coming) == [0, 1, 2, 3]
    for visit in coming:
        visit.leave.set()
    await settled()
    assert within(await visits(stile, 3)) == [0, 1], "there is as much room as before"


def counted(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> list[int]:
    """How many are within this method, at each that comes."""
    now, inner = 0, getattr(owner, name)
    seen: list[int] = []

    async def outer(*given: Any, **named: Any) -> Any:
        nonlocal now
        now += 1
        seen.append(now)
        try:
            return await inner(*given, **named)
        finally:
            now -= 1

    monkeypatch.setattr(owner, name, outer)
    return seen


class Reader:
    """`seen`: all it was sent. Nothing more is, where its window is full."""

    def __init__(self, conversation: Conversation, frames: Frames) -> None:
        self.seen = ""
        self.window = Window()
        viewer = Viewer(conversation.id, frames, self._see, self.window)
        self.task = asyncio.create_task(viewer.watch(Cursor()))

    async def _see(self, message: str) -> None:
        self.seen += message


async def conversations(count: int) -> list[Conversation]:
    """Of as many readers."""
    cascade = await amake_cascade()
    readers = [await amake_user(f"reader-{number}") for number in range(count)]
    return [await amake_conversation(reader, cascade) for reader in readers]


async def asked(conversation: Conversation) -> Turn:
    return await begin(conversation.id, uuid.uuid4(), "Why are there tides?")


@pytest.mark.django_db(transaction=True)
async def test_of_many_that_begin_and_end_together_few_do_so_at_once(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "SNAPSHOT_S", 60)  # what is kept are ends alone
    scripted.answers = {"small": [hold := asyncio.Event(), *GOOD]}
    beginning = counted(monkeypatch, play.Player, "_streamed")
    keeping = counted(monkeypatch, keep.Keeper, "now")
    turns = await asyncio.gather(*map(asked, await conversations(8)))
    while len(scripted.calls) < len(turns):
        await asyncio.sleep(0.01)
    keeping.clear()
    hold.set()
    assert [(await ended(turn)).status for turn in turns] == ["completed"] * len(turns)
    assert len(beginning) == len(turns) and max(beginning) <= 2
    assert len(keeping) == len(turns) and max(keeping) <= 2


@pytest.mark.django_db(transaction=True)
async def test_a_turn_that_is_stopped_before_its_turn_ends_at_once_and_asks_nobody(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_S", 60)
    scripted.answers = {"small": GOOD}
    async with AsyncExitStack() as others:
        for _ in range(turnstile.ROOM):
            await others.enter_async_context(play.beginning)
        turn = await asked((await conversations(1))[0])
        await settled()
        await stop(turn)
        assert (await ended(turn)).status == "stopped"
    assert scripted.calls == []


@pytest.mark.django_db(transaction=True)
async def test_who_does_not_read_holds_up_no_other_reader(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, may_end = keep.Keeper.end, asyncio.Event()

    async def end_later(keeper: keep.Keeper) -> bool:
        await may_end.wait()
        return await end(keeper)

    monkeypatch.setattr(keep.Keeper, "end", end_later)
    monkeypatch.setattr(turnstile, "PATIENCE_S", 30)
    scripted.answers = {"small": GOOD}
    *others, last = await conversations(4)
    full = [Reader(one, JsonFrames()) for one in others]
    reading = Reader(last, HtmlFrames())
    for conversation in (*others, last):
        await asked(conversation)
    async with asyncio.timeout(10):
        while not all("draft_decision" in reader.seen for reader in full):
            await asyncio.sleep(0.01)
        for reader in full:
            reader.window.sent("x" * WINDOW)
        may_end.set()
        while "conversation-totals" not in reading.seen:
            await asyncio.sleep(0.01)
    for reader in (*full, reading):
        reader.task.cancel()
