"""What every process does from its start to its end, whether or not anybody is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from django.conf import settings

from chat.conversations import retention
from chat.conversations.deletion import remove_for_ever
from chat.turns.doorbell import listen
from chat.turns.guard import guard
from chat.turns.sweep import sweep_for_ever
from chat.turns.unpaid import settle_for_ever

logger = logging.getLogger(__name__)

BEGUN_AGAIN_S = 5.0

_tasks: set[asyncio.Task[None]] = set()


def start() -> None:
    """In the running loop: sweep, settle, remove what was deleted, and with Redis listen to the
    bells of other processes."""
    _keep("sweeper", sweep_for_ever)
    _keep("settler", settle_for_ever)
    _keep("remover", remove_for_ever)
    if settings.RETENTION_DAYS:
        _keep("retention", retention.keep_to_it_for_ever)
    if settings.METRICS_ADDRESS:
        from chat.metrics import endpoint  # a tenth of a second of imports

        endpoint.start()
        _keep("loop watch", endpoint.watch_the_loop)
    if settings.REDIS_URL:
        _keep("doorbells", partial(listen, guard.look_soon))


def _keep(name: str, duty: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.create_task(_for_ever(name, duty), name=name)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _for_ever(name: str, duty: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await duty()
        except Exception:  # whatever broke, without it turns would stay live and bills open
            logger.exception("the %s broke", name)
        await asyncio.sleep(BEGUN_AGAIN_S)
