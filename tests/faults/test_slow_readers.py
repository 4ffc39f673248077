"""A reader that never reads costs little, and delays nobody."""

import asyncio
import contextlib
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence

import pytest

from chat.turns import window
from chat.turns.window import TooSlow, Window
from tests.bench.websocket import Socket
from tests.faults import judge
from tests.faults.fleet import Fleet, Server
from tests.faults.viewer import Viewer
from tests.loopback import Reply

TURNS, SILENT = 5, 5
P95_S = 0.25
STAMP = re.compile(r"@([\d.]+) ")


@pytest.mark.alone
async def test_R16_a_reader_that_never_reads_costs_little_and_delays_nobody(
    fleet: Fleet, prompt: str
) -> None:
    await warmed_up(fleet, prompt)
    fleet.provider.script("large", Reply(Stamped(), pace_s=0.06))
    conversations = [fleet.conversation() for _ in range(TURNS)]
    server = fleet.server(0)
    before = server.rss_mib
    with contextlib.ExitStack() as silent:
        for conversation in conversations:
            path = f"/ws/conversations/{conversation}/"
            for _ in range(SILENT):
                reader = await Socket.open(server.address, path, fleet.cookie(conversation))
                silent.callback(reader.abort)
                reader.stop_reading()
        most = asyncio.create_task(most_mib(server))
        p95_s = await asked(fleet, conversations, prompt)
        most.cancel()
        grown = await most - before
    assert grown < 32, f"{grown:.0f} MiB for {SILENT * TURNS} silent readers and {TURNS} turns"
    assert p95_s < P95_S, f"{p95_s:.3f} s from the provider to the reader"


async def warmed_up(fleet: Fleet, prompt: str) -> None:
    """What a process loads once belongs to no reader: its first turn is shown to a page."""
    fleet.provider.script("large", Reply([f"{piece(place)}\n\n" for place in range(20)]))
    conversation = fleet.conversation()
    path = f"/ws/conversations/{conversation}/"
    page = await Socket.open(fleet.server(0).address, path, fleet.cookie(conversation))
    async with Viewer(fleet, conversation) as reader:
        reader.ask(f"{prompt} first")
        await reader.end()
    page.abort()


async def asked(fleet: Fleet, conversations: list[str], prompt: str) -> float:
    """A turn in each at the same time: the p95 from the provider to the reader, in seconds."""
    readers = [Viewer(fleet, conversation) for conversation in conversations]
    for place, reader in enumerate(readers):
        await reader.connect()
        reader.ask(f"{prompt} {place}")
    delays = await asyncio.gather(*(delays_of(reader) for reader in readers))
    for place, reader in enumerate(readers):
        judge.hold(fleet, f"{prompt} {place}", reader)
        reader.cut()
    return statistics.quantiles([delay for each in delays for delay in each], n=20)[-1]


def piece(place: int) -> str:
    """Three thousand characters, never the same: an answer must not go round in circles."""
    return "".join(f"{10_000 + place * 500 + number} " for number in range(500))


class Stamped(Sequence[str]):
    """Pieces of an answer, each with the time when the provider comes to send it."""

    def __len__(self) -> int:
        return 120

    def __getitem__(self, place: int) -> str:
        if place >= len(self):
            raise IndexError
        return f"@{time.monotonic():.4f} {piece(place)}"


async def delays_of(reader: Viewer) -> list[float]:
    """Seconds from the provider to the reader, of each piece."""
    delays = []
    while not reader.last or not reader.last.status:
        event = await reader.next()
        sent = STAMP.findall(event.get("content", ""))
        delays += [time.monotonic() - float(stamp) for stamp in sent]
    assert len(delays) == len(Stamped())
    return delays


async def most_mib(server: Server) -> float:
    """Until it is cancelled."""
    most = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            most = max(most, server.rss_mib)
            await asyncio.sleep(0.1)
    return most


async def test_whoever_reads_again_is_sent_the_rest(fleet: Fleet, prompt: str) -> None:
    pieces = [piece(place) for place in range(80)]
    fleet.provider.script("large", Reply(pieces, pace_s=0.01))
    conversation = fleet.conversation()
    async with Viewer(fleet, conversation) as reader, Viewer(fleet, conversation, 1) as late:
        reader.ask(prompt)
        await reader.end()
        await asyncio.sleep(0.5)  # the window of the late one is full by now
        await late.end()
        assert late.last and late.last.texts == {1: "".join(pieces)}
        judge.hold(fleet, prompt, reader, late)


async def test_a_count_that_was_not_sent_is_refused(fleet: Fleet) -> None:
    async with Viewer(fleet, fleet.conversation()) as reader:
        for count in (1000, "1", None):
            reader.tell(type="seen", count=count)
            assert (await reader.until("notice"))["code"] == "bad_frame"


async def test_a_flood_of_frames_ends_the_socket(fleet: Fleet) -> None:
    async with Viewer(fleet, fleet.conversation()) as reader:
        for _ in range(300):
            reader.tell(type="nonsense")
        with pytest.raises(ConnectionError, match=r"\\x11M"):  # 4429
            while True:
                json.loads(await reader.socket.receive())


class TestWindow:
    def full(self) -> Window:
        full = Window()
        for _ in range(4):
            full.sent("x" * (window.WINDOW // 4))
        return full

    async def test_it_opens_when_something_was_received(self) -> None:
        full = self.full()
        assert full.is_full
        waiting: Callable[[], bool] = asyncio.create_task(full.room()).done
        await asyncio.sleep(0)
        assert not waiting()
        full.received(1)
        await asyncio.sleep(0.01)
        assert waiting()

    async def test_nobody_is_waited_for_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(window, "PATIENCE_S", 0.01)
        with pytest.raises(TooSlow):
            await self.full().room()

    def test_what_was_not_sent_cannot_be_received(self) -> None:
        with pytest.raises(ValueError, match="not sent"):
            self.full().received(5)
