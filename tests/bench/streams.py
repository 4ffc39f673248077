"""What a streamed token costs and how late it is shown, with few readers and with many.

The same answers go to `floor`, httpx and a JSON parse; to `engine`, the engine alone; and to the
product with its database and a browser's websocket for every stream. Their runs take turns.
"""

from contextlib import AsyncExitStack
from dataclasses import asdict

from chat.turns.follow import showing
from tests.bench import running
from tests.bench.answer import Wanted
from tests.bench.report import Figure, Part, grid, spread
from tests.bench.rig import Rig
from tests.bench.running import Run, late, middle
from tests.bench.systems import DAPHNE, ENGINE, FLOOR, UVICORN, System, lacking, product, reader

TITLE = "What a streamed token costs, and how late it is shown"
LEGEND = """\
CPU of the reading process, user and system, by its tokens; steady: while all streams are under
way; more a turn: what beginning and ending one costs beside that; waited: how long threads had no
core, of the time. asked: from the question to the provider's having it; first +: from the
provider's sending the first token to its being shown; lag: the same of every sixteenth token;
whole: answers that showed every token, once and in order."""

FEW, MANY = 20, 100

RATIOS = ("token_us", "steady_us")

Runs = dict[int, dict[str, list[Run]]]
"""By the number of streams and the system."""


async def measure(rig: Rig) -> Part:
    missing = lacking(UVICORN)
    kinds = [FLOOR, ENGINE, DAPHNE] + [UVICORN] * (not missing)
    async with AsyncExitStack() as stack:
        systems: dict[str, System] = {}
        for kind in kinds:
            if kind in (FLOOR, ENGINE):
                system = reader(rig, kind)
            else:
                system = product(rig, await rig.settings(kind), server=kind)
            systems[kind] = await stack.enter_async_context(system)
            await systems[kind].play(1, Wanted(tokens=50))  # imports and compiles
        found = await _runs(rig, systems)
    tables = [_table(streams, runs) for streams, runs in found.items()]
    if missing:
        tables.append(f"{UVICORN} was not measured: {', '.join(missing)} not installed.")
    data = {
        streams: {kind: [asdict(run) for run in runs] for kind, runs in by_kind.items()}
        for streams, by_kind in found.items()
    }
    return Part(TITLE, "\n\n".join([*tables, LEGEND]), _figures(found), data)


async def _runs(rig: Rig, systems: dict[str, System]) -> Runs:
    """What no figure is made of only once: it shows how things grow."""
    found: Runs = {streams: {kind: [] for kind in systems} for streams in rig.scale.streams}
    for repetition in range(rig.scale.repetitions):
        for streams in rig.scale.streams:
            if repetition and streams not in (FEW, MANY):
                continue
            for kind, system in systems.items():
                found[streams][kind].append(await running.run(system, streams, Wanted()))
    return found


def _table(streams: int, runs: dict[str, list[Run]]) -> str:
    floor = runs[FLOOR]
    varied = spread([run.token_us for run in floor])
    title = (
        f"{streams} at a time: medians of {len(floor)} runs, the floor's spread over {varied:.0%}"
    )
    ratios = {kind: [_ratio(runs, kind, name) for name in RATIOS] for kind in runs}
    costs = [[*running.costs(kind, of, streams), *ratios[kind]] for kind, of in runs.items()]
    lateness = [running.lateness(kind, of) for kind, of in runs.items()]
    head = f"{running.COSTS_HEAD}|of floor|steady of floor"
    return "\n".join([title, grid(head, costs), "", grid(running.LATENESS_HEAD, lateness)])


def _ratio(runs: dict[str, list[Run]], kind: str, name: str) -> float:
    return middle(runs[kind], name) / middle(runs[FLOOR], name)


def _figures(found: Runs) -> list[Figure]:
    figures = []
    for streams, first_ms in ((FEW, 10), (MANY, 20)):
        if not (runs := found.get(streams)):
            continue
        for kind, aim in ((DAPHNE, 1.0), (UVICORN, 0.7), (ENGINE, 1.0)):
            if kind in runs:
                name = f"CPU a token of a bare read, {streams} streams, {kind}"
                figures.append(Figure(name, _ratio(runs, kind, "token_us"), aim, " x"))
        first = late(runs[DAPHNE], "first_ms", 0.5)
        beyond = late(runs[ENGINE], "first_ms", 0.5) - late(runs[FLOOR], "first_ms", 0.5)
        figures += [
            Figure(f"first frame, p50, {streams} streams", first, first_ms, " ms"),
            Figure(f"engine's first chunk beyond the bare read's, {streams}", beyond, 2, " ms"),
        ]
    if runs := found.get(MANY):
        lag = late(runs[DAPHNE], "lag_ms", 0.99) - showing.longest_s * 1000
        lost = sum(MANY - run.whole for run in runs[DAPHNE])
        figures += [
            Figure(
                f"lag beyond the {showing.longest_s * 1000:.0f} ms of a frame, p99, {MANY}",
                lag,
                60,
                " ms",
            ),
            Figure(f"answers of {MANY} that were not whole", lost, 0),
        ]
    return figures
