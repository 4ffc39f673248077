"""The log that other processes can read: a Redis stream for each turn.

Who plays a turn appends to the log of its own process, which wakes viewers there directly; from
there a `Shipper` sends batches on to Redis and waits for nobody. Viewers of a turn that is played
elsewhere share one blocking `Reader`. Events have the ids `<epoch>-<seq>`, so Redis itself keeps
their order and refuses a player whose turn was taken over. Without Redis, streams in the player's
process go on; other viewers fall back on what the database keeps, until it is back.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from redis.exceptions import RedisError

from chat.turns.events import TurnEvent, to_json
from chat.turns.log import KEPT_S, Lost, MemoryLog
from chat.turns.redis_reader import Reader
from chat.turns.redis_shipper import Shipper
from chat.turns.redis_streams import EVENT, EVENTS_KEPT, LIFE_S, client, decoded, key

logger = logging.getLogger(__name__)

QUIET_S = 2.0
"""A follower of another process's turn looks into the database when it hears nothing for so long:
the player may have died before it could tell the end."""

PATIENCE_S = 2.0
"""How long a page waits for Redis before it is made from the database."""

REMOVED_AT_ONCE = 500


class RedisLog:
    """All calls come from one event loop."""

    def __init__(self, url: str, *, kept_s: float = KEPT_S, quiet_s: float = QUIET_S) -> None:
        self._redis = client(url)
        self._local = MemoryLog(kept_s)
        self._shipper = Shipper(self._redis, self.forget)
        self._reader = Reader(self._redis)
        self._quiet_s = quiet_s

    def open(self, turn_id: str, epoch: int = 0) -> None:
        self._local.open(turn_id)
        self._shipper.take_on(turn_id, epoch, self._local.entries[turn_id])

    def append(self, turn_id: str, event: TurnEvent) -> None:
        self._local.append(turn_id, event)
        self._shipper.wake(turn_id)

    def forget(self, turn_id: str) -> None:
        self._local.forget(turn_id)
        self._shipper.let_go(turn_id)

    async def read(self, turn_id: str) -> Sequence[TurnEvent] | None:
        if turn_id in self._local.entries:
            return await self._local.read(turn_id)
        if (entry := self._reader.caught_up(turn_id)) is not None:
            return entry.whole
        try:
            async with asyncio.timeout(PATIENCE_S):
                return _whole(await self._redis.xrange(key(turn_id)))
        except (OSError, RedisError) as error:
            logger.warning("a log was not read: %s", type(error).__name__)
            return None

    async def follow(self, turn_id: str, after: int = 0) -> AsyncIterator[Sequence[TurnEvent]]:
        if turn_id in self._local.entries:
            async for batch in self._local.follow(turn_id, after):
                yield batch
            return
        with self._reader.shared(turn_id) as entry, contextlib.suppress(Lost):
            async for batch in entry.follow(after, self._quiet_s):
                yield batch

    async def take_over(self, turn_id: str, epoch: int) -> Sequence[TurnEvent] | None:
        """The fence, an entry without an event, makes Redis refuse all earlier epochs."""
        self.forget(turn_id)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._redis.xadd(key(turn_id), {"fence": ""}, id=f"{epoch}-0")
                return _whole(await self._redis.xrange(key(turn_id)))
        except (OSError, RedisError) as error:
            logger.warning("a log was not taken over: %s", type(error).__name__)
            return None

    async def conclude(self, turn_id: str, epoch: int, events: Sequence[TurnEvent]) -> None:
        """Where Redis is away, followers find the end in the database."""
        pipeline = self._redis.pipeline(transaction=False)
        for event in events:
            pipeline.xadd(
                key(turn_id), {EVENT: to_json(event.as_dict())}, f"{epoch}-{event.seq}", EVENTS_KEPT
            )
        pipeline.expire(key(turn_id), LIFE_S)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await pipeline.execute()
        except (OSError, RedisError) as error:
            logger.warning("the end of a log was not told: %s", type(error).__name__)

    async def add_after_end(self, turn_id: str, epoch: int, event: TurnEvent) -> None:
        """Other processes may hold the log as it was for a while; their viewers get a snapshot."""
        self._reader.forget(turn_id)
        logged = await self.read(turn_id)
        await self._local.add_after_end(turn_id, epoch, event)
        if logged and logged[-1].seq + 1 == event.seq:
            await self.conclude(turn_id, epoch, [event])

    async def remove(self, turn_ids: Sequence[str]) -> None:
        """Where Redis is away, what is there ends within an hour by itself."""
        for turn_id in turn_ids:
            self.forget(turn_id)
        try:
            async with asyncio.timeout(PATIENCE_S):
                for begin in range(0, len(turn_ids), REMOVED_AT_ONCE):
                    some = turn_ids[begin : begin + REMOVED_AT_ONCE]
                    await self._redis.unlink(*map(key, some))
        except (OSError, RedisError) as error:
            logger.warning("logs were not removed: %s", type(error).__name__)

    async def flush(self, timeout_s: float) -> None:
        await self._shipper.flush(timeout_s)

    def size(self) -> tuple[int, int]:
        return self._local.size()

    async def close(self) -> None:
        await self._shipper.close()
        await self._reader.close()
        await self._redis.aclose()


def _whole(entries: list[Any]) -> Sequence[TurnEvent] | None:
    events = decoded(entries)
    return events if events and events[-1].seq == len(events) else None
