"""From the log of this process to Redis: in batches, in order, and again after an outage."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from redis.exceptions import RedisError, ResponseError

from chat.turns.events import TurnEvent, to_json
from chat.turns.log import Entry
from chat.turns.redis_streams import EVENT, EVENTS_KEPT, LIFE_S, Client, key, last_numbers

logger = logging.getLogger(__name__)

BATCH_S = 0.02
"""The pause between two batches; the first event after a pause goes at once."""

BATCH_EVENTS = 500
SLOWEST_S = 5.0
REFUSED = "equal or smaller"
"""In the answer of Redis to an id that is not above the last one."""


@dataclass(slots=True)
class _Parcel:
    """A turn's events on their way. `is_sure`: what Redis holds of it is known."""

    epoch: int
    entry: Entry
    shipped: int = 0
    is_sure: bool = True

    @property
    def unsent(self) -> list[TurnEvent]:
        return self.entry.events[self.shipped : self.shipped + BATCH_EVENTS]


class Shipper:
    """`lost` is told the id of a turn that somebody else has taken over."""

    def __init__(self, redis: Client, lost: Callable[[str], None]) -> None:
        self._redis = redis
        self._lost = lost
        self._parcels: dict[str, _Parcel] = {}
        self._waiting: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def take_on(self, turn_id: str, epoch: int, entry: Entry) -> None:
        self._parcels.setdefault(turn_id, _Parcel(epoch, entry))

    def wake(self, turn_id: str) -> None:
        if turn_id in self._parcels:
            self._waiting.add(turn_id)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run(), name="log to Redis")

    def let_go(self, turn_id: str) -> None:
        self._parcels.pop(turn_id, None)
        self._waiting.discard(turn_id)

    async def flush(self, timeout_s: float) -> None:
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout_s)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        failures = 0
        while self._waiting:
            try:
                await self._ship()
                failures = 0
            except (OSError, RedisError) as error:
                if not failures:
                    logger.warning("the log does not reach Redis: %s", type(error).__name__)
                self._doubt()
                failures += 1
            longest_s = min(SLOWEST_S, 0.1 * 2 ** min(failures, 10))
            await asyncio.sleep(random.uniform(0.1, longest_s) if failures else BATCH_S)

    def _doubt(self) -> None:
        """Nothing is sure any more; what ended too long ago is not worth waiting for."""
        for turn_id, parcel in list(self._parcels.items()):
            parcel.is_sure = False
            if parcel.entry.closed:
                self.let_go(turn_id)

    async def _ship(self) -> None:
        """Everything that waits, in one round trip."""
        parcels = {turn_id: self._parcels[turn_id] for turn_id in list(self._waiting)}
        for turn_id, parcel in parcels.items():
            if not parcel.is_sure:
                await self._make_sure(turn_id, parcel)
        batches = {
            turn_id: parcel.unsent
            for turn_id, parcel in parcels.items()
            if turn_id in self._parcels
        }
        for refused in await self._send(batches):
            parcels[refused].is_sure = False
        for turn_id in batches:
            self._account(turn_id, parcels[turn_id])

    async def _send(self, batches: dict[str, list[TurnEvent]]) -> set[str]:
        """Returns the turns of which Redis refused a number: sent before, or taken over."""
        pipeline = self._redis.pipeline(transaction=False)
        owners: list[str] = []
        for turn_id, events in batches.items():
            epoch = self._parcels[turn_id].epoch
            for event in events:
                fields = {EVENT: to_json(event.as_dict())}
                pipeline.xadd(key(turn_id), fields, f"{epoch}-{event.seq}", EVENTS_KEPT)
            pipeline.expire(key(turn_id), LIFE_S)
            owners += [turn_id] * (len(events) + 1)
        refused = set()
        for turn_id, reply in zip(
            owners, await pipeline.execute(raise_on_error=False), strict=True
        ):
            if isinstance(reply, ResponseError) and REFUSED in str(reply):
                refused.add(turn_id)
            elif isinstance(reply, Exception):
                raise reply
        for turn_id in batches.keys() - refused:
            if turn_id in self._parcels:
                self._parcels[turn_id].shipped += len(batches[turn_id])
        return refused

    def _account(self, turn_id: str, parcel: _Parcel) -> None:
        if parcel.is_sure and not parcel.unsent:
            self._waiting.discard(turn_id)
            if parcel.entry.ended:
                self.let_go(turn_id)

    async def _make_sure(self, turn_id: str, parcel: _Parcel) -> None:
        """After an outage Redis may hold more than was answered for, or have lost everything."""
        last = last_numbers(await self._redis.xrevrange(key(turn_id), count=1))
        epoch, seq = last or (parcel.epoch, 0)
        if epoch > parcel.epoch:
            self._lost(turn_id)
            return
        parcel.shipped, parcel.is_sure = seq, True
