"""Every wait of a turn goes through here, so that timers and a stop end it by the same mechanism.

The turn's clock stands still while the consumer holds an event: a slow reader neither runs into the
provider's timers nor shows up in its latency figures.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The turn was stopped while it waited, or before it began to."""


class Clock:
    """Seconds of the engine's own time since the turn began; it begins at the first `resume`."""

    def __init__(self) -> None:
        self._time: Callable[[], float] = time.monotonic  # until the loop is known
        self._origin = 0.0  # on the event loop's clock, moved on by every pause
        self._paused_at: float | None = None

    def now(self) -> float:
        return self._time() - self._origin

    def now_ms(self) -> int:
        return round(self.now() * 1000)

    def on_loop(self, moment: float) -> float:
        """A moment of this clock as the event loop's time, while it is running."""
        return moment + self._origin

    def resume(self) -> None:
        if self._paused_at is None:
            self._time = asyncio.get_running_loop().time
            self._paused_at = 0.0
        self._origin += self._time() - self._paused_at

    def pause(self) -> None:
        self._paused_at = self._time()


class Waits:
    """One turn's waits: at most one at a time, ended by a result, a deadline or a stop.

    A deadline that moves with every delta would cost a timer handle each. One handle serves them
    all: when it fires too early, because the deadline has moved on, it is set again.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.stopped = False
        self._wait: asyncio.Timeout | None = None
        self._deadline = 0.0  # on the loop's clock
        self._alarm: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """End the wait that is under way, and every later one. From the same loop only."""
        self.stopped = True
        self._end_wait()

    async def until(self, deadline: float, begin: Callable[[], Awaitable[T]]) -> T:
        """What `begin` gives, awaited; a turn that was stopped begins nothing.

        Raises Stopped, or TimeoutError when the clock passes the deadline first."""
        if self.stopped:
            raise Stopped
        self._deadline = self.clock.on_loop(deadline)
        if self._alarm is None or self._alarm.when() > self._deadline:
            self._set_alarm()
        self._wait = wait = asyncio.timeout(None)
        try:
            async with wait:
                return await begin()
        except TimeoutError:
            if self.stopped:
                raise Stopped from None
            raise
        finally:
            self._wait = None

    async def sleep(self, seconds: float) -> None:
        """Raises Stopped."""
        with suppress(TimeoutError):
            await self.until(self.clock.now() + seconds, asyncio.get_running_loop().create_future)

    def rest(self) -> None:
        """No wait follows soon: let go of the event loop."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _set_alarm(self) -> None:
        self.rest()
        self._alarm = asyncio.get_running_loop().call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._wait is None:
            return
        if asyncio.get_running_loop().time() < self._deadline:
            self._set_alarm()
        else:
            self._end_wait()

    def _end_wait(self) -> None:
        if self._wait is not None and not self._wait.expired():
            self._wait.reschedule(asyncio.get_running_loop().time())


LONG = 20_000
"""Characters of a text that is worked on beside the loop, as it takes milliseconds."""


async def beside_if_long(characters: int, work: Callable[[], T]) -> T:
    """What this work over about so many characters comes to."""
    return await asyncio.to_thread(work) if characters > LONG else work()
