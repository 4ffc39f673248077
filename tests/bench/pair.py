"""What a second process costs: two with Redis beside one without, on PostgreSQL."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict

import psycopg

from tests.bench import capacity, running
from tests.bench.answer import Wanted
from tests.bench.processes import Process, listens, started
from tests.bench.report import Figure, Part, grid
from tests.bench.rig import Rig
from tests.bench.running import Run, middle
from tests.bench.systems import System, product
from tests.databases import new_database
from tests.ports import free_port

ONE, TWO = "one", "two with Redis"
STREAMS = 40

TITLE = f"Two processes with Redis beside one without, on PostgreSQL, {STREAMS} streams"
LEGEND = """\
CPU of the web processes alone; Redis used {redis:.0f} µs a token beside. This machine has {cores}
cores, which they share with it, PostgreSQL, the provider and the readers."""


async def measure(rig: Rig) -> Part:
    if lacks := _lacking():
        return Part(TITLE, f"Not measured: {lacks}")
    found: dict[str, list[Run]] = {ONE: [], TWO: []}
    redis_us = []
    async with AsyncExitStack() as stack:
        redis, redis_url = await stack.enter_async_context(_redis(rig))
        systems: dict[str, System] = {}
        for kind, count, more in ((ONE, 1, {}), (TWO, 2, {"REDIS_URL": redis_url})):
            database = stack.enter_context(new_database(f"bench{count}"))
            settings = await rig.settings(kind, DATABASE_URL=database, **more)
            systems[kind] = await stack.enter_async_context(product(rig, settings, count=count))
            await systems[kind].play(2 * count, Wanted(tokens=50))
        for _ in range(rig.scale.repetitions):
            for kind, system in systems.items():
                before = redis.cpu_s
                found[kind].append(await running.run(system, STREAMS, Wanted()))
                if kind == TWO:
                    redis_us.append((redis.cpu_s - before) * 1e6 / STREAMS / Wanted().tokens)
        steps = {kind: await capacity.search(rig, system) for kind, system in systems.items()}
    told = [
        grid(running.COSTS_HEAD, [running.costs(kind, of, STREAMS) for kind, of in found.items()]),
        grid(running.LATENESS_HEAD, [running.lateness(kind, of) for kind, of in found.items()]),
        *(f"{kind}: {capacity.told(of)}\n{capacity.table(of)}" for kind, of in steps.items()),
        LEGEND.format(redis=max(redis_us), cores=os.cpu_count()),
    ]
    data = {
        kind: {
            "runs": [asdict(run) for run in found[kind]],
            "steps": [asdict(step) for step in steps[kind]],
        }
        for kind in found
    }
    ratio = middle(found[TWO], "token_us") / middle(found[ONE], "token_us")
    more = capacity.carried(steps[TWO]) / max(1, capacity.carried(steps[ONE]))
    figures = [
        Figure("CPU a token of two with Redis, of one", ratio, 1.35, " x"),
        Figure("streams carried by two with Redis, of one", more, 1.8, " x", at_least=True),
    ]
    return Part(TITLE, "\n\n".join(told), figures, data | {"redis_us": redis_us})


def _lacking() -> str:
    if shutil.which("redis-server") is None:
        return "redis-server is not installed."
    try:
        psycopg.connect(os.environ.get("TEST_DATABASE_URL", ""), connect_timeout=3).close()
    except psycopg.OperationalError:
        return "no PostgreSQL answers at TEST_DATABASE_URL."
    return ""


@asynccontextmanager
async def _redis(rig: Rig) -> AsyncIterator[tuple[Process, str]]:
    """One of its own, which keeps nothing."""
    port = str(free_port())
    options = ("--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(rig.folder))
    async with started("redis-server", *options, "--loglevel", "warning") as process:
        await listens(int(port))
        yield process, f"redis://127.0.0.1:{port}"
