"""The doorbell: "look again", at a place that has news. It carries no content and may be lost or
doubled. Places are conversations, by their ids; a user's list of them; and a user's rights.

In this process it is a call; to others, of which there are none without Redis, it goes through
Channels' layer, where each process listens on one channel of its own. A socket has none: a layer
that fails would take the socket with it.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4, uuid5

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger(__name__)

GROUP = "doorbells"
PATIENCE_S = 2.0
JOIN_AGAIN_S = 3600.0
"""A member of a group is forgotten after a day."""

HERE = uuid4().hex
"""By which a process knows what it rang itself."""

_LISTS = UUID("0a3c9d0e-58c5-4c31-9e63-6f7b6b8b2f14")
_RIGHTS = UUID("5d1f0c56-0a53-4b7e-8a39-1c51f8f7c0d2")

Bell = Callable[[], None]

_bells: dict[UUID, set[Bell]] = {}
_all: set[Bell] = set()
_ringing: set[asyncio.Task[None]] = set()
_loop: asyncio.AbstractEventLoop | None = None
"""The one that bells hang in."""


@contextmanager
def answered(place: UUID, bell: Bell) -> Iterator[None]:
    """While it is held, `bell` is called when there is news at the place."""
    hang(place, bell)
    try:
        yield
    finally:
        take_down(place, bell)


def hang(place: UUID, bell: Bell) -> None:
    _live_here()
    _bells.setdefault(place, set()).add(bell)


def take_down(place: UUID, bell: Bell) -> None:
    _bells[place].discard(bell)
    if not _bells[place]:
        del _bells[place]


def _live_here() -> None:
    global _loop
    _loop = asyncio.get_running_loop()


def list_of(user_id: int) -> UUID:
    """What is rung when a user's list has news, as a conversation is by its id."""
    return uuid5(_LISTS, str(user_id))


def rights_of(user_id: int) -> UUID:
    """What is rung when something a user might do may have been taken away."""
    return uuid5(_RIGHTS, str(user_id))


async def ring_list(user_id: int) -> None:
    await ring(list_of(user_id))


@contextmanager
def every_one_answered(bell: Bell) -> Iterator[None]:
    """While it is held, `bell` is called for any conversation that is rung here or elsewhere."""
    _all.add(bell)
    try:
        yield
    finally:
        _all.discard(bell)


def is_answered() -> bool:
    """Whether anybody in this process listens to any conversation."""
    return bool(_bells)


def ring_here(conversation_id: UUID) -> None:
    for bell in (*_bells.get(conversation_id, ()), *_all):
        bell()


async def ring(conversation_id: UUID) -> None:
    """Waits for no other process: a layer that hangs keeps no reader waiting."""
    _ring(conversation_id)


def ring_soon(place: UUID) -> None:
    """From synchronous code, in whatever thread; also from a command, which has no loop."""
    if _loop is not None and not _loop.is_closed():
        _loop.call_soon_threadsafe(_ring, place)
    elif settings.REDIS_URL:
        async_to_sync(_ring_elsewhere)(place)


def _ring(place: UUID) -> None:
    ring_here(place)
    if not settings.REDIS_URL:
        return
    task = asyncio.get_running_loop().create_task(_ring_elsewhere(place), name="doorbell")
    _ringing.add(task)
    task.add_done_callback(_ringing.discard)


async def _ring_elsewhere(conversation_id: UUID) -> None:
    layer = get_channel_layer()
    assert layer is not None, "settings name a channel layer"
    message = {"type": "doorbell", "conversation": str(conversation_id), "from": HERE}
    try:
        async with asyncio.timeout(PATIENCE_S):
            try:
                await layer.group_send(GROUP, message)
            except _away():  # its connection may be older than an outage that is over
                await layer.group_send(GROUP, message)
    except _away() as error:
        logger.warning("a doorbell was lost: %s", type(error).__name__)


def _away() -> tuple[type[Exception], ...]:
    """What is raised where the others cannot be reached. Redis's client takes 7 MiB, which a
    process alone can do without."""
    if not settings.REDIS_URL:
        return (OSError,)
    from redis.exceptions import RedisError

    return OSError, RedisError


async def listen(news: Bell) -> None:
    """Ring here what is rung elsewhere, for ever; `news` is called for each."""
    _live_here()
    failures = 0
    while True:
        try:
            await _listen(news)
            failures = 0
        except _away() as error:
            if not failures:
                failure = type(error).__name__
                logger.warning("no doorbells from other processes by REDIS_URL: %s", failure)
            failures += 1
            longest_s = min(5.0, 0.2 * 2 ** min(failures, 10))
            await asyncio.sleep(random.uniform(0.1, longest_s))


async def _listen(news: Bell) -> None:
    layer = get_channel_layer()
    assert layer is not None, "settings name a channel layer"
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    try:
        async with asyncio.timeout(JOIN_AGAIN_S) as patience:
            while True:
                message = await layer.receive(channel)
                if message.get("from") == HERE:
                    continue
                ring_here(UUID(message["conversation"]))
                news()
    except TimeoutError:
        if not patience.expired():
            raise
    finally:
        await layer.group_discard(GROUP, channel)
