"""Daphne, with a beginning and an end: it tells applications of neither.

On SIGTERM it would cancel every socket at once and wait for no task. Here the process first drains
(`chat.turns.drain`), while its sockets go on; then they are dropped without a word, which browsers
see as 1006 and answer by connecting again.
"""

from collections.abc import Callable

from twisted.internet import asyncioreactor

from chat.process.event_loop import new_event_loop

asyncioreactor.install(new_event_loop())  # type: ignore[no-untyped-call]  # before Daphne does

from daphne.cli import CommandLineInterface  # noqa: E402
from twisted.internet import reactor  # noqa: E402

from chat.process.life import Process  # noqa: E402

LARGEST_FRAME = 8 * 1024 * 1024
"""Bytes. The server has one limit for both directions, and a snapshot of a long answer is long;
what may come in is a matter of `chat.consumers.frames`."""


def serve(host: str, port: int, *, listening: Callable[[], None]) -> None:
    """Until a signal. `listening` is called once it does."""
    reactor.callWhenRunning(reactor.callLater, 0, _begin, listening)
    CommandLineInterface().run(
        [
            *("-b", host, "-p", str(port), "-v", "0", "--no-server-name"),
            *("--websocket-max-message-size", str(LARGEST_FRAME)),
            *("--websocket-max-frame-size", str(LARGEST_FRAME)),
            "cascadeweb.asgi:application",
        ]
    )


def _begin(listening: Callable[[], None]) -> None:
    Process(reactor.stop).begin()  # type: ignore[misc]  # the stubs take the module for a class
    listening()
