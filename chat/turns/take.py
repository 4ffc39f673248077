"""Taking turns that web processes began: what a process does that plays and serves nobody."""

import asyncio
import contextlib
import logging

from django.db import Error as DatabaseError

from chat.models import Turn
from chat.process.off_loop import off_loop
from chat.turns import doorbell, lease
from chat.turns.drain import is_draining
from chat.turns.guard import guard
from chat.turns.play import play, players

logger = logging.getLogger(__name__)

LOOK_S = 0.25
"""Between two looks where no doorbell is heard."""


async def take_for_ever(at_most: int) -> None:
    """Play what waits, so many turns at a time, until the process drains."""
    bell = asyncio.Event()
    with doorbell.every_one_answered(bell.set):
        while not is_draining():
            bell.clear()
            try:
                await _take(at_most - len(players))
            except DatabaseError as error:
                logger.warning("no turns were taken: %s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await bell.wait()


async def _take(room: int) -> None:
    for turn in await off_loop(_claimed)(max(0, room)):
        play(turn)
        guard.wake()


def _claimed(room: int) -> list[Turn]:
    """Those that were claimed before the database failed are to be played."""
    claimed = []
    for turn in lease.waiting().select_related("conversation", "cascade")[:room]:
        try:
            if lease.claim(turn):
                claimed.append(turn)
        except DatabaseError as error:
            logger.warning("turn %s was not taken: %s", turn.id, type(error).__name__)
            break
    return claimed
