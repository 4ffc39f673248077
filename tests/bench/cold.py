"""How long it takes from a start to the first text of an answer."""

import statistics
import time

from tests.bench.answer import Wanted
from tests.bench.processes import listens, python
from tests.bench.provider import FIRST_S
from tests.bench.report import Figure, Part, grid
from tests.bench.rig import Rig
from tests.bench.systems import DAPHNE, SERVERS, viewers
from tests.ports import free_port

TITLE = "From a start to the first text, Daphne"
LEGEND = (
    "A reader connects as soon as the server listens. The provider's own {:.1f} s is not in it."
)


async def measure(rig: Rig) -> Part:
    empty_s = await _first_start(rig)
    settings = await rig.settings("cold")
    found = [await _answered(rig, settings) for _ in range(rig.scale.repetitions)]
    middle_s = statistics.median(found)
    rows = [
        ("to the first text, s", middle_s),
        ("the longest of them", max(found)),
        ("on an empty database, to its listening", empty_s),
    ]
    table = f"{grid(f'{len(found)} starts|', rows)}\n{LEGEND.format(FIRST_S)}"
    data = {"to_first_text_s": found, "empty_to_listening_s": empty_s}
    return Part(TITLE, table, [Figure("start to the first text", middle_s, 4, " s")], data)


async def _first_start(rig: Rig) -> float:
    port = free_port()
    empty = {"DATABASE_URL": f"sqlite:///{rig.folder}/empty.sqlite3", "SECRET_KEY": "k" * 50}
    began = time.monotonic()
    async with python(*SERVERS[DAPHNE], str(port), **empty):
        await listens(port)
        return time.monotonic() - began


async def _answered(rig: Rig, settings: dict[str, str]) -> float:
    port = free_port()
    async with viewers(rig, settings, port) as reader:
        await reader.ask("prepare", 1)
        began = time.monotonic()
        async with python(*SERVERS[DAPHNE], str(port), **settings):
            await reader.ask("open", 1)
            wanted = Wanted(tokens=50)
            seen = await reader.ask("play", 1, wanted.tokens, wanted.rate)
            return float(seen["first_at"]) - began - FIRST_S
