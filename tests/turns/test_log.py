"""One protocol, kept by the log of a process and by the log in Redis."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Sequence

import pytest

from chat.cascade.streaming.events import StreamEventType
from chat.models import Turn
from chat.render.frames import JsonFrames
from chat.turns import follow, play, redis_shipper
from chat.turns.begin import begin
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.log import Entry, Log, Lost, MemoryLog
from chat.turns.redis_log import RedisLog
from chat.turns.window import Window
from tests.faults.viewer import Seen
from tests.people import amake_conversation
from tests.scripted import Scripted

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


async def test_what_a_reader_does_after_the_end_is_on_the_log(
    ends: tuple[Log, Log], turn: str
) -> None:
    player, log = ends
    player.open(turn)
    player.append(turn, event(1))
    player.append(turn, event(2, StreamEventType.ERROR))
    await player.flush(5)
    assert await seen(log, turn) == [1, 2]
    used = TurnEvent(TurnEventType.DRAFT_USED, seq=3)
    await log.add_after_end(turn, 0, used)
    await log.add_after_end(turn, 0, used)
    assert await seen(log, turn, after=2) == [3]
    assert [one.seq for one in await log.read(turn) or ()] == [1, 2, 3]


async def test_there_is_no_log_of_what_came_after_it(ends: tuple[Log, Log], turn: str) -> None:
    _, log = ends
    await log.add_after_end(turn, 0, TurnEvent(TurnEventType.DRAFT_USED, seq=3))
    assert await log.read(turn) is None


async def test_a_viewer_who_comes_after_the_end_sees_all(ends: tuple[Log, Log], turn: str) -> None:
    player, log = ends
    player.open(turn)
    player.append(turn, event(1))
    player.append(turn, event(2, COMPLETE))
    await player.flush(5)
    assert await seen(log, turn) == [1, 2]
    assert await seen(log, turn, after=2) == []
    assert await log.read(turn) == [event(1), event(2, COMPLETE)]


async def test_what_is_removed_can_be_read_nowhere(ends: tuple[Log, Log], turn: str) -> None:
    player, log = ends
    player.open(turn)
    player.append(turn, event(1, COMPLETE))
    await player.flush(5)
    await player.remove([turn])
    assert await log.read(turn) is None


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


@pytest.mark.parametrize(
    ("kept", "is_whole"), [((), True), ((1, 2), True), ((2, 3), False), ((1, 3), False)]
)
def test_events_are_given_as_the_whole_log_where_none_is_missing(
    kept: tuple[int, ...], is_whole: bool
) -> None:
    entry = Entry()
    entry.add(*map(event, kept))
    assert entry.whole == ([*map(event, kept)] if is_whole else None)


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


async def test_whoever_follows_a_turn_that_is_ended_for_its_player_is_let_go(turn: str) -> None:
    log = MemoryLog()
    log.open(turn)
    log.append(turn, event(1))
    viewer = asyncio.create_task(seen(log, turn))
    await asyncio.sleep(0)
    assert await log.take_over(turn, 1) == [event(1)]
    await log.conclude(turn, 1, [event(2, COMPLETE)])
    with pytest.raises(Lost):
        await asyncio.wait_for(viewer, 1)
    assert await log.read(turn) is None


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

    async def test_a_player_of_the_process_that_shuts_it_out_writes_nothing(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        player, viewer = redis_logs
        player.open(turn)
        player.append(turn, event(1))
        await player.flush(5)
        assert await player.take_over(turn, 1) == [event(1)]
        player.append(turn, event(2))
        assert await player.read(turn) == [event(1)]
        await player.flush(5)
        assert await viewer.read(turn) == [event(1)]

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
        viewer._quiet_s = 0.5
        player.open(turn)
        player.append(turn, event(1))
        await player.flush(5)
        assert await asyncio.wait_for(seen(viewer, turn), 5) == [1]

    async def test_it_expires_an_hour_after_its_last_event(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        player, _ = redis_logs
        player.open(turn)
        player.append(turn, event(1, COMPLETE))
        await player.flush(5)
        assert 3590 < await player._redis.ttl(f"cascade:turn:{turn}") <= 3600

    async def test_it_expires_as_well_where_somebody_else_told_the_end(
        self, redis_logs: list[RedisLog], turn: str
    ) -> None:
        _, sweeper = redis_logs
        await sweeper.take_over(turn, 1)
        await sweeper.conclude(turn, 1, [TurnEvent(TurnEventType.INTERRUPTED, seq=1)])
        assert 3590 < await sweeper._redis.ttl(f"cascade:turn:{turn}") <= 3600

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

    async def test_it_is_capped_and_whoever_was_behind_still_gets_the_end(
        self, redis_logs: list[RedisLog], turn: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(redis_shipper, "EVENTS_KEPT", 200)
        player, viewer = redis_logs
        player.open(turn)
        for seq in range(1, 1001):
            player.append(turn, event(seq, COMPLETE if seq == 1000 else CHUNK))
        await player.flush(5)
        assert 200 <= await player._redis.xlen(f"cascade:turn:{turn}") <= 300
        late = await seen(viewer, turn, after=5)
        assert late == list(range(late[0], 1001)) and late[0] > 700
        assert await viewer.read(turn) is None


@pytest.mark.django_db(transaction=True)
async def test_a_program_whose_place_is_cut_off_is_shown_the_whole_answer(
    redis_logs: list[RedisLog], scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_shipper, "EVENTS_KEPT", 100)
    monkeypatch.setattr(play, "JOIN_S", 0)
    here, there = redis_logs
    monkeypatch.setattr(play, "log", here)
    monkeypatch.setattr(follow, "log", there)
    words = [f"word{number} " for number in range(400)]
    scripted.answers = {"small": [*words[:300], hold := asyncio.Event(), *words[300:]]}
    turn = await begin((await amake_conversation()).id, uuid.uuid4(), "Count")
    while here.size()[1] < 300:
        await asyncio.sleep(0.01)
    program, window = Seen(str(turn.id)), Window()

    async def send(message: str) -> None:
        told = json.loads(message)
        if told["type"] == "snapshot":
            program.replace(told["state"])
        elif "seq" in told:
            program.take(told)

    viewer = follow.Viewer(turn.conversation_id, JsonFrames(), send, window)
    watching = asyncio.create_task(viewer.watch(follow.Cursor(str(turn.id), 5)))
    await asyncio.sleep(0.2)
    hold.set()
    async with asyncio.timeout(10):
        while not program.status:
            await asyncio.sleep(0.02)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    turn = await Turn.objects.aget(id=turn.id)
    assert (program.status, program.seq) == (turn.status, turn.last_seq)
    assert program.texts[1] == "".join(words)
