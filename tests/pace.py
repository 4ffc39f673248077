"""Times that mean the same on a slow machine: bounds are in seconds of the one they were set on."""

import asyncio
import gc
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

YARDSTICK_S = 0.002
"""What `yardstick` takes on the machine the bounds were set on, in seconds of CPU."""

TEXT = "The answer is 12 apples, or 13. " * 1_000


def cpu_seconds(work: Callable[[], object], tries: int = 5) -> float:
    """The best run of `work`, as CPU seconds of the machine the bounds were set on.

    A busy machine slows some of the tries, work that grows too fast slows them all.
    """
    runs = [(taken(work), taken(yardstick)) for _ in range(tries)]
    slowness = min(yard for _, yard in runs) / YARDSTICK_S
    return min(worked for worked, _ in runs) / max(1, slowness)


def taken(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def yardstick() -> None:
    """What a decision is made of: a pattern over a text, and loops over what it found."""
    counts: dict[str, int] = {}
    for match in re.finditer(r"\b(?:[a-z]+|\d+)\b", TEXT):
        counts[match[0]] = counts.get(match[0], 0) + 1
    sorted(counts.items())


@contextmanager
def steps(most_s: float) -> Iterator[None]:
    """Asserts that the loop of this thread never works so long without a look at what else waits:
    CPU seconds of the machine the bound was set on."""
    longest = (0.0, "")
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        nonlocal longest
        began = time.thread_time()
        run(handle)
        longest = max(longest, (time.thread_time() - began, repr(handle)))

    slowness = min(taken(yardstick) for _ in range(5)) / YARDSTICK_S
    gc.disable()  # it would walk through all that this process has tested before
    asyncio.Handle._run = timed  # type: ignore[method-assign]  # the loop's only seam
    try:
        yield
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        gc.enable()
    assert longest[0] / max(1, slowness) < most_s, longest
