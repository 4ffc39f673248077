"""Doorbells that fail, and Redis and PostgreSQL that go away and come back."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.faults import judge
from tests.faults.fleet import DRAIN_S, Fleet
from tests.faults.test_processes import ended_and_started_again
from tests.faults.test_readers import cut_while_played
from tests.faults.viewer import Viewer

pytestmark = pytest.mark.long

Answers = Callable[..., str]
AFTER_DRAIN_S = 4.5
"""What the drain itself allows, and half a second for a busy machine."""


@pytest.fixture
async def fleet(fleet_of_two: Fleet) -> AsyncIterator[Fleet]:
    yield fleet_of_two
    await asyncio.sleep(0.05)  # for lines that were cut to be closed
    await until_ready(fleet_of_two)
    judge.nothing_left(fleet_of_two)


async def until_ready(fleet: Fleet) -> None:
    """No process is left without a database that is back: to find it may take longer than a socket
    of the next test waits to be let in."""
    async with httpx.AsyncClient() as probe, asyncio.timeout(30):
        for server in fleet.servers:
            while (await probe.get(f"{server.address}/readyz", timeout=10)).status_code != 200:
                await asyncio.sleep(0.1)


@pytest.fixture
async def bad_doorbells(fleet: Fleet) -> AsyncIterator[None]:
    """In both processes."""
    with ended_and_started_again(fleet) as one, ended_and_started_again(fleet, 1) as other:
        for server in (one, other):
            server.end()
            server.start(DJANGO_SETTINGS_MODULE="tests.faults.settings")
        for server in (one, other):
            await asyncio.to_thread(server.listens)
        yield


@pytest.mark.usefixtures("bad_doorbells")
async def test_R15_doorbells_lost_doubled_and_late_lose_nothing(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    text = answers(40, 0.05)
    await asyncio.gather(*(tabs_see(fleet, f"{prompt} {number}", text) for number in range(4)))
    conversation, asked = fleet.conversation(), f"{prompt} R01"
    viewers = [Viewer(fleet, conversation, place) for place in range(52)]
    await cut_while_played(asked, viewers)
    judge.hold(fleet, asked, *viewers)
    for viewer in viewers:
        assert viewer.last and viewer.last.texts == {1: text}
        viewer.cut()
    answers(400, 0.02)
    await asyncio.gather(*(stopped_by_other(fleet, f"{prompt} stop {n}") for n in range(3)))


async def tabs_see(fleet: Fleet, prompt: str, text: str) -> None:
    """One in each process, the other as soon."""
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as one, Viewer(fleet, conversation, 1) as other:
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        one.ask(prompt)
        await other.until("routing", within_s=10)
        assert time.monotonic() - begun < 1.5
        seen = await asyncio.gather(one.end(), other.end())
        assert [viewer.texts for viewer in seen] == [{1: text}] * 2
        judge.hold(fleet, prompt, one, other)


async def stopped_by_other(fleet: Fleet, prompt: str) -> None:
    """Who asks in one process is stopped in another: within a second its upstream is closed."""
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as one, Viewer(fleet, conversation, 1) as other:
        one.ask(prompt)
        await asyncio.gather(one.written(20), other.written(20))
        assert other.last
        asked = time.monotonic()
        other.tell(type="stop", turn=other.last.turn)
        assert (await one.end(again=False)).status == "stopped"
        assert time.monotonic() - asked < 1
        await other.end(again=False)
        left = judge.left_at(fleet, prompt)
        assert left is not None and left - asked < 1
        judge.hold(fleet, prompt, one, other)


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


async def test_without_redis_turns_are_begun_seen_and_stopped_all_the_same(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    assert fleet.redis
    text = answers(40, 0.05)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader, Viewer(fleet, conversation, 1) as other:
        await asyncio.sleep(0.3)
        fleet.redis.cut()
        try:
            reader.ask(prompt)
            seen = await asyncio.gather(reader.end(again=False), other.end(again=False))
            assert [viewer.texts for viewer in seen] == [{1: text}] * 2
            judge.hold(fleet, prompt, reader, other)
            answers(400, 0.02)
            await stopped_by_other(fleet, f"{prompt} stop")
        finally:
            fleet.redis.mend()


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


async def test_a_question_without_the_database_is_refused_with_a_reason_and_asked_again_once(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    assert fleet.database
    text, client_id = answers(10, 0.02), str(uuid.uuid4())
    async with Viewer(fleet, fleet.conversation()) as reader:
        reader.tell(type="nonsense")
        await reader.until("notice")  # by now it is let in
        fleet.database.cut()
        try:
            reader.ask(prompt, client_id)
            notice = await reader.until("notice")
        finally:
            fleet.database.mend()
        assert notice["code"] == "database"
        assert notice["notice"].startswith("Nothing can be stored just now.")
        while reader.notices[-1]["code"] != "begun":
            reader.ask(prompt, client_id)
            await reader.until("notice")
        reader.ask(prompt, client_id)
        assert (await reader.end(again=False)).texts == {1: text}
        judge.hold(fleet, prompt, reader)


async def test_many_probes_at_once_take_no_connection_for_good(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    text = answers(3, 0.0)
    async with httpx.AsyncClient(base_url=fleet.server(0).address) as probe:
        for _ in range(20):
            asked = await asyncio.gather(*(probe.get("/readyz") for _ in range(20)))
            assert {answer.status_code for answer in asked} == {200}
    async with Viewer(fleet, fleet.conversation()) as reader:
        reader.ask(prompt)
        assert (await reader.end()).texts == {1: text}
