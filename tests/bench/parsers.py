"""What reading each provider's format costs: `python -m tests.bench.parsers`.

The same 1,000 chunks over loopback HTTP are read as bytes by plain httpx, and by the provider: its
request, its framing, its parser, every delta. CPU of this process, medians of runs that take turns.
Nothing is asserted but that all of the text came.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

import httpx

from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Request, Text
from tests.bench.bodies import BODIES, CHUNKS, TEXT
from tests.bench.processes import started


async def _bytes(client: httpx.AsyncClient, url: str) -> None:
    async with client.stream("POST", url, json={"model": "m"}) as response:
        async for _ in response.aiter_raw():
            pass


async def _deltas(kind: str, base_url: str) -> None:
    request = Request("m", ({"role": "user", "content": "Why?"},), CHUNKS, 1, base_url)
    texts = [d.text async for d in PROVIDERS[kind](request, None) if isinstance(d, Text)]
    assert "".join(texts) == TEXT, f"{kind} lost a part of the text"


async def _cpu_ms(reading: Callable[[], Awaitable[None]]) -> float:
    before = time.process_time()
    await reading()
    return (time.process_time() - before) * 1000


async def measure(repetitions: int) -> dict[str, tuple[float, float]]:
    """By provider: CPU milliseconds of the bare read, and of the provider."""
    found = {}
    async with started("-m", "tests.bench.bodies") as server:
        base_url = await server.read()
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for kind, (ending, _) in BODIES.items():
                url = f"{base_url}/m{ending}"
                runs = [
                    (
                        await _cpu_ms(lambda url=url: _bytes(client, url)),
                        await _cpu_ms(lambda kind=kind: _deltas(kind, base_url)),
                    )
                    for _ in range(repetitions + 1)
                ][1:]  # the first time, everything is imported
                bare, read = zip(*runs, strict=True)
                found[kind] = statistics.median(bare), statistics.median(read)
    return found


def table(found: dict[str, tuple[float, float]]) -> str:
    rows = [f"CPU ms for {CHUNKS:,} chunks   bytes   deltas   ratio"]
    for kind, (bare, read) in found.items():
        rows.append(f"{kind:23}{bare:10.1f}{read:9.1f}{read / bare:8.2f}")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.parsers", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=15, help="runs of each")
    print(table(asyncio.run(measure(parser.parse_args().repetitions))))


if __name__ == "__main__":
    main()
