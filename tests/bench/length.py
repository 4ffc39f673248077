"""Whether a token costs the same in a long answer as in a short one."""

import asyncio
from dataclasses import asdict, dataclass
from itertools import pairwise

from tests.bench.answer import Wanted
from tests.bench.report import Figure, Part, grid
from tests.bench.rig import Rig
from tests.bench.systems import System, product

RATE = 2_000
"""Tokens a second: a long answer at a reader's pace would take a quarter of an hour."""

SHORT, AGAIN = 1_000, 5
"""Up to so many tokens, so many one after the other: one is too short to be measured."""

TITLE = "What a token costs as answers grow, Daphne"
HEAD = "tokens|CPU ms an answer|µs a further token|characters sent a token|whole"
LEGEND = f"At {RATE:,} tokens a second. further: what is beyond the row above, by its tokens."


@dataclass(frozen=True, slots=True)
class Seen:
    tokens: int
    cpu_ms: float
    characters: float
    whole: bool


async def measure(rig: Rig) -> Part:
    async with product(rig, await rig.settings("length")) as system:
        await system.play(1, Wanted(tokens=50))
        found = [await _answer(system, Wanted(tokens, RATE)) for tokens in rig.scale.lengths]
    further = [
        (more.cpu_ms - less.cpu_ms) * 1000 / (more.tokens - less.tokens)
        for less, more in pairwise(found)
    ]
    rows = [
        (seen.tokens, seen.cpu_ms, us, seen.characters, "yes" if seen.whole else "no")
        for seen, us in zip(found, ["-", *further], strict=True)
    ]
    name = f"a token of {found[-1].tokens:,} beside one of {found[1].tokens:,}"
    grown = Figure(name, further[-1] / further[0], 1.2, " x")
    data = {"answers": [asdict(seen) for seen in found], "further_us": further}
    return Part(TITLE, f"{grid(HEAD, rows)}\n{LEGEND}", [grown], data)


async def _answer(system: System, wanted: Wanted) -> Seen:
    times = AGAIN if wanted.tokens <= SHORT else 1
    before, whole, characters = system.cpu_s, 0, 0
    for _ in range(times):
        seen = await system.play(1, wanted)
        whole, characters = whole + seen["whole"], characters + seen["characters"]
        await asyncio.sleep(0.3)  # what a server does after the last frame belongs to the turn
    cpu_ms = (system.cpu_s - before) * 1000 / times
    return Seen(wanted.tokens, cpu_ms, characters / times / wanted.tokens, whole == times)
