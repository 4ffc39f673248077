"""Processes that are told to end, and processes that are killed."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.faults import judge
from tests.faults.fleet import DRAIN_S, Fleet, environment_with, new_database, started
from tests.faults.viewer import Viewer

Answers = Callable[..., str]


@contextlib.contextmanager
def ended_and_started_again(fleet: Fleet, number: int = 0):
    """Whatever a test does to a server, the next one finds it there, as it was."""
    server = fleet.server(number)
    before = server.added
    try:
        yield server
    finally:
        if server.process.poll() is not None or server.added != before:
            server.end(signal.SIGKILL)
            server.start()
            server.listens()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_that_start_at_once_prepare_one_database(kind: str, tmp_path: Path) -> None:
    alone = contextlib.nullcontext(f"sqlite:///{tmp_path}/db.sqlite3")
    with (
        alone if kind == "sqlite" else new_database("starts") as url,
        started(environment_with(DATABASE_URL=url), tmp_path, 2) as servers,
    ):
        said = [server.said for server in servers]
    assert sorted("Added the cascade Demo." in each for each in said) == [False, True]
    assert all("Sign in, once" in each for each in said)


async def test_R07_what_ends_within_the_drain_is_completed(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    text = answers(20, 0.1)
    conversation, idle = fleet.conversation(), fleet.conversation()
    with ended_and_started_again(fleet) as server:
        async with Viewer(fleet, conversation) as reader, Viewer(fleet, idle) as late:
            reader.ask(prompt)
            await reader.written(5)
            told = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
            late.ask(f"{prompt} late")
            assert (await late.until("notice"))["code"] == "draining"
            async with httpx.AsyncClient(base_url=server.address) as probe:
                assert (await probe.get("/readyz")).status_code == 503
                assert (await probe.get("/healthz")).status_code == 200
            seen = await reader.end(again=False)
            assert seen.texts == {1: text}
        assert await asyncio.to_thread(server.process.wait, DRAIN_S + 5) == 0
        assert time.monotonic() - told < DRAIN_S + 5
        judge.hold(fleet, prompt, reader)
        assert judge.calls_for(fleet, f"{prompt} late") == 0


async def test_R08_what_does_not_is_interrupted_with_text_and_cost(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    answers(600, 0.05)
    with ended_and_started_again(fleet) as server:
        async with Viewer(fleet, fleet.conversation()) as reader:
            reader.ask(prompt)
            await reader.written(5)
            told = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            seen = await reader.end(again=False)
        assert seen.status == "interrupted"
        assert await asyncio.to_thread(server.process.wait, 30) == 0
        assert DRAIN_S <= time.monotonic() - told < DRAIN_S + 5
        judge.hold(fleet, prompt, reader)
        [(cost,)] = fleet.rows("SELECT total_usd FROM chat_turn WHERE prompt = ?", prompt)
        assert cost > 0


@pytest.mark.parametrize("seed", range(5))
async def test_R09_a_killed_process_leaves_an_interrupted_turn_to_retry(
    fleet: Fleet, prompt: str, answers: Answers, seed: int
) -> None:
    answers(900, 0.02)
    rng, conversation = random.Random(seed), fleet.conversation()
    reader = Viewer(fleet, conversation)
    with ended_and_started_again(fleet) as server:
        await reader.connect()
        reader.ask(prompt)
        await reader.until("routing")
        elsewhere = Viewer(fleet, conversation, 1)
        await elsewhere.connect()
        written_until = time.monotonic() + rng.uniform(0, 2)
        with contextlib.suppress(TimeoutError):
            await reader.end(written_until - time.monotonic())
        assert reader.last
        seen_before = dict(reader.last.texts)
        killed = time.monotonic()
        server.end(signal.SIGKILL)
        if len(fleet.servers) == 1:
            server.start()
            await asyncio.to_thread(server.listens)
        await asyncio.gather(reader.end(), elsewhere.end())
        assert time.monotonic() - killed < 30
        assert reader.last.status == "interrupted"
        kept = judge.kept_texts(fleet, prompt)
        lost = len(seen_before.get(1, "")) - len(kept[1])
        assert lost <= 60 * 6, "more than a second of text"
        judge.hold(fleet, prompt, reader, elsewhere)
        answers(5, 0.01)
        elsewhere_turn = reader.last.turn
        reader.tell(type="retry", turn=elsewhere_turn)
        while reader.last.turn == elsewhere_turn:
            await reader.next()
        assert (await reader.end()).status == "completed"
        assert judge.calls_for(fleet, prompt) == 2
        reader.cut()
        elsewhere.cut()


async def test_a_process_that_hangs_loses_its_turns_and_wakes_to_write_nothing(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    if len(fleet.servers) == 1:
        return  # nobody else is there to take them
    answers(3000, 0.02)
    conversation = fleet.conversation()
    with ended_and_started_again(fleet) as server:
        async with Viewer(fleet, conversation) as zombies, Viewer(fleet, conversation, 1) as reader:
            zombies.ask(prompt)
            await reader.written(20)
            stopped = time.monotonic()
            server.process.send_signal(signal.SIGSTOP)
            seen = await reader.end()
            assert (seen.status, time.monotonic() - stopped < 30) == ("interrupted", True)
            kept = judge.kept_texts(fleet, prompt)
            server.process.send_signal(signal.SIGCONT)
            await zombies.end()
            await asyncio.sleep(1.5)
            assert judge.kept_texts(fleet, prompt) == kept
            judge.hold(fleet, prompt, reader)
            assert zombies.last and zombies.last.status == "interrupted"
