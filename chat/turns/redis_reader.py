"""From Redis to the viewers of this process: one blocking read for all turns played elsewhere."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from chat.turns.log import Entry
from chat.turns.redis_streams import Client, decoded, key

logger = logging.getLogger(__name__)

BLOCK_MS = 2000
COUNT = 1000
LINGER_S = 5.0
"""How long a turn that nobody follows any more is still read, for the one who comes back."""


@dataclass(slots=True)
class _Mirror:
    """A stream as far as it was read. `is_caught_up`: all that was there at first is here."""

    entry: Entry = field(default_factory=Entry)
    last_id: bytes = b"0-0"
    followers: int = 0
    is_caught_up: bool = False


class Reader:
    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._mirrors: dict[str, _Mirror] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def caught_up(self, turn_id: str) -> Entry | None:
        mirror = self._mirrors.get(turn_id)
        return mirror.entry if mirror and mirror.is_caught_up else None

    @contextmanager
    def shared(self, turn_id: str) -> Iterator[Entry]:
        """The turn's events, filled while it is held; closed where Redis is away."""
        mirror = self._mirrors.get(turn_id)
        if mirror is None:
            mirror = self._mirrors[turn_id] = _Mirror()
            self._changed.set()
        mirror.followers += 1
        self._start()
        try:
            yield mirror.entry
        finally:
            mirror.followers -= 1
            asyncio.get_running_loop().call_later(LINGER_S, self._drop, turn_id, mirror)

    def forget(self, turn_id: str) -> None:
        """An end that was read is not the last word any more: whoever comes reads it again."""
        if self._mirrors.pop(turn_id, None):
            self._changed.set()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="log from Redis")

    def _drop(self, turn_id: str, mirror: _Mirror) -> None:
        if not mirror.followers and self._mirrors.get(turn_id) is mirror:
            del self._mirrors[turn_id]
            self._changed.set()

    async def _run(self) -> None:
        try:
            while streams := self._streams():
                await self._read(streams)
        except (OSError, RedisError) as error:
            logger.warning("logs of other processes are not read: %s", type(error).__name__)
            for mirror in self._mirrors.values():
                mirror.entry.close()
            self._mirrors.clear()

    def _streams(self) -> dict[str, bytes]:
        return {
            turn_id: mirror.last_id
            for turn_id, mirror in self._mirrors.items()
            if not mirror.entry.ended
        }

    async def _read(self, streams: dict[str, bytes]) -> None:
        """One XREAD, given up where another turn is to be read as well."""
        self._changed.clear()
        asked = {key(turn_id): last_id for turn_id, last_id in streams.items()}
        reading = asyncio.ensure_future(self._redis.xread(asked, COUNT, BLOCK_MS))
        changing = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({reading, changing}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                self._take(streams, dict(reading.result()))
        finally:
            for task in (reading, changing):
                task.cancel()
            await asyncio.gather(reading, changing, return_exceptions=True)

    def _take(
        self, streams: dict[str, bytes], found: dict[bytes, list[tuple[bytes, dict[bytes, bytes]]]]
    ) -> None:
        for turn_id in streams:
            if (mirror := self._mirrors.get(turn_id)) is None:
                continue
            entries = found.get(key(turn_id).encode(), [])
            mirror.is_caught_up = mirror.is_caught_up or len(entries) < COUNT
            if entries:
                mirror.last_id = entries[-1][0]
                mirror.entry.add(*decoded(entries))
