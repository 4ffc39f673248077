"""`python -m tests.faults.soak MINUTES`: two processes under random cuts and stops.

Prints how memory, file descriptors and tasks grow, by the second half of the time. What grows
without end shows as a slope; what is warmed up does not.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from tests.databases import Migrated
from tests.faults import fleet as fleets
from tests.faults.fleet import Fleet, Server
from tests.faults.viewer import Viewer
from tests.loopback import Reply, loopback_thread

READERS = 12
SAMPLE_S = 2.0
STAY_S = 20.0
"""In one conversation."""

Sample = tuple[float, float, int, int]
"""Hours, MiB, file descriptors, tasks."""


class Tasks:
    """Middleware that counts the tasks of its process."""

    async_capable, sync_capable = True, False

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/tasks":
            return HttpResponse(str(len(asyncio.all_tasks())))
        answer: HttpResponse = await self._get_response(request)
        return answer


async def soak(fleet: Fleet, minutes: float) -> None:
    until = time.monotonic() + 60 * minutes
    readers = [asyncio.create_task(read(fleet, until)) for _ in range(READERS)]
    samples: list[list[Sample]] = [[] for _ in fleet.servers]
    async with httpx.AsyncClient() as client:
        while time.monotonic() < until:
            for server, taken in zip(fleet.servers, samples, strict=True):
                taken.append(await sample(server, client))
            await asyncio.sleep(SAMPLE_S)
    turns = sum(await asyncio.gather(*readers))
    print(f"{turns} turns in {minutes:g} minutes")
    for number, taken in enumerate(samples):
        report(number, taken[len(taken) // 2 :])


async def read(fleet: Fleet, until: float) -> int:
    """One reader's life: ask, be cut off, stop, begin again; now and then another conversation."""
    turns, leaves_at = 0, 0.0
    while (now := time.monotonic()) < until:
        if now >= leaves_at:
            viewer, leaves_at = Viewer(fleet, fleet.conversation()), now + STAY_S
        await viewer.connect_again(random.randrange(2))
        before = viewer.last.turn if viewer.last else ""
        viewer.ask(f"Again, {turns}?")
        while not viewer.last or viewer.last.turn == before:
            await viewer.next()
        turns += 1
        assert viewer.last
        while not viewer.last.status:
            match random.random():
                case chance if chance < 0.02:
                    viewer.tell(type="stop", turn=viewer.last.turn)
                case chance if chance < 0.05:
                    viewer.cut()
                    await viewer.connect_again(random.randrange(2))
            await viewer.next()
        viewer.cut()
    return turns


async def sample(server: Server, client: httpx.AsyncClient) -> Sample:
    descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    tasks = int((await client.get(f"{server.address}/tasks")).text)
    return time.monotonic() / 3600, server.rss_mib, descriptors, tasks


def report(number: int, samples: list[Sample]) -> None:
    hours = [sample[0] for sample in samples]
    for place, name in enumerate(("MiB", "file descriptors", "tasks"), start=1):
        values = [sample[place] for sample in samples]
        slope = statistics.linear_regression(hours, values).slope
        print(f"process {number}: {values[-1]:8.1f} {name}, {slope:+.1f} an hour")


def main(minutes: float) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.soak_settings"
    with tempfile.TemporaryDirectory() as folder, loopback_thread() as provider:
        provider.script("large", Reply("word " * 200, pace_s=0.02))
        conversations = READERS * (2 + int(minutes * 60 / STAY_S))
        migrated = Migrated(Path(folder))
        with fleets.two(Path(folder), provider, migrated, conversations=conversations) as fleet:
            asyncio.run(soak(fleet, minutes))


if __name__ == "__main__":
    main(float(sys.argv[1]))
