"""Many pages come back while the database is away, and it returns."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator

import pytest

from chat.consumers.sockets import BROKEN, LET_IN_S
from tests.bench.websocket import Socket
from tests.faults import judge
from tests.faults.fleet import Fleet
from tests.faults.test_services import until_ready
from tests.faults.viewer import Viewer
from tests.loopback import Loopback, Reply

PAGES = 50
AWAY_S = 5.9
"""A little longer than a pool goes on trying to connect, which is when it may be slowest."""
HANDSHAKE_S = 3
TOLD_S = LET_IN_S + 2
BACK_S = 4
"""After which everybody is in again; pages try once a second or sooner."""


@pytest.fixture
async def fleet(fleet_of_two: Fleet) -> AsyncIterator[Fleet]:
    yield fleet_of_two
    await asyncio.sleep(0.05)  # for lines that were cut to be closed
    await until_ready(fleet_of_two)
    judge.nothing_left(fleet_of_two)


@pytest.mark.parametrize(
    ("how", "away_s"),
    [("cut", AWAY_S), ("swallow", AWAY_S), ("cut", 0.2)],
    ids=["refused", "packets lost", "started again"],
)
async def test_who_comes_while_the_database_is_away_is_told_at_once_and_let_in_once_it_is_back(
    fleet: Fleet, how: str, away_s: float
) -> None:
    conversations = [fleet.conversation() for _ in range(10)]
    pages = [Viewer(fleet, conversations[n // 5], n) for n in range(PAGES)]
    await asyncio.gather(*map(let_in, pages))  # the pools are as large as they get
    getattr(fleet.database, how)()
    try:
        coming = [asyncio.create_task(let_in(page)) for page in pages]
        await asyncio.sleep(away_s)
    finally:
        fleet.database.mend()
    back = time.monotonic()
    assert max(await asyncio.gather(*coming)) - back < BACK_S
    for page in pages:
        page.cut()


async def let_in(page: Viewer) -> float:
    """Returns when it was. Until then each handshake is answered, and each refusal has a reason."""
    while True:
        async with asyncio.timeout(HANDSHAKE_S):
            await page.connect()
        try:
            while True:
                page.tell(type="nonsense")  # answered to whoever is in
                notice = await page.until("notice", within_s=TOLD_S)
                if notice["code"] == "bad_frame":
                    return time.monotonic()
                assert notice["code"] == "database"
        except ConnectionError as closed:
            assert f"{BROKEN.to_bytes(2)!r}" in str(closed)
            assert page.notices[-1]["code"] == "database"
        await asyncio.sleep(random.random())


async def test_code_is_written_on_while_others_wait_for_the_database(
    fleet: Fleet, provider: Loopback, prompt: str
) -> None:
    """Rendering it is slow, and done beside the loop: not behind whoever waits there."""
    lines = [f"value_{number} = {number}\n" for number in range(500)]
    provider.script("large", Reply(["```python\n", *lines], pace_s=0.01, usage=(10, 500)))
    conversation = fleet.conversation()
    pages = [Viewer(fleet, fleet.conversation()) for _ in range(20)]
    await asyncio.gather(*map(let_in, pages))
    async with Viewer(fleet, conversation) as asking:
        path, cookie = f"/ws/conversations/{conversation}/", fleet.cookie(conversation)
        reader = await Socket.open(fleet.server(0).address, path, cookie)
        asking.ask(prompt)
        count = 0
        while "value_100" not in await reader.receive():
            count += 1
        fleet.database.cut()
        try:
            coming = [asyncio.create_task(let_in(page)) for page in pages]
            for received in range(20):
                reader.send(json.dumps({"type": "seen", "count": count + received}))
                async with asyncio.timeout(1):
                    await reader.receive()
        finally:
            fleet.database.mend()
        await asyncio.gather(*coming)
        assert (await asking.end(again=False)).texts == {1: "".join(["```python\n", *lines])}
        judge.hold(fleet, prompt, asking)
    reader.close()
    for page in pages:
        page.cut()
