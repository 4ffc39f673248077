"""The end of a process: no new turns, time for the running ones, and nothing lost of the rest."""

import asyncio
import logging
import time
from collections.abc import Coroutine

from chat.traces import tracer
from chat.turns.events import TurnEventType
from chat.turns.learn import stop_learning
from chat.turns.log import log
from chat.turns.play import players

logger = logging.getLogger(__name__)

BEGINNING_S = 0.2
"""For turns that were being stored when the drain began."""

LAST_FRAMES_S = 0.5
"""For viewers to be told the end, and a collector of traces the rest."""

EXIT_S = 1.0
"""For the process to end then. With `DRAIN_SECONDS` all of these stay below 30 seconds, after which
orchestrators kill."""

LAST_WORDS_S = 2.5
"""For the turns that were interrupted and for lessons to be kept, and the log to reach Redis; all
together, whatever of it hangs."""


class _Draining:
    is_on = False


def is_draining() -> bool:
    """Whether this process takes no more turns."""
    return _Draining.is_on


async def drain(within_s: float) -> None:
    """Let the turns played here end for so many seconds; interrupt the rest, with text and cost.

    It returns `LAST_WORDS_S` and `LAST_FRAMES_S` later at the latest. It may be called again, with
    less patience.
    """
    _Draining.is_on = True
    begun = time.monotonic()
    await asyncio.sleep(BEGINNING_S)
    logger.info("draining: %d turns have %s s to end", len(players), within_s)
    await _at_most(begun + within_s - time.monotonic(), _all_ended())
    for player in list(players.values()):
        player.stop(TurnEventType.INTERRUPTED)
    if not await _at_most(LAST_WORDS_S, _last_words()):
        logger.warning("not everything could be kept: others will sweep what is left")
    await asyncio.gather(asyncio.sleep(LAST_FRAMES_S), tracer.flush(LAST_FRAMES_S))


async def _last_words() -> None:
    await _all_ended()
    await stop_learning()
    await log.flush(LAST_WORDS_S)


async def _all_ended() -> None:
    while running := [player.task for player in players.values()]:
        await asyncio.wait(running)


async def _at_most(seconds: float, done: Coroutine[None, None, None]) -> bool:
    """Whether it was done by then. It is not waited for any longer, not even for its end."""
    task = asyncio.create_task(done, name="drain")
    try:
        await asyncio.wait([task], timeout=max(0.0, seconds))
        return task.done() and task.result() is None
    finally:
        task.cancel()
