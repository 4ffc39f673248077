"""What a streamed chunk costs: `python -m tests.bench`.

A loopback provider streams an answer of a few hundred tokens to one of three readers: `floor`,
httpx and a JSON parse; `engine`, the engine alone; `product`, the server with its database and a
browser's websocket for every stream. Their runs take turns, and medians are printed with their
ratios to the floor. Nothing is asserted but that every token was shown, once and in order.
"""

import argparse
import asyncio
import json
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench import processes
from tests.bench.answer import tokens
from tests.bench.processes import ROOT, Process
from tests.bench.report import KINDS, Run, Runs, as_data, table
from tests.bench.work import STAGGER_S

RESULT = ROOT / "var" / "bench.json"

# Where a run is steady: all streams have begun, none has ended.
STEADY_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class System:
    """`worker` plays the streams; the CPU of `measured` is what counts."""

    worker: Process
    measured: Process


async def measure(system: System, streams: int, pace_s: float) -> Run:
    await system.worker.prepare(streams)
    before = system.measured.cpu_s
    playing = asyncio.create_task(system.worker.play())
    steady_us = await _steady(system.measured, streams, pace_s)
    seen = await playing
    await asyncio.sleep(0.1)  # what a server does after the last frame belongs to the turn
    total_us = (system.measured.cpu_s - before) * 1e6
    chunks = streams * (len(tokens()) + 1)
    return Run(
        chunk_us=total_us / chunks,
        steady_us=steady_us,
        turn_ms=(total_us - steady_us * chunks) / streams / 1000,
        first_ms=[one["first_ms"] for one in seen],
        request_ms=[one["request_ms"] for one in seen],
        whole=sum(one["is_whole"] for one in seen),
    )


async def _steady(measured: Process, streams: int, pace_s: float) -> float:
    """Microseconds per chunk while every stream is under way; the pace says how many there are."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(STEADY_AFTER_S + streams * STAGGER_S)
    began, before = loop.time(), measured.cpu_s
    await asyncio.sleep(len(tokens()) * pace_s - STEADY_AFTER_S - streams * STAGGER_S - 0.2)
    chunks = streams * (loop.time() - began) / pace_s
    return (measured.cpu_s - before) * 1e6 / chunks


async def bench(counts: list[int], repetitions: int, pace_s: float) -> Runs:
    async with AsyncExitStack() as stack:
        base_url = await stack.enter_async_context(processes.provider(pace_s))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        systems = {}
        for kind in ("floor", "engine"):
            reader = processes.started("-m", "tests.bench.readers", kind, base_url)
            process = await stack.enter_async_context(reader)
            systems[kind] = System(process, process)
        server, viewers = await stack.enter_async_context(processes.product(base_url, folder))
        systems["product"] = System(viewers, server)
        await asyncio.gather(*(_warm(system.worker) for system in systems.values()))
        found: Runs = {streams: {kind: [] for kind in KINDS} for streams in counts}
        for _ in range(repetitions):
            for streams in counts:
                for kind in KINDS:
                    found[streams][kind].append(await measure(systems[kind], streams, pace_s))
        return found


async def _warm(worker: Process) -> None:
    """The first time, everything is imported and compiled."""
    await worker.prepare(1)
    await worker.play()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 20], help="at a time")
    parser.add_argument("--repetitions", type=int, default=3, help="runs of every kind")
    parser.add_argument("--rate", type=float, default=50, help="tokens a second and stream")
    options = parser.parse_args()
    found = asyncio.run(bench(options.streams, options.repetitions, 1 / options.rate))
    print(table(found))
    RESULT.parent.mkdir(exist_ok=True)
    kept = {"chunks": len(tokens()) + 1, "rate": options.rate, "runs": as_data(found)}
    RESULT.write_text(json.dumps(kept, indent=2))
    print(f"Every run is in {RESULT.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
