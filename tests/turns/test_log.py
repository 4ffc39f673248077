"""One protocol, kept by the log of a process and by the log in Redis."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Sequence

import pytest

from chat.cascade.streaming.events import StreamEventType
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.log import Log, Lost, MemoryLog
from chat.turns.redis_log import RedisLog

CHUNK, COMPLETE = StreamEventType.CHUNK, StreamEventType.COMPLETE
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture
async def redis_logs() -> AsyncIterator[list[RedisLog]]:
    """As of two processes."""
    logs = [RedisLog(REDIS, quiet_s=5) for _ in range(2)]
    yield logs
    for log in logs:
        await log.close()


@pytest.fixture(params=["memory", "redis, here", "redis, elsewhere"])
def ends(request: pytest.FixtureRequest, redis_logs: list[RedisLog]) -> tuple[Log, Log]:
    """Where a player appends, and where viewers read."""
    here, there = redis_logs
    memory = MemoryLog()
    return {
        "memory": (memory, memory),
        "redis, here": (here, here),
        "redis, elsewhere": (here, there),
    }[request.param]


@pytest.fixture
def turn() -> str:
    return str(uuid.uuid4())


def event(seq: int, type: StreamEventType = CHUNK) -> TurnEvent:
    return TurnEvent(type, str(seq), {"total": "0.1"}, seq=seq)


async def seen(log: Log, turn: str, after: int = 0) -> list[int]:
    batches: list[Sequence[TurnEvent]] = [batch async for batch in log.follow(turn, after)]
    return [event.seq for batch in batches for event in batch]


async def test_a_viewer_sees_each_event_once_in_order(ends: tuple[Log, Log], turn: str) -> None:
    player, log = ends
    player.open(turn)
    viewers = [asyncio.create_task(seen(log, turn, after)) for after in (0, 0, 3)]
    for seq in range(1, 10):
        player.append(turn, event(seq))
        if seq % 3 == 0:
            await asyncio.sleep(0.01)
    player.append(turn, event(10, COMPLETE))
    everything = list(range(1, 11))
    assert await asyncio.gather(*viewers) == [everything, everything, everything[3:]]


async def test_a_viewer_who_comes_after_the_end_sees_all(ends: tuple[Log, Log], turn: str) -> None:
    player, log = ends
    player.open(turn)
    player.append(turn, event(1))
    player.append(turn, event(2, COMPLETE))
    await player.flush(5)
    assert await seen(log, turn) == [1, 2]
    assert await seen(log, turn, after=2) == []
    assert await log.read(turn) == [event(1), event(2, COMPLETE)]


async def test_nothing_follows_the_end(ends: tuple[Log, Log], turn: str) -> None:
    player, log = ends
    player.open(turn)
    player.append(turn, event(1, COMPLETE))
    player.append(turn, event(2))
    await player.flush(5)
    assert await seen(log, turn) == [1]


async def test_a_gap_is_refused(ends: tuple[Log, Log], turn: str) -> None:
    player, _ = ends
    player.open(turn)
    player.append(turn, event(1))
    with pytest.raises(ValueError, match="cannot follow"):
        player.append(turn, event(3))


async def test_a_viewer_that_leaves_is_forgotten(ends: tuple[Log, Log], turn: str) -> None:
    player, log = ends
    player.open(turn)
    viewer = asyncio.create_task(seen(log, turn))
    await asyncio.sleep(0)
    viewer.cancel()
    await asyncio.gather(viewer, return_exceptions=True)
    player.append(turn, event(1))
    await player.flush(5)
    assert await log.read(turn) == [event(1)]


async def test_whoever_follows_a_forgotten_log_is_let_go(turn: str) -> None:
    log = MemoryLog()
    log.open(turn)
    viewer = asyncio.create_task(seen(log, turn))
    await asyncio.sleep(0)
    log.forget(turn)
    with pytest.raises(Lost):
        await asyncio.wait_for(viewer, 1)
    assert await log.read(turn) is None
    log.append(turn, event(1))  # a player that was shut out may not have noticed yet


async def test_a_log_is_dropped_a_while_after_its_end(turn: str) -> None:
    log = MemoryLog(kept_s=0.01)
    log.open(turn)
    log.append(turn, event(1, COMPLETE))
    assert await log.read(turn) is not None
    await asyncio.sleep(0.03)
    assert await log.read(turn) is None
    assert await seen(log, turn) == []


class TestRedis:
    async def test_a_player_that_was_shut_out_writes_nothing(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        zombie, sweeper = redis_logs
        zombie.open(turn)
        zombie.append(turn, event(1))
        await zombie.flush(5)
        assert await sweeper.take_over(turn, 1) == [event(1)]
        zombie.append(turn, event(2))
        await zombie.flush(5)
        end = TurnEvent(TurnEventType.INTERRUPTED, seq=2)
        await sweeper.conclude(turn, 1, [end])
        assert await sweeper.read(turn) == [event(1), end]
        assert await zombie.read(turn) == [event(1), end]  # it has let go of its own
        assert await seen(sweeper, turn) == [1, 2]

    async def test_an_outage_loses_and_doubles_nothing(
        self, redis_logs: list[RedisLog], turn: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        player, viewer = redis_logs
        player.open(turn)
        player.append(turn, event(1))
        await player.flush(5)
        sent = player._shipper._redis.pipeline

        def broken(**options: bool) -> None:
            raise ConnectionError

        monkeypatch.setattr(player._shipper._redis, "pipeline", broken)
        player.append(turn, event(2))
        await asyncio.sleep(0.05)
        monkeypatch.setattr(player._shipper._redis, "pipeline", sent)
        player.append(turn, event(3, COMPLETE))
        await player.flush(5)
        assert await viewer.read(turn) == [event(1), event(2), event(3, COMPLETE)]

    async def test_what_redis_forgot_is_told_again(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        player, viewer = redis_logs
        player.open(turn)
        player.append(turn, event(1))
        await player.flush(5)
        await player._redis.delete(f"cascade:turn:{turn}")
        player._shipper._doubt()
        player.append(turn, event(2, COMPLETE))
        await player.flush(5)
        assert await seen(viewer, turn) == [1, 2]

    async def test_without_redis_the_player_s_viewers_go_on_and_others_are_let_go(
        self, turn: str
    ) -> None:
        log = RedisLog("redis://127.0.0.1:9")
        log.open(turn)
        log.append(turn, event(1))
        log.append(turn, event(2, COMPLETE))
        assert await seen(log, turn) == [1, 2]
        assert await asyncio.wait_for(seen(log, str(uuid.uuid4())), 5) == []
        assert await log.read(str(uuid.uuid4())) is None
        assert await log.take_over(turn, 1) is None
        await log.conclude(turn, 1, [event(3)])
        await log.close()

    async def test_a_quiet_follower_is_let_go_to_look_elsewhere(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        player, viewer = redis_logs
        viewer._quiet_s = 0.1
        player.open(turn)
        player.append(turn, event(1))
        assert await asyncio.wait_for(seen(viewer, turn), 5) == [1]

    async def test_it_expires_an_hour_after_its_last_event(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        player, _ = redis_logs
        player.open(turn)
        player.append(turn, event(1, COMPLETE))
        await player.flush(5)
        assert 3590 < await player._redis.ttl(f"cascade:turn:{turn}") <= 3600

    async def test_turns_that_come_and_go_share_one_reader(
        self, redis_logs: list[RedisLog]
    ) -> None:
        player, viewer = redis_logs
        turns = [str(uuid.uuid4()) for _ in range(20)]
        viewers = []
        for turn in turns:
            player.open(turn)
            viewers.append(asyncio.create_task(seen(viewer, turn)))
            await asyncio.sleep(0.005)
        for seq in range(1, 30):
            for turn in turns:
                player.append(turn, event(seq, COMPLETE if seq == 29 else CHUNK))
            await asyncio.sleep(0.005)
        assert await asyncio.gather(*viewers) == [list(range(1, 30))] * 20
        readers = [t for t in asyncio.all_tasks() if t.get_name() == "log from Redis"]
        assert len(readers) <= 1
