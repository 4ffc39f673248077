import asyncio
from collections.abc import Sequence

import pytest

from chat.cascade.streaming.events import StreamEventType
from chat.turns.events import TurnEvent
from chat.turns.log import MemoryLog

CHUNK, COMPLETE = StreamEventType.CHUNK, StreamEventType.COMPLETE


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    log.open("t")
    return log


def event(seq: int, type: StreamEventType = CHUNK) -> TurnEvent:
    return TurnEvent(type, str(seq), seq=seq)


async def seen(log: MemoryLog, after: int = 0) -> list[int]:
    batches: list[Sequence[TurnEvent]] = [batch async for batch in log.follow("t", after)]
    return [event.seq for batch in batches for event in batch]


async def test_a_viewer_sees_each_event_once_in_order(log: MemoryLog) -> None:
    viewers = [asyncio.create_task(seen(log, after)) for after in (0, 0, 3)]
    for seq in range(1, 10):
        log.append("t", event(seq))
        if seq % 3 == 0:
            await asyncio.sleep(0)
    log.append("t", event(10, COMPLETE))
    everything = list(range(1, 11))
    assert await asyncio.gather(*viewers) == [everything, everything, everything[3:]]


async def test_a_viewer_who_comes_after_the_end_sees_all(log: MemoryLog) -> None:
    log.append("t", event(1))
    log.append("t", event(2, COMPLETE))
    assert await seen(log) == [1, 2]
    assert await seen(log, after=2) == []


async def test_nothing_follows_the_end(log: MemoryLog) -> None:
    log.append("t", event(1, COMPLETE))
    log.append("t", event(2))
    assert await seen(log) == [1]


async def test_a_gap_is_refused(log: MemoryLog) -> None:
    log.append("t", event(1))
    with pytest.raises(ValueError, match="cannot follow"):
        log.append("t", event(3))


async def test_a_viewer_that_leaves_is_forgotten(log: MemoryLog) -> None:
    viewer = asyncio.create_task(seen(log))
    await asyncio.sleep(0)
    viewer.cancel()
    await asyncio.gather(viewer, return_exceptions=True)
    log.append("t", event(1))
    assert log.read("t") == [event(1)]


async def test_a_log_is_dropped_a_while_after_its_end() -> None:
    log = MemoryLog(kept_s=0.01)
    log.open("t")
    log.append("t", event(1, COMPLETE))
    assert log.read("t") is not None
    await asyncio.sleep(0.03)
    assert log.read("t") is None
    assert await seen(log) == []
