"""Keeping a turn that is played: its state goes to the database while it changes."""

import asyncio
import logging

from django.db import Error as DatabaseError

from chat.models import Attempt, Turn
from chat.process.off_loop import off_loop
from chat.turns.state import TurnState
from chat.turns.store import Writer, settle
from chat.turns.turnstile import Turnstile

logger = logging.getLogger(__name__)

SNAPSHOT_S = 1.0
"""The most text a killed process loses."""

END_AGAIN_S = (0.2, 1.0, 3.0, 5.0, 10.0, 10.0, 10.0, 20.0)
"""Waits after a write of a turn's end failed, as while SQLite is locked or PostgreSQL restarts."""

ending = Turnstile()
"""Of turns whose end is kept."""


class Keeper:
    """Writes a state that its player goes on changing; never an older one after a newer one."""

    def __init__(self, turn: Turn, state: TurnState) -> None:
        self.writer = Writer(turn)
        self._state = state
        self._writing = asyncio.Lock()
        self._end_is_kept = False
        self._timer: asyncio.TimerHandle | None = None
        self._snapshot: asyncio.Task[bool] | None = None
        self._is_behind = False
        self.is_gone = False
        """Whether the turn was deleted: then nobody else will tell its end."""

    def soon(self) -> None:
        """Keep what has changed by then, a second from now at the latest."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SNAPSHOT_S, self._take_snapshot)

    def at_once(self) -> None:
        """Where somebody elsewhere is to act on it: they look into the database."""
        if self._timer is not None:
            self._timer.cancel()
        self._take_snapshot()

    async def now(self) -> bool:
        """False where the turn was ended elsewhere, so that there is nothing more to play."""
        async with self._writing:
            if self._end_is_kept:
                return True
            is_end = not self._state.is_live
            rows = self.writer.rows(self._state)
            kept = await off_loop(self.writer.write)(*rows)
            if not kept:
                self.is_gone = await off_loop(self._settle)(rows[1])
            self._end_is_kept = kept and is_end
            return kept

    async def end(self) -> bool:
        """A turn that does not end would block its conversation: at the last, the end alone."""
        if self._timer is not None:
            self._timer.cancel()
        refused: DatabaseError
        for wait_s in END_AGAIN_S:
            try:
                async with ending:
                    return await self.now()
            except DatabaseError as error:
                refused, kind = error, type(error).__name__
                logger.warning("the end of turn %s was not kept yet: %s", self._state.id, kind)
                await asyncio.sleep(wait_s)
        fields, _ = self.writer.rows(self._state)
        kept = await off_loop(self.writer.write)(fields, [])
        logger.error("only the end of turn %s was kept", self._state.id, exc_info=refused)
        return kept

    def _settle(self, attempts: list[Attempt]) -> bool:
        settle(attempts)
        return not Turn.objects.filter(id=self._state.id).exists()

    def _take_snapshot(self) -> None:
        """One at a time: while the database is away each waits for it, and the end after all."""
        self._timer = None
        self._is_behind = self._snapshot is not None and not self._snapshot.done()
        if self._state.is_live and not self._is_behind:
            self._snapshot = asyncio.create_task(self.now(), name=f"snapshot {self._state.id}")
            self._snapshot.add_done_callback(self._look_at)

    def _look_at(self, snapshot: asyncio.Task[bool]) -> None:
        """One that failed is made up for by another, whether or not anything happens until then."""
        if not snapshot.cancelled() and (error := snapshot.exception()):
            logger.warning("a snapshot was not kept: %s", type(error).__name__)
            self.soon()
        elif self._is_behind:
            self._take_snapshot()
