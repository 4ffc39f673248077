"""A viewer: follows a conversation's turns from a cursor, and tells a socket what changed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from channels.db import database_sync_to_async

from chat import ledger
from chat.models import Conversation
from chat.render.frames import Frames
from chat.turns import history
from chat.turns.log import log
from chat.turns.state import TurnState

FRAME_S = 0.05
"""At most 20 frames a second: a browser shows them without long tasks."""

EASY_FRAME = 8192
"""Characters. A longer frame, as of a long block of code, buys a longer pause after it."""

POLL_S = 1.0
"""How long a live turn without a log here may go unnoticed, were every doorbell lost."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a viewer has seen: everything up to event `seq` of the turn it shows last."""

    turn_id: str = ""
    seq: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `<turn>:<seq>`; anything else is the cursor of a viewer that has seen nothing."""
        turn_id, _, seq = text.partition(":")
        try:
            return cls(str(UUID(turn_id)), int(seq)) if seq.isdecimal() and len(seq) < 10 else cls()
        except ValueError:
            return cls()


class Viewer:
    """One socket's view of a conversation. `send` must not wait for the reader."""

    def __init__(
        self, conversation_id: UUID, frames: Frames, send: Callable[[str], Awaitable[None]]
    ) -> None:
        self._conversation_id = conversation_id
        self._frames = frames
        self._send = send
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """The doorbell. Ringing too often, or not while a turn is live, does no harm."""
        self._bell.set()

    async def watch(self, cursor: Cursor) -> None:
        """Show what is new since the cursor, follow it to its end, wait for the bell; for ever."""
        fresh = True
        while True:
            self._bell.clear()
            cursor, is_live = await self._catch_up(cursor, fresh=fresh)
            fresh = False
            if log.read(cursor.turn_id) is not None:
                cursor = await self._follow(cursor)
                is_live = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), POLL_S if is_live else None)

    async def _catch_up(self, cursor: Cursor, *, fresh: bool) -> tuple[Cursor, bool]:
        """Bring what is shown up to the conversation's path; says if its last turn is live.

        Whoever is `fresh` gets a snapshot in any case: a number alone does not prove that what is
        shown is what was kept, where a process died in between.
        """
        shown = await database_sync_to_async(history.shown_ids)(self._conversation_id)
        known = cursor.turn_id in shown
        new = shown[shown.index(cursor.turn_id) + 1 :] if known else shown
        states = await database_sync_to_async(history.states)([cursor.turn_id] * known + new)
        if known and (fresh or states[0].seq != cursor.seq):
            cursor = await self._continue(states[0], after=cursor.seq)
        if new:
            cursor = await self._show(states[known:], replace=not known)
        return cursor, bool(states) and states[-1].is_live

    async def _show(self, states: list[TurnState], *, replace: bool) -> Cursor:
        """Programs get every event of the last one; a page gets it as it is."""
        await self._tell_much(lambda: self._frames.show(states, replace=replace))
        last = states[-1]
        if self._frames.replays:
            return await self._continue(last, after=0)
        await self._settle(last)
        return Cursor(last.id, last.seq)

    async def _continue(self, state: TurnState, *, after: int) -> Cursor:
        """Programs go on where they left off; a page after a snapshot."""
        if self._frames.replays and log.read(state.id) is not None:
            return Cursor(state.id, after)
        await self._tell_much(lambda: self._frames.snapshot(state))
        await self._settle(state)
        return Cursor(state.id, state.seq)

    async def _follow(self, cursor: Cursor) -> Cursor:
        async for batch in log.follow(cursor.turn_id, cursor.seq):
            size = await self._tell(self._frames.events(cursor.turn_id, batch))
            cursor = Cursor(cursor.turn_id, batch[-1].seq)
            if batch[-1].is_terminal:
                await self._tell_totals()
            else:
                await asyncio.sleep(FRAME_S * max(1.0, size / EASY_FRAME))
        return cursor

    async def _settle(self, state: TurnState) -> None:
        if not state.is_live:
            await self._tell_totals()

    async def _tell_totals(self) -> None:
        conversation = await Conversation.objects.filter(id=self._conversation_id).afirst()
        if conversation is not None:
            sums = await database_sync_to_async(ledger.totals)(self._conversation_id)
            await self._tell(self._frames.settled(conversation, sums))

    async def _tell_much(self, make: Callable[[], Iterable[str]]) -> None:
        """Whole turns may be long: they are rendered beside the loop."""
        await self._tell(await asyncio.to_thread(lambda: list(make())))

    async def _tell(self, messages: Iterable[str]) -> int:
        """Returns the number of characters sent."""
        size = 0
        for message in messages:
            await self._send(message)
            size += len(message)
        return size
