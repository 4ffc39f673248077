"""The numbered events of a turn, appended by its player and read by any number of viewers.

One delivery path: a viewer reads the log from its own cursor and is only *woken*, so nothing is
lost, doubled or reordered, however often it disconnects. `MemoryLog` lives in the process; with
`REDIS_URL` its events go on to Redis, where viewers in other processes read them
(`redis_log.py`).
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from operator import attrgetter
from typing import Protocol

from django.conf import settings

from chat.turns.events import TurnEvent

KEPT_S = 60.0
"""How long a log outlives its turn's end here, for viewers that are a little behind; later ones are
served from the database."""


class Lost(Exception):
    """A log was dropped before its end: how the turn went, also what was told here, others say."""


class Log(Protocol):
    """Keyed by turn id. `seq` of the first event is 1, and there are no gaps.

    An *epoch* counts who may append: a turn that was taken from its player has a higher one.
    """

    def open(self, turn_id: str, epoch: int = 0) -> None:
        """Begin a turn's log here, so that viewers who come before its first event wait for it."""

    def append(self, turn_id: str, event: TurnEvent) -> None:
        """Add the next event. After the terminal one, and to a log that is not open, ignored."""

    def forget(self, turn_id: str) -> None:
        """Drop a log from this process; who still follows it is let go."""

    async def read(self, turn_id: str) -> Sequence[TurnEvent] | None:
        """Its events so far; None where there is no whole log (any more)."""

    def follow(self, turn_id: str, after: int = 0) -> AsyncIterator[Sequence[TurnEvent]]:
        """All events after the cursor, in batches as they come, until the terminal one.

        It ends earlier where the log is not of this process, and quiet for a while or out of reach:
        whoever follows looks into the database, and follows on. Raises `Lost`.
        """

    async def take_over(self, turn_id: str, epoch: int) -> Sequence[TurnEvent] | None:
        """Shut out whoever appended in an earlier epoch; what `read` gives, for good."""

    async def conclude(self, turn_id: str, epoch: int, events: Sequence[TurnEvent]) -> None:
        """Append the last events of a turn that was taken over."""

    async def add_after_end(self, turn_id: str, epoch: int, event: TurnEvent) -> None:
        """What a reader did with a turn that has ended, where its log is still there; whoever
        follows it has been let go by then. Once, however often it is told."""

    async def remove(self, turn_ids: Sequence[str]) -> None:
        """Drop the logs of turns that are gone, for every process."""

    async def flush(self, timeout_s: float) -> None:
        """Wait until what was appended can be read in other processes, but not for ever."""

    def size(self) -> tuple[int, int]:
        """How many turns this process has logs of, and how many events are in them."""


class Entry:
    """One turn's events, and who waits for more. Numbers rise; `follow` gives each once."""

    __slots__ = ("closed", "events", "waiting")

    def __init__(self) -> None:
        self.events: list[TurnEvent] = []
        self.waiting: set[asyncio.Future[None]] = set()
        self.closed = False

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1].is_terminal

    @property
    def last_seq(self) -> int:
        return self.events[-1].seq if self.events else 0

    @property
    def whole(self) -> Sequence[TurnEvent] | None:
        """A copy, where no event is missing: numbers rise, and the first is 1."""
        return self.events[:] if self.last_seq == len(self.events) else None

    def add(self, *events: TurnEvent) -> None:
        self.events.extend(events)
        self._wake()

    def close(self) -> None:
        """Nothing more will come, whatever was missing."""
        self.closed = True
        self._wake()

    async def follow(
        self, after: int, quiet_s: float | None = None
    ) -> AsyncIterator[Sequence[TurnEvent]]:
        """Until the end, or for `quiet_s` seconds without news. Raises `Lost`."""
        while True:
            if self.last_seq > after:
                batch = self.events[bisect_right(self.events, after, key=attrgetter("seq")) :]
                after = batch[-1].seq
                yield batch
            elif self.ended:
                return
            elif self.closed:
                raise Lost
            elif not await self._news(quiet_s):
                return

    def _wake(self) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        self.waiting.clear()

    async def _news(self, within_s: float | None) -> bool:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.add(future)
        try:
            async with asyncio.timeout(within_s):
                await future
        except TimeoutError:
            return False
        finally:
            self.waiting.discard(future)
        return True


class MemoryLog:
    """The log of a single process. All calls come from one event loop."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self.entries: dict[str, Entry] = {}
        self._kept_s = kept_s

    def open(self, turn_id: str, epoch: int = 0) -> None:
        self.entries.setdefault(turn_id, Entry())

    def append(self, turn_id: str, event: TurnEvent) -> None:
        entry = self.entries.get(turn_id)
        if entry is None or entry.ended:
            return
        if event.seq != entry.last_seq + 1:
            raise ValueError(f"event {event.seq} cannot follow event {entry.last_seq}")
        entry.add(event)
        if event.is_terminal:
            asyncio.get_running_loop().call_later(self._kept_s, self.forget, turn_id)

    def forget(self, turn_id: str) -> None:
        if entry := self.entries.pop(turn_id, None):
            entry.close()

    async def read(self, turn_id: str) -> Sequence[TurnEvent] | None:
        entry = self.entries.get(turn_id)
        return None if entry is None else entry.whole

    async def follow(self, turn_id: str, after: int = 0) -> AsyncIterator[Sequence[TurnEvent]]:
        if entry := self.entries.get(turn_id):
            async for batch in entry.follow(after):
                yield batch

    async def take_over(self, turn_id: str, epoch: int) -> Sequence[TurnEvent] | None:
        return await self.read(turn_id)

    async def conclude(self, turn_id: str, epoch: int, events: Sequence[TurnEvent]) -> None:
        """Whoever follows the log is let go, and finds the end in the database."""
        self.forget(turn_id)

    async def add_after_end(self, turn_id: str, epoch: int, event: TurnEvent) -> None:
        entry = self.entries.get(turn_id)
        if entry and entry.last_seq + 1 == event.seq:
            entry.add(event)

    async def remove(self, turn_ids: Sequence[str]) -> None:
        for turn_id in turn_ids:
            self.forget(turn_id)

    async def flush(self, timeout_s: float) -> None:
        pass

    def size(self) -> tuple[int, int]:
        entries = list(self.entries.values())
        return len(entries), sum(len(entry.events) for entry in entries)


def _chosen() -> Log:
    if not settings.REDIS_URL:
        return MemoryLog()
    from chat.turns.redis_log import RedisLog  # it builds on this module

    return RedisLog(settings.REDIS_URL)


log: Log = _chosen()
"""The log of this process, and with Redis of all."""
