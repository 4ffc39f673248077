"""What turns teach: which drafts are kept, of a few if that was right, which are asked again; and
what a conversation is called."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from django.db import Error as DatabaseError

from chat.agents import Cast
from chat.learning.calibrations import count_decision
from chat.learning.labels import asked_again, reworded
from chat.models import Turn
from chat.process.off_loop import off_loop
from chat.turns.beside import Messages
from chat.turns.shadow import shadow
from chat.turns.state import TurnState
from chat.turns.title import improve_title

logger = logging.getLogger(__name__)

Lesson = Callable[[], Awaitable[None]]

_lessons: set[asyncio.Task[None]] = set()


def learn(turn: Turn, state: TurnState, cast: Cast, before: Messages) -> None:
    """Of a turn that has ended."""
    _begin(turn, partial(_learn, turn, state, cast, before))


def learn_of_doubt(turn: Turn) -> None:
    """Of a turn whose reader asked for another answer."""
    _begin(turn, partial(off_loop(asked_again), turn))


def _begin(turn: Turn, lesson: Lesson) -> None:
    """In a task of its own: nobody waits for it, and it may be ended before it begins."""
    task = asyncio.create_task(_learnt(turn, lesson), name=f"lesson of {turn.id}")
    _lessons.add(task)
    task.add_done_callback(_lessons.discard)


async def stop_learning() -> None:
    """End the lessons under way; what they have cost is kept."""
    lessons = list(_lessons)
    for lesson in lessons:
        lesson.cancel()
    await asyncio.gather(*lessons, return_exceptions=True)


async def _learnt(turn: Turn, lesson: Lesson) -> None:
    try:
        await lesson()
    except DatabaseError as error:
        logger.warning("turn %s taught nothing: %s", turn.id, type(error).__name__)


async def _learn(turn: Turn, state: TurnState, cast: Cast, before: Messages) -> None:
    await off_loop(_note)(turn, state)
    await improve_title(turn, state, cast)
    await shadow(turn, state, cast, before)


def _note(turn: Turn, state: TurnState) -> None:
    """What is known without asking anybody."""
    for attempt in state.attempts:
        if attempt.decision is not None:
            accepted = attempt.decision["accepted"]
            count_decision(
                attempt.model, state.models[-1], attempt.decision["kind"], accepted=accepted
            )
    reworded(turn)
