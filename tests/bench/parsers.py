"""What reading each provider's format costs.

The same 1,000 chunks over loopback HTTP are read as bytes by plain httpx, and by the provider: its
request, its framing, its parser, every delta. CPU of this process, medians of runs that take turns.
"""

import statistics
import time
from collections.abc import Awaitable, Callable

import httpx

from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import Request, Text
from tests.bench.bodies import BODIES, CHUNKS, TEXT
from tests.bench.processes import python
from tests.bench.report import Part, grid
from tests.bench.rig import Rig

REPETITIONS = 5
"""For each repetition of the whole: they are short."""


async def measure(rig: Rig) -> Part:
    found = {}
    async with python("-m", "tests.bench.bodies") as server:
        base_url = await server.read()
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for kind, (ending, _) in BODIES.items():
                url = f"{base_url}/m{ending}"
                runs = [
                    (
                        await _cpu_ms(lambda url=url: _bytes(client, url)),
                        await _cpu_ms(lambda kind=kind: _deltas(kind, base_url)),
                    )
                    for _ in range(REPETITIONS * rig.scale.repetitions + 1)
                ][1:]  # the first time, everything is imported
                bare, read = zip(*runs, strict=True)
                found[kind] = statistics.median(bare), statistics.median(read)
    rows = [(kind, bare, read, read / bare) for kind, (bare, read) in found.items()]
    title = f"CPU ms for {CHUNKS:,} chunks of each provider"
    return Part(title, grid("|bytes|deltas|ratio", rows), data=found)


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
