"""Processes that are told to end, and processes that are killed."""

import ast
import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.databases import new_database
from tests.faults import judge
from tests.faults.fleet import DRAIN_S, Fleet, environment_with, started
from tests.faults.viewer import Viewer

pytestmark = pytest.mark.long

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


KEPT_EVERY_S = 1.0
WRITING_S = 0.3
"""What the write itself may take, on a machine that does other things as well."""


@pytest.mark.parametrize("seed", range(5))
async def test_R09_a_killed_process_leaves_an_interrupted_turn_to_retry(
    fleet: Fleet, prompt: str, answers: Answers, seed: int
) -> None:
    answers(900, 0.02, width=9)
    rng, conversation = random.Random(seed), fleet.conversation()
    reader = Viewer(fleet, conversation)
    with ended_and_started_again(fleet) as server:
        await reader.connect()
        reader.ask(prompt)
        await reader.written(1)
        elsewhere = Viewer(fleet, conversation, 1)
        await elsewhere.connect()
        shown = await shown_for(reader, rng.uniform(1.8, 3))
        killed = time.monotonic()
        server.end(signal.SIGKILL)
        if len(fleet.servers) == 1:
            server.start()
            await asyncio.to_thread(server.listens)
        await asyncio.gather(reader.end(), elsewhere.end())
        assert time.monotonic() - killed < 30
        assert reader.last and reader.last.status == "interrupted"
        kept = judge.kept_texts(fleet, prompt)[1]
        before = [size for at, size in shown if at < killed - KEPT_EVERY_S - WRITING_S]
        assert len(kept) >= before[-1] > 0, "more than a second of text was lost"
        judge.hold(fleet, prompt, reader, elsewhere)
        answers(5, 0.01)
        interrupted = reader.last.turn
        reader.tell(type="retry", turn=interrupted)
        for viewer in (reader, elsewhere):
            while viewer.last is None or viewer.last.turn == interrupted:
                await viewer.next()
            assert (await viewer.end()).status == "completed"
        judge.hold(fleet, prompt, reader, elsewhere, turns=2)
        reader.cut()
        elsewhere.cut()


async def shown_for(reader: Viewer, seconds: float) -> list[tuple[float, int]]:
    """How many characters the reader had seen, and when."""
    shown = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while reader.last:
                shown.append((time.monotonic(), len(reader.last.texts.get(1, ""))))
                await reader.next()
    return shown


async def test_a_process_that_hangs_loses_its_turns_and_wakes_to_write_nothing(
    fleet_of_two: Fleet, prompt: str, answers: Answers
) -> None:
    fleet, conversation = fleet_of_two, fleet_of_two.conversation()
    answers(3000, 0.02)
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
            judge.hold(fleet, prompt, reader, zombies)
            assert zombies.last and zombies.last.status == "interrupted"
    judge.nothing_left(fleet)


RIGHTS = {
    "signing out": "from django.contrib.sessions.models import Session as S;"
    " [s.delete() for s in S.objects.all() if s.get_decoded()['_auth_user_id'] == str(user.pk)]",
    "disabling": "user.is_active = False; user.save()",
    "another password": "user.set_password('another'); user.save()",
    "deleting": "user.delete()",
}


@pytest.mark.parametrize("way", RIGHTS)
async def test_R24_a_right_taken_elsewhere_closes_sockets_here(
    fleet_of_two: Fleet, way: str
) -> None:
    """By a command, in a process of its own: the bell rings in every process."""
    fleet, conversation = fleet_of_two, fleet_of_two.conversation()
    async with Viewer(fleet, conversation) as one, Viewer(fleet, conversation, 1) as other:
        find = f"user = Conversation.objects.get(pk='{conversation}').user"
        script = f"from chat.models import Conversation; {find}; {RIGHTS[way]}"
        ends = [asyncio.create_task(code_of_the_end(viewer)) for viewer in (one, other)]
        await asyncio.to_thread(fleet.server(0).command, "shell", "--command", script)
        async with asyncio.timeout(5):
            assert await asyncio.gather(*ends) == [4401, 4401]


async def code_of_the_end(viewer: Viewer) -> int:
    with pytest.raises(ConnectionError, match="the server closed") as closed:
        await viewer.until("never", within_s=60)
    payload: bytes = ast.literal_eval(str(closed.value).partition(": ")[2])
    return int.from_bytes(payload[:2])
