"""How quiet the machine is: the same work again and again, as the measurements begin and end."""

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import Process
from tests.bench.report import grid, spread

ROUNDS, WORK = 12, 300_000

HEAD = "|CPU ms of the same sum|spread|wall ms|spread|load|stolen s"


@dataclass(frozen=True, slots=True)
class Noise:
    """CPU for the same work varies with who shares caches and clocks, wall time also with who takes
    the cores. `stolen_s`: by the host of a virtual machine, since it was started."""

    cpu_ms: float
    cpu_spread: float
    wall_ms: float
    wall_spread: float
    load: float
    stolen_s: float

    @classmethod
    def now(cls) -> "Noise":
        cpu_ms, wall_ms = zip(*(_worked_ms() for _ in range(ROUNDS)), strict=True)
        middle = statistics.median
        load, stolen_s = os.getloadavg()[0], int(_ticks()[7]) / os.sysconf("SC_CLK_TCK")
        return cls(middle(cpu_ms), spread(cpu_ms), middle(wall_ms), spread(wall_ms), load, stolen_s)


def _worked_ms() -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    sum(number * number for number in range(WORK))
    return (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """`others`: cores that what was not started here has used; PostgreSQL is one of them."""

    seconds: float
    others: float


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of CPU: by all of the machine, and by this process and what it started and ended."""

    by_all_s: float
    by_us_s: float
    at_s: float

    @classmethod
    def now(cls, provider: Process) -> "Used":
        user, nice, system, _, _, irq, softirq = map(int, _ticks()[:7])
        by_all_s = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
        return cls(by_all_s, sum(os.times()[:4]) + provider.cpu_s, time.monotonic())

    def since(self, begun: "Used") -> "Meanwhile":
        seconds = self.at_s - begun.at_s
        used_s = (self.by_all_s - begun.by_all_s) - (self.by_us_s - begun.by_us_s)
        return Meanwhile(seconds, max(0.0, used_s / seconds))


def _ticks() -> list[str]:
    return Path("/proc/stat").read_text().splitlines()[0].split()[1:]


def table(before: Noise, after: Noise) -> str:
    return grid(HEAD, [_row("before", before), _row("after", after)])


def _row(name: str, one: Noise) -> Sequence[object]:
    cpu, wall = f"{one.cpu_spread:.0%}", f"{one.wall_spread:.0%}"
    return name, one.cpu_ms, cpu, one.wall_ms, wall, one.load, one.stolen_s
