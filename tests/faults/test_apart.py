"""Players apart: what happens to web processes touches no answer, what happens to players does."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.databases import Migrated
from tests.faults import judge
from tests.faults.fleet import APART_DRAIN_S, Fleet, Server, apart
from tests.faults.test_processes import ended_and_started_again
from tests.faults.test_services import stopped_by_other
from tests.faults.viewer import Viewer
from tests.loopback import Loopback

pytestmark = pytest.mark.long

Answers = Callable[..., str]


@pytest.fixture(scope="module")
def fleet_apart(
    provider: Loopback, migrated: Migrated, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Fleet, list[Server]]]:
    with apart(tmp_path_factory.mktemp("apart"), provider, migrated) as found:
        yield found


@pytest.fixture
def fleet(fleet_apart: tuple[Fleet, list[Server]]) -> Iterator[Fleet]:
    yield fleet_apart[0]
    judge.nothing_left(fleet_apart[0])


@pytest.fixture
def players(fleet_apart: tuple[Fleet, list[Server]]) -> Iterator[list[Server]]:
    players = fleet_apart[1]
    yield players
    for player in players:
        if player.process.poll() is not None:
            player.start()
            player.listens()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_the_answer_goes_on_while_its_web_process_is_restarted(
    fleet: Fleet, prompt: str, answers: Answers, how: int
) -> None:
    text = answers(60, 0.1)
    server = fleet.server(0)
    async with Viewer(fleet, fleet.conversation()) as reader:
        reader.ask(prompt)
        await reader.written(5)
        began = time.monotonic()
        with ended_and_started_again(fleet):
            await asyncio.to_thread(server.end, how)
            assert time.monotonic() - began < APART_DRAIN_S / 2, "there is nothing to drain"
        seen = await reader.end()
    assert (seen.status, seen.texts) == ("completed", {1: text})
    assert judge.calls_for(fleet, prompt) == 1
    judge.hold(fleet, prompt, reader)


async def test_a_player_that_is_killed_leaves_an_interrupted_turn(
    fleet: Fleet, players: list[Server], prompt: str, answers: Answers
) -> None:
    answers(600, 0.05)
    async with Viewer(fleet, fleet.conversation()) as reader:
        reader.ask(prompt)
        await reader.written(5)
        [(owner,)] = fleet.rows("SELECT lease_owner FROM chat_turn WHERE prompt = ?", prompt)
        pid = int(owner.split("/")[2])
        [player] = [each for each in players if each.process.pid == pid]
        player.end(signal.SIGKILL)
        seen = await reader.end()
    assert seen.status == "interrupted"
    assert judge.calls_for(fleet, prompt) == 1
    judge.hold(fleet, prompt, reader)


async def test_each_turn_is_played_by_one_and_both_play(
    fleet: Fleet, players: list[Server], prompt: str, answers: Answers
) -> None:
    answers(10, 0.05)
    readers = [Viewer(fleet, fleet.conversation(), number) for number in range(16)]
    await asyncio.gather(*(reader.connect() for reader in readers))
    for number, reader in enumerate(readers):
        reader.ask(f"{prompt} {number}")
    for reader in readers:
        assert (await reader.end()).status == "completed"
    for number in range(len(readers)):
        assert judge.calls_for(fleet, f"{prompt} {number}") == 1
    owners = fleet.rows(
        "SELECT DISTINCT lease_owner FROM chat_turn WHERE prompt LIKE ?", f"{prompt} %"
    )
    assert {int(owner.split("/")[2]) for (owner,) in owners} <= {p.process.pid for p in players}
    for reader in readers:
        reader.cut()


async def test_stop_reaches_the_player_wherever_it_was_pressed(
    fleet: Fleet, prompt: str, answers: Answers
) -> None:
    answers(400, 0.02)
    await asyncio.gather(*(stopped_by_other(fleet, f"{prompt} {number}") for number in range(3)))


async def test_a_turn_waits_while_no_player_is_there_and_says_so_and_can_be_stopped(
    fleet: Fleet, players: list[Server], prompt: str, answers: Answers
) -> None:
    text = answers(5, 0.01)
    for player in players:
        assert player.end(signal.SIGTERM) == 0
    async with Viewer(fleet, fleet.conversation()) as stopped:
        stopped.ask(f"{prompt} stopped")
        begun = await stopped.until("turn")
        stopped.tell(type="stop", turn=begun["turn"])
        assert (await stopped.end()).status == "stopped"
    async with Viewer(fleet, fleet.conversation()) as reader:
        reader.ask(prompt)
        await reader.until("turn")
        players[0].start()
        assert (await reader.end()).texts == {1: text}
    assert judge.calls_for(fleet, f"{prompt} stopped") == 0
