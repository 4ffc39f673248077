"""What a turn that has ended teaches: which drafts are kept, and of a few if that was right."""

import asyncio
import logging

from django.db import Error as DatabaseError

from chat.agents import Cast
from chat.learning.calibrations import count_decision
from chat.models import Turn
from chat.off_loop import off_loop
from chat.turns.shadow import Messages, shadow
from chat.turns.state import TurnState

logger = logging.getLogger(__name__)

_lessons: set[asyncio.Task[None]] = set()


def learn(turn: Turn, state: TurnState, cast: Cast, before: Messages) -> None:
    """In a task of its own: nobody waits for it."""
    lesson = asyncio.create_task(_learn(turn, state, cast, before), name=f"lesson of {turn.id}")
    _lessons.add(lesson)
    lesson.add_done_callback(_lessons.discard)


async def stop_learning() -> None:
    """End the lessons under way; what they have cost is kept."""
    lessons = list(_lessons)
    for lesson in lessons:
        lesson.cancel()
    await asyncio.gather(*lessons, return_exceptions=True)


async def _learn(turn: Turn, state: TurnState, cast: Cast, before: Messages) -> None:
    try:
        await off_loop(_count)(state)
        await shadow(turn, state, cast, before)
    except DatabaseError as error:
        logger.warning("turn %s taught nothing: %s", turn.id, type(error).__name__)


def _count(state: TurnState) -> None:
    for attempt in state.attempts:
        if attempt.decision is not None:
            accepted = attempt.decision["accepted"]
            count_decision(
                attempt.model, state.models[-1], attempt.decision["kind"], accepted=accepted
            )
