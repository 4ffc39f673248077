"""A process from its start to its end: its duties, and what it does when it is told to go."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import threading
from collections.abc import Callable

from django.conf import settings

from chat.cascade.providers.transport import close_clients
from chat.turns import duties
from chat.turns.drain import EXIT_S, drain

logger = logging.getLogger(__name__)

_M_ARENA_MAX = -8
"""As in malloc.h."""


class Process:
    """SIGTERM drains; Ctrl+C, and a second signal, give running turns no time. Then `stop`."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._ending: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """In the running loop."""
        _share_heaps()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end, settings.DRAIN_SECONDS)
        loop.add_signal_handler(signal.SIGINT, self._end, 0)
        duties.start()

    def _end(self, within_s: float) -> None:
        if self._ending is not None:
            self._ending.cancel()
            within_s = 0
        self._ending = asyncio.create_task(self._drain_and_stop(within_s), name="drain")

    async def _drain_and_stop(self, within_s: float) -> None:
        try:
            await drain(within_s)
        except Exception:  # whatever breaks, the process ends
            logger.exception("the drain broke")
        _exit_soon()
        await close_clients()
        self._stop()


def _share_heaps() -> None:
    """glibc gives every thread a heap of its own, and what was freed in one serves no other: after
    some long answers each of the threads that query holds megabytes."""
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, 2)


def _exit_soon() -> None:
    """Python would wait for its threads, and those may wait for a database that is away."""
    exit_at = threading.Timer(EXIT_S, os._exit, [0])
    exit_at.daemon = True
    exit_at.start()
