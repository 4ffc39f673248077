"""How long the costs pages take over a long ledger.

Every page is asked for by an operator, over everybody and all time, and by a reader of a tenth of
it, and must come within `LIMIT_MS` in the median. The plans of the queries behind them must read
indexes only, never the wide rows.
"""

import statistics

from tests.bench.report import Figure, Part, grid
from tests.bench.rig import Rig
from tests.bench.stored import pages

LIMIT_MS = 300
REPETITIONS = 7
PAGES = {
    "conversations": "/costs/?period=all",
    "conversations, by saved": "/costs/?period=all&order=-saved",
    "conversations, 30 days": "/costs/?period=30",
    "conversations, one cascade": "/costs/?period=all&cascade=1",
    "by model": "/costs/by/model/?period=all",
    "by cascade": "/costs/by/cascade/?period=all",
    "by day": "/costs/by/day/?period=all",
    "threshold": "/costs/threshold/?period=all&at=60",
    "what if": "/costs/what-if/?period=all",
}
READERS = {"operator": "everybody's", "user0": "one reader's"}
HEAD = "ms|" + "|".join(f"{whose}|longest" for whose in READERS.values()) + "|reads rows"


async def measure(rig: Rig) -> Part:
    turns = max(rig.scale.stored)
    rows, medians, scans = [], {}, {}
    async with pages(rig) as process:
        await process.ask("fill", turns)
        for name, address in PAGES.items():
            row: list[object] = [name]
            for who in READERS:
                took = [ms for ms, _ in await process.ask("times", who, address, REPETITIONS)]
                medians[f"{name}, {who}"] = statistics.median(took)
                row += [statistics.median(took), max(took)]
            scans[name] = await process.ask("wide_scans", "operator", address)
            rows.append([*row, ", ".join(scans[name]) or "no"])
    slowest = Figure("the slowest costs page", max(medians.values()), LIMIT_MS, " ms")
    reading = Figure("costs pages that read rows", sum(map(bool, scans.values())), 0)
    title = f"Costs pages over {turns:,} turns: medians of {REPETITIONS}"
    return Part(title, grid(HEAD, rows), [slowest, reading], {"ms": medians, "scans": scans})
