"""Daphne, with a beginning and an end: it tells applications of neither.

On SIGTERM it would cancel every socket at once and wait for no task. Here the process first drains
(`chat.turns.drain`), while its sockets go on; then they are dropped without a word, which browsers
see as 1006 and answer by connecting again.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable

from daphne.cli import CommandLineInterface  # first: it chooses the reactor
from django.conf import settings
from twisted.internet import reactor

from chat.turns import duties
from chat.turns.drain import EXIT_S, drain

logger = logging.getLogger(__name__)

LARGEST_FRAME = 8 * 1024 * 1024
"""Bytes. The server has one limit for both directions, and a snapshot of a long answer is long;
what may come in is a matter of `chat.frames`."""


def serve(host: str, port: int, *, listening: Callable[[], None]) -> None:
    """Until a signal. `listening` is called once it does."""
    reactor.callWhenRunning(reactor.callLater, 0, _Process().begin, listening)
    CommandLineInterface().run(
        [
            *("-b", host, "-p", str(port), "-v", "0", "--no-server-name"),
            *("--websocket-max-message-size", str(LARGEST_FRAME)),
            *("--websocket-max-frame-size", str(LARGEST_FRAME)),
            "cascadeweb.asgi:application",
        ]
    )


class _Process:
    """SIGTERM drains; Ctrl+C, and a second signal, give running turns no time."""

    def __init__(self) -> None:
        self._ending: asyncio.Task[None] | None = None

    def begin(self, listening: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end, settings.DRAIN_SECONDS)
        loop.add_signal_handler(signal.SIGINT, self._end, 0)
        duties.start()
        listening()

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
        reactor.stop()  # type: ignore[misc]  # the stubs take the module for a class


def _exit_soon() -> None:
    """Python would wait for its threads, and those may wait for a database that is away."""
    exit_at = threading.Timer(EXIT_S, os._exit, [0])
    exit_at.daemon = True
    exit_at.start()
