"""The database, beside the event loop."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")


def off_loop(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Awaited, it runs in a thread of the pool, and leaves no connection behind there.

    By default all sockets of a process share one such thread, and a slow query of one reader
    stalls every other.
    """
    return database_sync_to_async(function, thread_sensitive=False)
