"""One run: streams are played on a system, and its CPU is taken."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.answer import Wanted
from tests.bench.report import part_of
from tests.bench.systems import System
from tests.bench.work import STAGGER_S

STEADY_AFTER_S = 1.0

COSTS = ("token_us", "steady_us", "turn_ms", "cpu_s", "wall_s")
COSTS_HEAD = "|CPU µs a token|steady|ms more a turn|CPU s|wall s|waited|whole"
LATENESS_HEAD = "|asked ms|first + ms|p95|lag ms|p99|most"


@dataclass(frozen=True, slots=True)
class Run:
    """`token_us` is CPU of all of it by its tokens; `steady_us` while all streams are under way,
    `turn_ms` what a turn costs beside that. `waited`: how long threads had no core, of the time. A
    list has a value for each stream, or for each token that is marked."""

    token_us: float
    steady_us: float
    turn_ms: float
    cpu_s: float
    wall_s: float
    waited: float
    whole: int
    request_ms: list[float] = field(repr=False)
    first_ms: list[float] = field(repr=False)
    lag_ms: list[float] = field(repr=False)


async def run(system: System, streams: int, wanted: Wanted) -> Run:
    await system.player.ask("open", streams)
    loop = asyncio.get_running_loop()
    began, cpu_s, waited_s = loop.time(), system.cpu_s, system.waited_s
    play = system.player.ask("play", streams, wanted.tokens, wanted.rate)
    playing = asyncio.create_task(play)
    steady_us = await _steady(system, streams, wanted)
    seen = await playing
    wall_s = loop.time() - began
    await asyncio.sleep(0.2)  # what a server does after the last frame belongs to the turn
    used_s = system.cpu_s - cpu_s
    tokens = streams * wanted.tokens
    return Run(
        token_us=used_s * 1e6 / tokens,
        steady_us=steady_us,
        turn_ms=(used_s * 1e6 - steady_us * tokens) / streams / 1000,
        cpu_s=used_s,
        wall_s=wall_s,
        waited=(system.waited_s - waited_s) / wall_s,
        whole=seen["whole"],
        request_ms=seen["request_ms"],
        first_ms=seen["first_ms"],
        lag_ms=seen["lag_ms"],
    )


async def _steady(system: System, streams: int, wanted: Wanted) -> float:
    """CPU while all streams have begun and none has ended; the pace says how many tokens come."""
    loop = asyncio.get_running_loop()
    unsteady_s = STEADY_AFTER_S + streams * STAGGER_S
    await asyncio.sleep(unsteady_s)
    began, before = loop.time(), system.cpu_s
    await asyncio.sleep(max(0.2, wanted.lasts_s - unsteady_s - 0.2))
    tokens = streams * (loop.time() - began) * wanted.rate
    return (system.cpu_s - before) * 1e6 / tokens


def middle(runs: Sequence[Run], name: str) -> float:
    return float(statistics.median(getattr(run, name) for run in runs))


def late(runs: Sequence[Run], name: str, share: float) -> float:
    """Of the values of each run the one at this share, and of these the median."""
    return float(statistics.median(part_of(getattr(run, name), share) for run in runs))


def costs(kind: str, runs: Sequence[Run], streams: int) -> list[object]:
    """As `COSTS_HEAD` says."""
    waited = f"{middle(runs, 'waited'):.0%}"
    whole = f"{sum(run.whole for run in runs)}/{streams * len(runs)}"
    return [kind, *(middle(runs, name) for name in COSTS), waited, whole]


def lateness(kind: str, runs: Sequence[Run]) -> list[object]:
    """As `LATENESS_HEAD` says."""
    shares = [("request_ms", 0.5), ("first_ms", 0.5), ("first_ms", 0.95)]
    shares += [("lag_ms", 0.5), ("lag_ms", 0.99), ("lag_ms", 1)]
    return [kind, *(late(runs, name, share) for name, share in shares)]
