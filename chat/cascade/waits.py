"""Every wait of a turn goes through here, so that timers and a stop end it by the same mechanism.

The turn's clock stands still while the consumer holds an event: a slow reader neither runs into the
provider's timers nor shows up in its latency figures.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The turn was stopped while it waited, or before it began to."""


class Clock:
    """Seconds of the engine's own time since the turn began; it begins at the first `resume`."""

    def __init__(self) -> None:
        self._origin = 0.0  # on the event loop's clock, moved on by every pause
        self._paused_at: float | None = None

    def now(self) -> float:
        return asyncio.get_running_loop().time() - self._origin

    def now_ms(self) -> int:
        return round(self.now() * 1000)

    def on_loop(self, moment: float) -> float:
        """A moment of this clock as the event loop's time, while it is running."""
        return moment + self._origin

    def resume(self) -> None:
        now = asyncio.get_running_loop().time()
        self._origin += now - (self._paused_at or 0.0)

    def pause(self) -> None:
        self._paused_at = asyncio.get_running_loop().time()


class Waits:
    """One turn's waits: at most one at a time, ended by a result, a deadline or a stop."""

    def __init__(self, clock: Clock) -> None:
        self.stopped = False
        self._clock = clock
        self._timer: asyncio.Timeout | None = None

    def stop(self) -> None:
        """End the wait that is under way, and every later one. From the same loop only."""
        self.stopped = True
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(asyncio.get_running_loop().time())

    async def next(self, items: AsyncGenerator[T, None], deadline: float) -> T | None:
        """The next item, or None at the end. Raises Stopped, or TimeoutError past the deadline."""
        if self.stopped:
            raise Stopped
        self._timer = timer = asyncio.timeout_at(self._clock.on_loop(deadline))
        try:
            async with timer:
                return await anext(items, None)
        except TimeoutError:
            if self.stopped:
                raise Stopped from None
            raise
        finally:
            self._timer = None

    async def sleep(self, seconds: float) -> None:
        """Raises Stopped."""
        if self.stopped:
            raise Stopped
        self._timer = timer = asyncio.timeout(seconds)
        try:
            async with timer:
                await asyncio.Event().wait()
        except TimeoutError:
            if self.stopped:
                raise Stopped from None
        finally:
            self._timer = None
