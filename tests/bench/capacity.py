"""How many streams one process carries, and two: more are added until the lag is too long."""

import asyncio
import statistics
from dataclasses import asdict, dataclass

from tests.bench.answer import RATE, Wanted
from tests.bench.report import Figure, Part, grid, part_of
from tests.bench.rig import Rig
from tests.bench.systems import DAPHNE, UVICORN, System, lacking, product

LIMIT_MS = 250
FEWEST, GROWTH = 20, 1.25
BEGIN_EVERY_S = 0.05
SETTLE_S, LOOK_S = 1.0, 2.0
LONG = Wanted(tokens=6_000)
"""Longer than any search takes."""

TITLE = f"Streams of {RATE} tokens a second until the lag's p99 passes {LIMIT_MS} ms"
HEAD = "streams|lag p50 ms|p99|cores: server|provider and readers|waited"
LEGEND = """\
A quarter more streams are begun, and when all have they are looked at for two seconds; where these
were too late, once more. cores: how many the server used, and how many what measures it; waited:
how long threads of the server had no core, of the time."""


@dataclass(frozen=True, slots=True)
class Step:
    streams: int
    lag_p50_ms: float
    lag_p99_ms: float
    server: float
    rig: float
    waited: float


async def measure(rig: Rig) -> Part:
    tables, data, figures = [], {}, []
    for server in (DAPHNE, UVICORN):
        if missing := lacking(server):
            tables.append(f"{server} was not measured: {', '.join(missing)} not installed.")
            continue
        async with product(rig, await rig.settings(f"capacity-{server}"), server=server) as system:
            steps = await search(rig, system)
        tables.append(f"{server}: {told(steps)}\n{table(steps)}")
        data[server] = [asdict(step) for step in steps]
        if server == DAPHNE:
            name = f"streams carried by one process, {server}"
            figures.append(Figure(name, carried(steps), 300, at_least=True))
    return Part(TITLE, "\n\n".join([*tables, LEGEND]), figures, data)


async def search(rig: Rig, system: System) -> list[Step]:
    """Up to the first step that is too late, or the most that are looked for."""
    steps: list[Step] = []
    streams = 0
    while streams < rig.scale.most_streams:
        more = max(FEWEST, int(streams * (GROWTH - 1)))
        await system.player.ask("begin", more, LONG.tokens, LONG.rate, BEGIN_EVERY_S)
        streams += more
        await asyncio.sleep(SETTLE_S)
        steps.append(await _look(rig, system, streams))
        if steps[-1].lag_p99_ms > LIMIT_MS:
            steps.append(await _look(rig, system, streams))
        if steps[-1].lag_p99_ms > LIMIT_MS:
            break
    await system.player.ask("close")
    return steps


async def _look(rig: Rig, system: System, streams: int) -> Step:
    await system.player.ask("lags")
    loop, rigs = asyncio.get_running_loop(), (rig.provider, system.player)
    began, server_s, waited_s = loop.time(), system.cpu_s, system.waited_s
    rig_s = sum(process.cpu_s for process in rigs)
    await asyncio.sleep(LOOK_S)
    took_s = loop.time() - began
    used = (system.cpu_s - server_s) / took_s
    used_by_rig = (sum(process.cpu_s for process in rigs) - rig_s) / took_s
    waited = (system.waited_s - waited_s) / took_s
    lags = await system.player.ask("lags") or [LOOK_S * 1000]
    median = float(statistics.median(lags))
    return Step(streams, median, part_of(lags, 0.99), used, used_by_rig, waited)


def carried(steps: list[Step]) -> int:
    """The most streams that were in time."""
    return max((step.streams for step in steps if step.lag_p99_ms <= LIMIT_MS), default=0)


def told(steps: list[Step]) -> str:
    ended = "" if steps[-1].lag_p99_ms > LIMIT_MS else " or more"
    return f"{carried(steps)} streams{ended}"


def table(steps: list[Step]) -> str:
    return grid(HEAD, [[*asdict(step).values()] for step in steps])
