"""How a process that measures is told what to do, over its standard input and output.

`<streams>` lets it prepare and say `ready`; `go` lets it play and answer with one line of JSON, a
list of what each stream saw. It ends when its input does.
"""

import asyncio
import json
import sys
from typing import Protocol

from tests.bench.answer import Seen

STAGGER_S = 0.021
"""Between the begins of two streams: a little more than a token, so that they do not keep step."""

LONGEST_S = 60.0


class Work(Protocol):
    async def prepare(self, streams: int) -> None:
        """What is not measured: connections, sign-ins."""

    async def play(self, number: int) -> Seen:
        """One stream, from asking to the end; `number` counts from 0."""

    def is_whole(self, text: str) -> bool:
        """Whether what was seen is all of the answer, once and in order; asked afterwards."""


def obey(work: Work) -> None:
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            streams = int(line)
            runner.run(work.prepare(streams))
            print("ready", flush=True)
            sys.stdin.readline()
            seen = runner.run(_play(work, streams))
            print(json.dumps([_told(one, work) for one in seen]), flush=True)


def _told(seen: Seen, work: Work) -> dict[str, float | bool]:
    return {
        "request_ms": seen.request_ms,
        "first_ms": seen.first_ms,
        "is_whole": work.is_whole(seen.text),
    }


async def _play(work: Work, streams: int) -> list[Seen]:
    async with asyncio.timeout(LONGEST_S):
        return await asyncio.gather(*(_later(work, number) for number in range(streams)))


async def _later(work: Work, number: int) -> Seen:
    await asyncio.sleep(number * STAGGER_S)
    return await work.play(number)
