"""The doorbell: "this conversation has news". It carries no content and may be lost or doubled.

In this process it is a call; to others it goes through Channels' layer, where each process listens
on one channel of its own. A socket has none: a layer that fails would take the socket with it.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

GROUP = "doorbells"
PATIENCE_S = 2.0
JOIN_AGAIN_S = 3600.0
"""A member of a group is forgotten after a day."""

Bell = Callable[[], None]

_bells: dict[UUID, set[Bell]] = {}
_ringing: set[asyncio.Task[None]] = set()


@contextmanager
def answered(conversation_id: UUID, bell: Bell) -> Iterator[None]:
    """While it is held, `bell` is called when the conversation has news."""
    _bells.setdefault(conversation_id, set()).add(bell)
    try:
        yield
    finally:
        _bells[conversation_id].discard(bell)
        if not _bells[conversation_id]:
            del _bells[conversation_id]


def is_answered() -> bool:
    """Whether anybody in this process listens to any conversation."""
    return bool(_bells)


def ring_here(conversation_id: UUID) -> None:
    for bell in list(_bells.get(conversation_id, ())):
        bell()


async def ring(conversation_id: UUID) -> None:
    """Waits for no other process: a layer that hangs keeps no reader waiting."""
    ring_here(conversation_id)
    task = asyncio.create_task(_ring_elsewhere(conversation_id), name="doorbell")
    _ringing.add(task)
    task.add_done_callback(_ringing.discard)


async def _ring_elsewhere(conversation_id: UUID) -> None:
    layer = get_channel_layer()
    assert layer is not None, "settings name a channel layer"
    message = {"type": "doorbell", "conversation": str(conversation_id)}
    try:
        async with asyncio.timeout(PATIENCE_S):
            await layer.group_send(GROUP, message)
    except (OSError, RedisError) as error:
        logger.warning("a doorbell was lost: %s", type(error).__name__)


async def listen(news: Bell) -> None:
    """Ring here what is rung elsewhere, for ever; `news` is called for each."""
    failures = 0
    while True:
        try:
            await _listen(news)
            failures = 0
        except (OSError, RedisError) as error:
            if not failures:
                logger.warning("no doorbells from other processes: %s", type(error).__name__)
            failures += 1
            await asyncio.sleep(random.uniform(0.1, min(5.0, 0.2 * 2**failures)))


async def _listen(news: Bell) -> None:
    layer = get_channel_layer()
    assert layer is not None, "settings name a channel layer"
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    try:
        async with asyncio.timeout(JOIN_AGAIN_S) as patience:
            while True:
                message = await layer.receive(channel)
                ring_here(UUID(message["conversation"]))
                news()
    except TimeoutError:
        if not patience.expired():
            raise
    finally:
        await layer.group_discard(GROUP, channel)
