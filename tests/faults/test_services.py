"""Doorbells that fail, and Redis and PostgreSQL that go away and come back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from tests.faults import judge
from tests.faults.fleet import DRAIN_S, Fleet
from tests.faults.test_processes import ended_and_started_again
from tests.faults.viewer import Viewer

Answers = Callable[..., str]
AFTER_DRAIN_S = 4.5
"""What the drain itself allows, and half a second for a busy machine."""


@pytest.fixture
async def fleet(fleet_of_two: Fleet) -> AsyncIterator[Fleet]:
    yield fleet_of_two
    await asyncio.sleep(0.05)  # for lines that were cut to be closed


async def test_R15_doorbells_lost_doubled_and_late_lose_nothing(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    text = answers(30, 0.05)
    with ended_and_started_again(fleet) as server:
        server.end()
        server.start(DJANGO_SETTINGS_MODULE="tests.faults.settings")
        await asyncio.to_thread(server.listens)

        async def both_see(asked: str) -> None:
            conversation = fleet.conversation()
            async with Viewer(fleet, conversation) as one, Viewer(fleet, conversation, 1) as other:
                await asyncio.sleep(0.3)
                begun = time.monotonic()
                one.ask(asked)
                await other.until("routing", within_s=10)
                assert time.monotonic() - begun < 1.5
                seen = await asyncio.gather(one.end(), other.end())
                assert [viewer.texts for viewer in seen] == [{1: text}] * 2
                judge.hold(fleet, asked, one, other)

        await asyncio.gather(*(both_see(f"{prompt} {number}") for number in range(4)))


async def test_without_redis_streams_go_on_and_others_catch_up(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    assert fleet.redis
    text = answers(80, 0.05)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader, Viewer(fleet, conversation, 1) as other:
        reader.ask(prompt)
        await asyncio.gather(reader.written(30), other.written(30))
        fleet.redis.cut()
        try:
            seen = await reader.end(again=False)
            assert seen.texts == {1: text}
            await other.end(within_s=10, again=False)
        finally:
            fleet.redis.mend()
        judge.hold(fleet, prompt, reader, other)
        again = f"{prompt} again"
        other.last = None
        reader.last = None
        answers(10, 0.05)
        await asyncio.sleep(1)
        reader.ask(again)
        await asyncio.gather(reader.end(again=False), other.end(again=False))
        judge.hold(fleet, again, reader, other)


async def test_a_turn_outlives_a_redis_that_was_away_for_a_while(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    assert fleet.redis
    text = answers(80, 0.05)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader, Viewer(fleet, conversation, 1) as other:
        reader.ask(prompt)
        await asyncio.gather(reader.written(30), other.written(30))
        fleet.redis.cut()
        await asyncio.sleep(0.7)
        fleet.redis.mend()
        seen = await asyncio.gather(reader.end(again=False), other.end(again=False))
        assert [viewer.texts for viewer in seen] == [{1: text}] * 2
        judge.hold(fleet, prompt, reader, other)


async def test_R08_without_the_database_a_process_ends_in_time_and_its_turns_are_swept(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    assert fleet.database
    answers(600, 0.05)
    with ended_and_started_again(fleet) as server:
        async with Viewer(fleet, fleet.conversation()) as reader:
            reader.ask(prompt)
            await reader.written(30)
            fleet.database.cut()
            told = time.monotonic()
            try:
                assert await asyncio.to_thread(server.end) == 0
            finally:
                fleet.database.mend()
            assert time.monotonic() - told < DRAIN_S + AFTER_DRAIN_S
            assert (await reader.end()).status == "interrupted"
        judge.hold(fleet, prompt, reader)


async def test_without_the_database_a_stream_goes_on_and_its_end_is_kept_later(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    assert fleet.database
    text = answers(60, 0.05)
    async with Viewer(fleet, fleet.conversation()) as reader:
        reader.ask(prompt)
        await reader.written(30)
        fleet.database.cut()
        try:
            await reader.written(len(text))
        finally:
            fleet.database.mend()
        seen = await reader.end(again=False)
        assert (seen.status, seen.texts) == ("completed", {1: text})
        judge.hold(fleet, prompt, reader)
    for number in range(2):  # no process offers its readers a connection that was cut
        async with Viewer(fleet, fleet.conversation(), number):
            pass
