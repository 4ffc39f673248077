"""What a process does while turns are played or watched in it: it looks at the live turns.

One query, twice a second, for what may have come from elsewhere: a Stop, an answer to a tool that
asks, the loss of a turn, a turn begun for a conversation that is watched here, an answer of a user
that has begun or ended, whose list shows it. Doorbells only make it look sooner, so lost ones cost
half a second. It also renews the leases of the turns played here.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db.models import QuerySet

from chat.models import IS_LIVE, Turn
from chat.models.prepared import prepared
from chat.process.off_loop import off_loop
from chat.turns import doorbell, lease
from chat.turns.events import TurnEventType
from chat.turns.play import players

logger = logging.getLogger(__name__)

LOOK_S = 0.5

LiveTurn = tuple[UUID, UUID, str, bool, dict[str, bool], int]
"""Turn, conversation, lease owner, stop requested, answers to what tools have asked, user."""


class Guard:
    """One for each process."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._bell = asyncio.Event()
        self._renewed = 0.0
        self._seen: set[tuple[int, UUID]] = set()

    def wake(self) -> None:
        """Someone plays or watches here now. Looks for as long as that is so."""
        if self._task is None or self._task.done():
            self._bell = asyncio.Event()
            self._renewed = time.monotonic()
            self._task = asyncio.create_task(self._run(), name="guard")

    def told(self, user_id: int, live: Iterable[UUID]) -> None:
        """A list was told that these are live: it is rung at their end, also where none of them
        lasts until the next look."""
        self._seen |= {(user_id, turn_id) for turn_id in live}

    def look_soon(self) -> None:
        self._bell.set()

    async def _run(self) -> None:
        while players or doorbell.is_answered():
            self._bell.clear()
            try:
                await self._look()
            except DatabaseError as error:
                logger.warning("live turns were not looked at: %s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._bell.wait()

    async def _look(self) -> None:
        played = dict(players)
        if played and time.monotonic() - self._renewed > lease.RENEW_S:
            await off_loop(lease.renew)(list(played))
            self._renewed = time.monotonic()
        live = await off_loop(_live)()
        mine = {str(turn[0]): turn for turn in live if turn[2] == lease.owner()}
        for turn_id, player in played.items():
            if turn_id not in mine:
                player.stop(TurnEventType.INTERRUPTED)
                continue
            *_, is_stopped, answers, _ = mine[turn_id]
            for call_id, allowed in answers.items():
                player.questions.answer(call_id, allowed=allowed)
            if is_stopped:
                player.stop()
        for live_id, conversation_id, *_ in live:
            if str(live_id) not in played:
                doorbell.ring_here(conversation_id)
        self._ring_lists(live)

    def _ring_lists(self, live: list[LiveTurn]) -> None:
        seen = {(user_id, turn_id) for turn_id, *_, user_id in live}
        for user_id in {user_id for user_id, _ in seen ^ self._seen}:
            doorbell.ring_here(doorbell.list_of(user_id))
        self._seen = seen


@prepared
def _live() -> QuerySet[Turn, Any]:
    """As `LiveTurn` has them."""
    fields = (
        "id",
        "conversation_id",
        "lease_owner",
        "stop_requested",
        "answers",
        "conversation__user_id",
    )
    return Turn.objects.filter(IS_LIVE).order_by().values_list(*fields)


guard = Guard()
"""The guard of this process."""
