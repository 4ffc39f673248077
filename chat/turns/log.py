"""The numbered events of a turn, appended by its player and read by any number of viewers.

One delivery path: a viewer reads the log from its own cursor and is only *woken*, so nothing is
lost, doubled or reordered, however often it disconnects. This log lives in the process; the
protocol is what another log must keep.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from chat.turns.events import TurnEvent

KEPT_S = 60.0
"""How long a log outlives its turn's end, for viewers that are a little behind; later ones are
served from the database."""


class Log(Protocol):
    """Keyed by turn id. `seq` of the first event is 1, and there are no gaps."""

    def open(self, turn_id: str) -> None:
        """Begin a turn's log, so that viewers who come before its first event wait for it."""

    def append(self, turn_id: str, event: TurnEvent) -> None:
        """Add the next event. After the terminal one, events are ignored."""

    def forget(self, turn_id: str) -> None:
        """Drop a log; who still follows it is not disturbed."""

    def read(self, turn_id: str) -> Sequence[TurnEvent] | None:
        """Its events so far; None where there is no such log (any more). From any thread."""

    def follow(self, turn_id: str, after: int = 0) -> AsyncIterator[Sequence[TurnEvent]]:
        """All events after the cursor, in batches as they come, until the terminal one."""


class _Entry:
    __slots__ = ("events", "waiting")

    def __init__(self) -> None:
        self.events: list[TurnEvent] = []
        self.waiting: set[asyncio.Future[None]] = set()

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1].is_terminal


class MemoryLog:
    """The log of a single process. All calls but `read` come from one event loop."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._entries: dict[str, _Entry] = {}
        self._kept_s = kept_s

    def open(self, turn_id: str) -> None:
        self._entries.setdefault(turn_id, _Entry())

    def append(self, turn_id: str, event: TurnEvent) -> None:
        entry = self._entries[turn_id]
        if entry.ended:
            return
        if event.seq != len(entry.events) + 1:
            raise ValueError(f"event {event.seq} cannot follow event {len(entry.events)}")
        entry.events.append(event)
        for future in entry.waiting:
            if not future.done():
                future.set_result(None)
        entry.waiting.clear()
        if event.is_terminal:
            asyncio.get_running_loop().call_later(self._kept_s, self.forget, turn_id)

    def forget(self, turn_id: str) -> None:
        self._entries.pop(turn_id, None)

    def read(self, turn_id: str) -> Sequence[TurnEvent] | None:
        entry = self._entries.get(turn_id)
        return None if entry is None else entry.events[:]

    async def follow(self, turn_id: str, after: int = 0) -> AsyncIterator[Sequence[TurnEvent]]:
        entry = self._entries.get(turn_id)
        while entry is not None:
            if len(entry.events) > after:
                batch = entry.events[after:]
                after += len(batch)
                yield batch
            elif entry.ended:
                return
            else:
                await self._news(entry)

    @staticmethod
    async def _news(entry: _Entry) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry.waiting.add(future)
        try:
            await future
        finally:
            entry.waiting.discard(future)


log: Log = MemoryLog()
"""The log of this process."""
