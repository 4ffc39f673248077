"""The end of a process: no new turns, time for the running ones, and nothing lost of the rest."""

import asyncio
import contextlib
import logging

from chat.turns.events import TurnEventType
from chat.turns.learn import stop_learning
from chat.turns.log import log
from chat.turns.play import players

logger = logging.getLogger(__name__)

BEGINNING_S = 0.2
"""For turns that were being stored when the drain began."""

LAST_FRAMES_S = 0.5
"""For viewers to be told the end."""

LAST_WORDS_S = 2.0
"""For the turns that were interrupted to be kept, and again for the log to reach Redis."""


class _Draining:
    is_on = False


def is_draining() -> bool:
    """Whether this process takes no more turns."""
    return _Draining.is_on


async def drain(within_s: float) -> None:
    """Let the turns played here end for so many seconds; interrupt the rest, with text and cost.

    It may be called again, with less patience.
    """
    _Draining.is_on = True
    await asyncio.sleep(BEGINNING_S)
    logger.info("draining: %d turns have %s s to end", len(players), within_s)
    await _ended(within_s)
    for player in list(players.values()):
        player.stop(TurnEventType.INTERRUPTED)
    await _ended(LAST_WORDS_S)
    await stop_learning()
    await log.flush(LAST_WORDS_S)
    await asyncio.sleep(LAST_FRAMES_S)


async def _ended(within_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while running := [player.task for player in players.values()]:
                await asyncio.wait(running)
