"""The database, beside the event loop."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")


def off_loop(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Awaited, it runs in a thread of the pool, and leaves no connection behind there.

    By default all sockets of a process share one such thread, and a slow query of one reader
    stalls every other.
    """

    @wraps(function)
    def in_thread(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        finally:
            close_old_connections()

    return sync_to_async(in_thread, thread_sensitive=False)
