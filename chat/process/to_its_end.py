"""Work that is done to its end, also where whoever asked for it has gone.

A view is cancelled with its connection: what it had begun would be left half done.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")

_under_way: set[asyncio.Task[Any]] = set()


async def to_its_end(work: Coroutine[Any, Any, R]) -> R:
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_has_ended)
    return await asyncio.shield(task)


def _has_ended(task: asyncio.Task[Any]) -> None:
    """Looks at what it raised, which nobody else may do any more."""
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()
