"""Readers who are cut off, leave, click twice and stop."""

import asyncio
import os
import random
import time
import uuid
from collections.abc import Callable

import httpx
import pytest

from tests.faults import judge
from tests.faults.fleet import Fleet
from tests.faults.viewer import Viewer

pytestmark = pytest.mark.long

Answers = Callable[..., str]
IDLE_S, SOCKETS = int(os.environ.get("IDLE_S", "8")), int(os.environ.get("SOCKETS", "10"))
TOKEN = "f" * 32
"""A form's token is compared with the cookie's, which tests may choose."""


async def test_R01_a_line_cut_after_any_event_loses_and_repeats_nothing(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    text = answers(50, 0.06)
    asked = [f"{prompt} {number}" for number in range(4)]
    conversations = [fleet.conversation() for _ in asked]
    viewers = [[Viewer(fleet, one, place) for place in range(52)] for one in conversations]

    await asyncio.gather(*map(cut_while_played, asked, viewers))
    for each, readers in zip(asked, viewers, strict=True):
        judge.hold(fleet, each, *readers)
        assert readers[0].last and readers[0].last.texts == {1: text}
        for viewer in readers:
            viewer.cut()


async def cut_while_played(prompt: str, viewers: list[Viewer]) -> None:
    """Each after another event; they come back to another process."""
    async with Viewer(viewers[0].fleet, viewers[0].conversation) as first:
        first.ask(prompt)
        cuts = (cut_after(viewer, place) for place, viewer in enumerate(viewers))
        await asyncio.gather(*cuts, first.end())


async def cut_after(viewer: Viewer, events: int) -> None:
    await viewer.connect_again()
    while not viewer.last or (viewer.last.seq < events and not viewer.last.status):
        await viewer.next()
    viewer.cut()
    await viewer.connect_again(viewer.server + 1)
    await viewer.end()


async def test_R03_a_turn_goes_on_when_every_tab_is_closed(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    """Where one process does it all also for longer than the 10 s after which a server gives up a
    handler whose socket has gone."""
    away_s = 2.5 if fleet.redis else 15.0
    text = answers(round(8 * away_s), 0.1)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader:
        reader.ask(prompt)
        await reader.written(5)
    await asyncio.sleep(away_s)
    async with Viewer(fleet, conversation, 1) as reader:
        seen = await reader.end(2)
        assert seen.texts == {1: text}
        judge.hold(fleet, prompt, reader)


async def test_R04_the_same_id_sent_20_times_begins_one_turn(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    answers(10, 0.02)
    conversation, client_id = fleet.conversation(), str(uuid.uuid4())
    tabs = [Viewer(fleet, conversation, number) for number in range(4)]
    for tab in tabs:
        await tab.connect()
    posts = [post(fleet, number, conversation, prompt, client_id) for number in range(4)]
    for _ in range(4):
        for tab in tabs:
            tab.ask(prompt, client_id)
    assert {answer.status_code for answer in await asyncio.gather(*posts)} == {302}
    for tab in tabs:
        await tab.end()
    judge.hold(fleet, prompt, *tabs)
    for tab in tabs:
        tab.cut()


async def post(
    fleet: Fleet, server: int, conversation: str, prompt: str, client_id: str
) -> httpx.Response:
    address = fleet.server(server).address
    cookies = f"{fleet.cookie(conversation)}; csrftoken={TOKEN}"
    form = {"prompt": prompt, "client_id": client_id, "csrfmiddlewaretoken": TOKEN}
    async with httpx.AsyncClient(base_url=address, headers={"Cookie": cookies}) as client:
        return await client.post(f"/c/{conversation}/turns/", data=form)


async def test_R05_of_two_prompts_at_once_one_is_refused(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    answers(20, 0.05)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as one, Viewer(fleet, conversation, 1) as other:
        one.ask(f"{prompt} one")
        other.ask(f"{prompt} other")
        await asyncio.gather(one.end(), other.end())
        await one.until("totals")
        await other.until("totals")
        codes = [notice["code"] for reader in (one, other) for notice in reader.notices]
        assert sorted(codes) == ["begun", "busy"]
    begun = fleet.rows("SELECT prompt FROM chat_turn WHERE prompt LIKE ?", f"{prompt}%")
    assert len(begun) == 1
    judge.hold(fleet, begun[0][0], one, other)


@pytest.mark.parametrize("seed", range(3))
async def test_R18_stop_from_any_tab_at_any_time_closes_the_upstream(
    fleet: Fleet, prompt: str, answers: Answers, seed: int
) -> None:
    answers(400, 0.02)
    rng = random.Random(seed)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader, Viewer(fleet, conversation, 1) as other:
        reader.ask(prompt)
        await asyncio.gather(reader.until("routing"), other.until("routing"))
        assert other.last
        await asyncio.sleep(rng.uniform(0.05, 1))
        asked = time.monotonic()
        for _ in range(2):
            other.tell(type="stop", turn=other.last.turn)
        await asyncio.gather(reader.end(), other.end())
        assert time.monotonic() - asked < 1
        judge.hold(fleet, prompt, reader, other)
        left = judge.left_at(fleet, prompt)
        assert left is not None and left - asked < 1
        assert reader.last and reader.last.status == "stopped"


async def test_R14_idle_sockets_stay_open(fleet_of_two: Fleet) -> None:
    """Shortened: an idle read of redis-py would have closed them after 6 seconds. `IDLE_S=600` and
    `SOCKETS=50` in the environment make it as long as was promised."""
    fleet = fleet_of_two
    viewers = [Viewer(fleet, fleet.conversation(), number % 2) for number in range(SOCKETS)]
    for viewer in viewers:
        await viewer.connect()
    hearing = [asyncio.create_task(viewer.next()) for viewer in viewers]
    _, still_open = await asyncio.wait(hearing, timeout=IDLE_S)
    assert len(still_open) == len(viewers)
    for task, viewer in zip(hearing, viewers, strict=True):
        task.cancel()
        viewer.cut()


async def test_a_page_shows_the_partial_answer_at_first_paint(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    answers(40, 0.05)
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader:
        reader.ask(prompt)
        await reader.written(60)
        address = fleet.server(1).address
        async with httpx.AsyncClient(headers={"Cookie": fleet.cookie(conversation)}) as browser:
            page = await browser.get(f"{address}/c/{conversation}/")
        assert "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10" in page.text
        assert 'data-kind="stop"' in page.text
        await reader.end()
        judge.hold(fleet, prompt, reader)


async def test_R38_twenty_turns_at_once_never_find_the_database_locked(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    text = answers(30, 0.05)
    before = [len(server.said) for server in fleet.servers]
    readers = [Viewer(fleet, fleet.conversation(), number) for number in range(20)]
    for number, reader in enumerate(readers):
        await reader.connect()
        reader.ask(f"{prompt} {number}")
    await asyncio.gather(*(reader.end() for reader in readers))
    for number, reader in enumerate(readers):
        judge.hold(fleet, f"{prompt} {number}", reader)
        assert reader.last and reader.last.texts == {1: text}
        reader.cut()
    said = [server.said[begun:] for server, begun in zip(fleet.servers, before, strict=True)]
    for words in ("database is locked", "OperationalError"):  # some lines name the class alone
        assert not any(words in each for each in said)
