"""What memory a process takes: idle, for every idle socket, for every stream under way."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.answer import Wanted
from tests.bench.report import Figure, Part, grid
from tests.bench.rig import Rig
from tests.bench.systems import System, product

LIVE = 100
SHORT, LONG = Wanted(tokens=50), Wanted(tokens=1_500)
BEGIN_EVERY_S = 0.05
LOOKS, LOOK_EVERY_S = 8, 0.5

TITLE = "Resident memory of one process, Daphne"
LEGEND = """\
An idle process has answered once. Sockets and streams are counted each in a process of its own that
has answered twenty before, since what was freed is used again."""


async def measure(rig: Rig) -> Part:
    sockets = rig.scale.sockets
    async with _used(rig) as (system, idle, before):
        await system.player.ask("open", sockets)
        open = await _settled_kib(system)
    async with _used(rig) as (system, _, used):
        await system.player.ask("begin", LIVE, LONG.tokens, LONG.rate, BEGIN_EVERY_S)
        live = await _settled_kib(system)
        await system.player.ask("close")
    socket, stream = (open - before) / sockets, (live - used) / LIVE
    seen = {
        "idle, MiB": idle / 1024,
        f"with {sockets:,} idle sockets, MiB": open / 1024,
        f"with {LIVE} streams under way, MiB": live / 1024,
        "an idle socket, KiB": socket,
        "a stream with its socket, KiB": stream,
    }
    figures = [
        Figure("resident memory, idle", idle / 1024, 110, " MiB"),
        Figure("memory of a live stream", stream, 120, " KiB"),
        Figure("memory of an idle socket", socket, 40, " KiB"),
    ]
    return Part(TITLE, f"{grid('|', [*seen.items()])}\n{LEGEND}", figures, seen)


@asynccontextmanager
async def _used(rig: Rig) -> AsyncIterator[tuple[System, float, float]]:
    """And what it took after one answer, and after twenty at a time."""
    async with product(rig, await rig.settings("memory")) as system:
        await system.play(1, SHORT)
        idle = await _settled_kib(system)
        await system.play(20, SHORT)
        yield system, idle, await _settled_kib(system)


async def _settled_kib(system: System) -> float:
    """The median of some seconds."""
    seen = []
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_EVERY_S)
        seen.append(system.rss_kib)
    return statistics.median(seen)
