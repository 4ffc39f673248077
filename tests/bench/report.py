"""What was measured, as a table of medians and ratios and as data."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

KINDS = ("floor", "engine", "product")


@dataclass(frozen=True, slots=True)
class Run:
    """CPU in microseconds per chunk, of the whole run and of its steady part; in milliseconds per
    turn, what a turn costs beside that steady rate. A list has one value for each stream."""

    chunk_us: float
    steady_us: float
    turn_ms: float
    first_ms: list[float]
    request_ms: list[float]
    whole: int


Runs = dict[int, dict[str, list[Run]]]
"""By the number of streams and the kind of reader."""

HEAD = """\
          CPU a chunk            steady   more a   request first text after     answers
               µs   ratio      µs   ratio  turn ms      ms  p50 ms   p95 ms       whole"""

LEGEND = """\
CPU a chunk: user and system time of the reading process, the whole run by its chunks.
steady: the same while all streams are under way; more a turn: what a turn costs beside that.
request: from asking to the provider's having the request, median.
first text after: from the provider's sending its first token to its being received.
answers whole: every token shown, once and in order."""


def table(found: Runs) -> str:
    sections = [_section(streams, runs) for streams, runs in found.items()]
    return "\n\n".join([*sections, LEGEND])


def _section(streams: int, runs: dict[str, list[Run]]) -> str:
    floor = runs["floor"]
    spread = _spread([run.chunk_us for run in floor])
    title = f"{streams} at a time: medians of {len(floor)} runs, the floor's within {spread:.0%}"
    return "\n".join([title, HEAD, *(_row(kind, runs[kind], floor, streams) for kind in KINDS)])


def _row(kind: str, runs: list[Run], floor: list[Run], streams: int) -> str:
    chunk, chunk_floor = _median(runs, "chunk_us"), _median(floor, "chunk_us")
    steady, steady_floor = _median(runs, "steady_us"), _median(floor, "steady_us")
    first = sorted(value for run in runs for value in run.first_ms)
    request = statistics.median(value for run in runs for value in run.request_ms)
    whole = f"{sum(run.whole for run in runs)}/{streams * len(runs)}"
    return (
        f"{kind:8}{chunk:9.0f}{chunk / chunk_floor:8.2f}{steady:8.0f}{steady / steady_floor:8.2f}"
        f"{_median(runs, 'turn_ms'):9.1f}{request:8.1f}"
        f"{statistics.median(first):8.1f}{_part(first, 0.95):9.1f}{whole:>12}"
    )


def _median(runs: list[Run], name: str) -> float:
    return float(statistics.median(getattr(run, name) for run in runs))


def _spread(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / statistics.median(values)


def _part(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def as_data(found: Runs) -> dict[int, dict[str, list[dict[str, object]]]]:
    """Every run as it was."""
    return {
        streams: {kind: [asdict(run) for run in runs] for kind, runs in kinds.items()}
        for streams, kinds in found.items()
    }
