"""What every process does from its start to its end, whether or not anybody is there."""

import asyncio
import logging

from django.conf import settings

from chat import retention
from chat.deletion import remove_for_ever
from chat.turns.doorbell import listen
from chat.turns.guard import guard
from chat.turns.sweep import sweep_for_ever
from chat.turns.unpaid import settle_for_ever

logger = logging.getLogger(__name__)

_tasks: set[asyncio.Task[None]] = set()


def start() -> None:
    """In the running loop: sweep, settle, remove what was deleted, and with Redis listen to the
    bells of other processes."""
    _keep(asyncio.create_task(sweep_for_ever(), name="sweeper"))
    _keep(asyncio.create_task(settle_for_ever(), name="settler"))
    _keep(asyncio.create_task(remove_for_ever(), name="remover"))
    if settings.RETENTION_DAYS:
        _keep(asyncio.create_task(retention.keep_to_it_for_ever(), name="retention"))
    if settings.METRICS_ADDRESS:
        from chat.metrics import endpoint  # a tenth of a second of imports

        endpoint.start()
        _keep(asyncio.create_task(endpoint.watch_the_loop(), name="loop watch"))
    if settings.REDIS_URL:
        _keep(asyncio.create_task(listen(guard.look_soon), name="doorbells"))


def _keep(task: asyncio.Task[None]) -> None:
    _tasks.add(task)
    task.add_done_callback(_look_at)


def _look_at(task: asyncio.Task[None]) -> None:
    """It should not end; without it the process still serves, so it is only told."""
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("the %s ended", task.get_name(), exc_info=error)
