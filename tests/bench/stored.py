"""Whether anything is more work when much is stored: an answer, the list, a conversation."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.answer import Wanted
from tests.bench.processes import Process, python
from tests.bench.report import Figure, Part, grid
from tests.bench.rig import Rig
from tests.bench.systems import product

READER = "reader"
STREAMS = 20
SHORT = Wanted(tokens=100)
REPETITIONS = 7
TURNS = (10, 100, 1_000)
"""Of one conversation, all of which its page shows."""

AN_ANSWER, THE_LIST = "an answer", "list, first page"
TITLE = "Whether more is to do as more is stored, in CPU ms"
LEGEND = f"""\
stored: turns, and conversations of the reader who looks. All is CPU: of a page without a server
between, and of an answer of {SHORT.tokens} tokens, {STREAMS} at a time, Daphne."""


async def measure(rig: Rig) -> Part:
    seen: dict[int, dict[str, float]] = {}
    for stored in rig.scale.stored:
        async with pages(rig) as process:
            await process.ask("fill", stored)
            seen[stored] = await _pages(process)
        seen[stored] |= await _answers(rig)
    async with pages(rig) as process:
        long = {turns: await _long(process, turns) for turns in TURNS if turns <= max(seen)}
    least, full, *_, most = seen
    head = "|".join(["stored", *seen[least]])
    table = grid(head, [[stored, *of.values()] for stored, of in seen.items()])
    told = grid("turns in one conversation|its page", [*long.items()])
    figures = [
        _grown(AN_ANSWER, seen, least, most),
        _grown(THE_LIST, seen, full, most),  # ten make no page
    ]
    data = {"stored": seen, "conversation_ms": long}
    return Part(TITLE, f"{table}\n{LEGEND}\n\n{told}", figures, data)


def _grown(name: str, seen: dict[int, dict[str, float]], less: int, more: int) -> Figure:
    ratio = seen[more][name] / seen[less][name]
    return Figure(f"{name} with {more:,} stored, of {less:,}", ratio, 1.2, " x")


@asynccontextmanager
async def pages(rig: Rig) -> AsyncIterator[Process]:
    """On the one database that grows."""
    settings = await rig.settings("stored")
    async with python("-m", "tests.bench.pages", **settings) as process:
        yield process


async def _pages(process: Process) -> dict[str, float]:
    middle = await process.ask("middle_of_the_list")
    addresses = {
        "new conversation": "/",
        THE_LIST: "/list/",
        "from its middle": f"/list/?before={middle.replace('+', '%2B')}",
    }
    return {name: await _cpu_ms(process, address) for name, address in addresses.items()}


async def _long(process: Process, turns: int) -> float:
    return await _cpu_ms(process, await process.ask("long_conversation", turns))


async def _cpu_ms(process: Process, address: str) -> float:
    took = await process.ask("times", READER, address, REPETITIONS)
    return statistics.median(cpu_ms for _, cpu_ms in took)


async def _answers(rig: Rig) -> dict[str, float]:
    async with product(rig, await rig.settings("stored")) as system:
        await system.play(1, SHORT)
        cpu_ms = []
        for _ in range(rig.scale.repetitions):
            await system.player.ask("open", STREAMS)
            before = system.cpu_s
            await system.player.ask("play", STREAMS, SHORT.tokens, SHORT.rate)
            await asyncio.sleep(0.3)  # what a server does after the last frame belongs to the turn
            cpu_ms.append((system.cpu_s - before) * 1000 / STREAMS)
    return {AN_ANSWER: statistics.median(cpu_ms)}
