"""How a process that measures is told what to do, and what it says of streams.

A line of its standard input is `[method, arguments...]` as JSON; a line of its output is what that
returned. It ends when its input does. Between two lines its event loop goes on.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from chat.process.event_loop import new_event_loop
from tests.bench.answer import MARK, moment

STAGGER_S = 0.021
"""Between the begins of two streams: a little more than a token, so that they do not keep step."""

LONGEST_S = 90.0


class Stream:
    """One stream as it is seen. `lags_ms`: from the sending of a marked token to its being shown,
    first to last."""

    def __init__(self) -> None:
        self.asked_at = time.monotonic()
        self.lags_ms: list[float] = []
        self._seen: dict[str, float] = {}

    def see(self, text: str) -> None:
        for mark in MARK.findall(text):
            if mark not in self._seen:
                now = self._seen[mark] = time.monotonic()
                if len(self._seen) > 1:  # the first says when the provider was asked
                    self.lags_ms.append(round((now - moment(mark)) * 1000, 1))

    @property
    def request_ms(self) -> float:
        """From asking to the provider's having the request."""
        return (moment(next(iter(self._seen))) - self.asked_at) * 1000

    @property
    def first_at(self) -> float:
        return next(iter(self._seen.values()))


def told(streams: Sequence[Stream], whole: int, characters: int = 0) -> dict[str, Any]:
    """Of streams that have ended; `whole`: how many showed every token, once and in order."""
    return {
        "request_ms": [stream.request_ms for stream in streams],
        "first_at": min(stream.first_at for stream in streams),
        "first_ms": [stream.lags_ms[0] for stream in streams],
        "lag_ms": [lag for stream in streams for lag in stream.lags_ms],
        "whole": whole,
        "characters": characters,
    }


async def staggered(
    streams: int, play: Callable[[int], Coroutine[Any, Any, Any]], every_s: float = STAGGER_S
) -> list[Any]:
    async def later(number: int) -> Any:
        await asyncio.sleep(number * every_s)
        return await play(number)

    async with asyncio.timeout(LONGEST_S):
        return await asyncio.gather(*(later(number) for number in range(streams)))


def obey(work: object) -> None:
    asyncio.run(obeying(work))


async def obeying(work: object) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, *arguments = json.loads(line)
        print(json.dumps(await getattr(work, name)(*arguments)), flush=True)


def run_lightly(main: Coroutine[Any, Any, None]) -> None:
    """The machine is for what is measured."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)
