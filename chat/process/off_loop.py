"""What would hold the event loop up, beside it."""

import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

querying = ThreadPoolExecutor(thread_name_prefix="query")
"""Their own threads: while the database is away each of them waits for it, and what needs none, as
pieces of an answer that are rendered and drafts that are judged, must not wait behind them."""


def off_loop(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Awaited, it runs in one of the threads for queries, and leaves no connection behind there.

    By default all sockets of a process share one such thread, and a slow query of one reader
    stalls every other. It sees the caller's context, as their language, and changes nothing in it:
    asgiref would bring back what each thread knows of its connections, for every task to keep.
    """
    return sync_to_async(
        _leaving_nothing(function),
        thread_sensitive=False,
        executor=querying,
        context=copy_context(),
    )


def begin_off_loop(function: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> None:
    """In one of the threads for queries as well, from code that does not wait for its end."""
    querying.submit(_leaving_nothing(function), *arguments, **named).add_done_callback(_log_error)


def _leaving_nothing(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def in_thread(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        finally:
            close_old_connections()

    return in_thread


def _log_error(ended: Future[object]) -> None:
    if error := ended.exception():
        logger.error("what was begun beside the loop broke", exc_info=error)


async def beside_loop(work: Callable[[], R]) -> R:
    """Work that needs no database, in the reader's language: `asyncio.to_thread` loses that."""
    return await sync_to_async(work, thread_sensitive=False)()
