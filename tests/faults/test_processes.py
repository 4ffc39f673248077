"""Processes that are told to end, and processes that are killed."""

import ast
import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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


async def test_R09_a_killed_process_leaves_interrupted_turns_to_retry(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    """Five, each at another place of what it is kept by."""
    answers(900, 0.05, width=20)
    asked = [await begun(fleet, f"{prompt} {number}") for number in range(5)]
    noting = [asyncio.create_task(note(one)) for one in asked]
    with ended_and_started_again(fleet) as server:
        await asyncio.sleep(1.8)
        for task in noting:
            task.cancel()
        await asyncio.wait(noting)
        killed = time.monotonic()
        server.end(signal.SIGKILL)
        if len(fleet.servers) == 1:
            server.start()
            await asyncio.to_thread(server.listens)
        await asyncio.gather(*(viewer.end() for one in asked for viewer in one.viewers))
        assert time.monotonic() - killed < 30
        for one in asked:
            assert one.reader.last and one.reader.last.status == "interrupted"
            kept = judge.kept_texts(fleet, one.prompt)[1]
            before = [size for at, size in one.shown if at < killed - KEPT_EVERY_S - WRITING_S]
            assert len(kept) >= before[-1] > 0, "more than a second of text was lost"
            judge.hold(fleet, one.prompt, *one.viewers)
        answers(5, 0.01)
        await asyncio.gather(*(retried(one) for one in asked))
        for one in asked:
            judge.hold(fleet, one.prompt, *one.viewers, turns=2)
            for viewer in one.viewers:
                viewer.cut()


@dataclass
class Asked:
    """A turn that is being written, who reads it here and elsewhere, and how many characters they
    had seen when."""

    prompt: str
    reader: Viewer
    elsewhere: Viewer
    shown: list[tuple[float, int]] = field(default_factory=list)

    @property
    def viewers(self) -> tuple[Viewer, Viewer]:
        return self.reader, self.elsewhere


async def begun(fleet: Fleet, prompt: str) -> Asked:
    conversation = fleet.conversation()
    one = Asked(prompt, Viewer(fleet, conversation), Viewer(fleet, conversation, 1))
    await one.reader.connect()
    one.reader.ask(prompt)
    await one.reader.written(1)
    await one.elsewhere.connect()
    await asyncio.sleep(random.Random(prompt).uniform(0.1, 0.4))
    return one


async def note(one: Asked) -> None:
    """Until it is cancelled."""
    while one.reader.last:
        one.shown.append((time.monotonic(), len(one.reader.last.texts.get(1, ""))))
        await one.reader.next()


async def retried(one: Asked) -> None:
    assert one.reader.last
    interrupted = one.reader.last.turn
    one.reader.tell(type="retry", turn=interrupted)
    for viewer in one.viewers:
        while viewer.last is None or viewer.last.turn == interrupted:
            await viewer.next()
        assert (await viewer.end()).status == "completed"


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


async def test_R24_a_right_taken_elsewhere_closes_sockets_here(fleet_of_two: Fleet) -> None:
    """By a command, in a process of its own: the bell rings in every process."""
    fleet, script = fleet_of_two, ["from chat.models import Conversation"]
    async with contextlib.AsyncExitStack() as connected:
        ends = {}
        for way, taken in RIGHTS.items():
            conversation = fleet.conversation()
            script += [f"user = Conversation.objects.get(pk='{conversation}').user", taken]
            for server in range(2):
                viewer = await connected.enter_async_context(Viewer(fleet, conversation, server))
                ends[way, server] = asyncio.create_task(code_of_the_end(viewer))
        await asyncio.to_thread(fleet.server(0).command, "shell", "--command", "\n".join(script))
        async with asyncio.timeout(5):
            codes = await asyncio.gather(*ends.values())
        assert dict(zip(ends, codes, strict=True)) == dict.fromkeys(ends, 4401)


async def code_of_the_end(viewer: Viewer) -> int:
    with pytest.raises(ConnectionError, match="the server closed") as closed:
        await viewer.until("never", within_s=60)
    payload: bytes = ast.literal_eval(str(closed.value).partition(": ")[2])
    return int.from_bytes(payload[:2])
