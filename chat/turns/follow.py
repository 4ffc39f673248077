"""A viewer: follows a conversation's turns from a cursor, and tells a socket what changed."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Self
from uuid import UUID

from django.db import Error as DatabaseError
from django.db.models import QuerySet, UUIDField

from chat import ledger
from chat.cascade.pace import Pace
from chat.metrics import meters
from chat.models import Conversation
from chat.models.prepared import Given, prepared
from chat.process.off_loop import beside_loop, off_loop
from chat.render.frames import Frames
from chat.turns import choice, doorbell, history
from chat.turns.events import TurnEvent
from chat.turns.guard import guard
from chat.turns.log import Lost, log
from chat.turns.state import Thumb, TurnState, TurnStatus
from chat.turns.turnstile import Turnstile
from chat.turns.window import Window

logger = logging.getLogger(__name__)

showing = Pace(0.05)
"""Between two frames; a browser shows 20 a second without long tasks."""

EASY_FRAME = 8192
"""Characters. A longer frame, as of a long block of code, buys a longer pause after it."""

LONGEST_PAUSE_S = 2.0
"""And however long it is, what comes next is not told later than that."""

POLL_S = 1.0
"""A live turn is looked for in the database so often where its log says nothing."""

IDLE_POLL_S = 30.0
"""And any turn, were its doorbell lost and it over within half a second."""

AGAIN_S = 3.0
"""The longest wait before a database that failed is asked again."""

telling_ends = Turnstile()
"""Of viewers that render the end of a turn, and what it adds to the conversation's sums."""


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
    """One socket's view of a conversation. `send` must not wait for the reader; `window` does."""

    def __init__(
        self,
        conversation_id: UUID,
        frames: Frames,
        send: Callable[[str], Awaitable[None]],
        window: Window,
    ) -> None:
        self._conversation_id = conversation_id
        self._frames = frames
        self._send = send
        self._window = window
        self._has_rung = False
        self._ringing: asyncio.Future[None] | None = None  # while it is waited for
        self._cursor = Cursor()
        self._shown: list[str] = []
        self._thumbs: dict[str, Thumb] = {}
        self._told_cascade: tuple[int | None, ...] = ()
        self._is_live = self._waits = self._is_lost = False
        self._awaited = Cursor()

    async def watch(self, cursor: Cursor) -> None:
        """Show what is new since the cursor, follow it to its end, wait for the bell; for ever.

        Raises `TooSlow` where the reader does not read.
        """
        self._cursor = cursor
        with doorbell.answered(self._conversation_id, self._ring):
            guard.wake()
            fresh = True
            while True:
                try:
                    await self._look(fresh=fresh)
                    fresh = False
                except DatabaseError as error:
                    logger.warning("a viewer waits for the database: %s", type(error).__name__)
                    await asyncio.sleep(random.uniform(0.5, AGAIN_S))
                    # A program that was told no end goes on in the log, which lacks nothing.
                    goes_on = self._frames.replays and (fresh or self._is_live)
                    self._is_lost = self._is_lost or not goes_on

    async def _look(self, *, fresh: bool) -> None:
        """Catch up once, follow, and wait until it is time to look again."""
        loop = asyncio.get_running_loop()
        again_at = loop.time() + POLL_S
        self._has_rung = False
        last = await self._catch_up(fresh=fresh)
        if last is not None and self._is_live and not await self._follow():
            await self._rings_before(again_at - loop.time())
        else:
            await self._rings_before(IDLE_POLL_S)

    def _ring(self) -> None:
        self._has_rung = True
        if self._ringing is not None and not self._ringing.done():
            self._ringing.set_result(None)

    async def _rings_before(self, wait_s: float) -> None:
        if self._has_rung:
            return
        self._ringing = asyncio.get_running_loop().create_future()
        with contextlib.suppress(TimeoutError):
            # Not `wait_for`: it can swallow a cancellation (bpo-37658), and this would go on.
            async with asyncio.timeout(max(0.0, wait_s)):
                await self._ringing
        self._ringing = None

    async def _catch_up(self, *, fresh: bool) -> TurnState | None:
        """Bring what is shown up to the conversation's path; returns its last turn.

        None where that has ended and was told. Whoever is `fresh` gets a snapshot in any case: a
        number alone does not prove that what is shown is what was kept, where a process died in
        between.
        """
        tree, cascade = await off_loop(_stand)(self._conversation_id)
        path = tree.shown
        shown = [turn.turn_id for turn in path]
        known = self._cursor.turn_id in shown
        stay = self._stay(shown)
        new = shown[stay:]
        # What comes after an end has a number too: a turn that was told to its last is not read.
        is_told = not self._is_live and (self._cursor.turn_id, self._cursor.seq) in path
        again = known and (fresh or self._is_lost or not is_told)
        sought = [self._cursor.turn_id] * again + new
        states = await history.states(sought, tree) if sought else []
        gone, self._shown = self._shown[stay:], shown
        told = self._cursor.seq, self._is_live, self._waits
        is_other = again and (states[0].seq, states[0].is_live, states[0].waits) != told
        if again and (fresh or self._is_lost or is_other):
            # Of a turn whose player died, what was told may be other than what was kept.
            is_sure = not (fresh and states[0].status == TurnStatus.INTERRUPTED)
            replays = is_sure and not new
            await self._continue(states[0], after=self._cursor.seq, may_replay=replays)
        if new:
            await self._show(states[again:], instead_of=gone if stay else None)
        await self._tell_thumbs(tree.thumbs, shown)
        await self._tell_cascade(cascade)
        self._waits = bool(states) and states[-1].waits
        return states[-1] if states else None

    def _stay(self, path: list[str]) -> int:
        """How many turns of the path are shown and stay: before those that take others' places."""
        if self._cursor.turn_id in path:
            return path.index(self._cursor.turn_id) + 1
        if self._frames.replays:
            return 0
        pairs = zip(self._shown, path, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return same if same < len(path) else 0

    async def _show(self, states: list[TurnState], *, instead_of: list[str] | None) -> None:
        """Programs get every event of the last one; a page gets it as it is."""
        last = states[-1]
        await self._tell_much(lambda: self._frames.show(states, instead_of=instead_of))
        self._is_lost = False
        if self._frames.replays:
            await self._continue(last, after=0)
        else:
            self._cursor, self._is_live = Cursor(last.id, last.seq), last.is_live
            await self._settle(last)

    async def _continue(self, state: TurnState, *, after: int, may_replay: bool = True) -> None:
        """Programs go on where they left off, in the last turn; all others after a snapshot."""
        replays = self._frames.replays and may_replay and not self._is_lost and after <= state.seq
        events = await log.read(state.id) if replays else None
        if replays and events is None and state.is_live and after == 0:
            events = ()  # it may not have come to where others read it
        cursor = Cursor(state.id, after)
        if events is not None and self._lead(events, cursor, state):
            is_told = any(event.is_terminal for event in events[:after])
            goes_on = after < state.seq or not is_told
            if self._is_live and not goes_on:  # its sums could not be told
                await self._settle(state)
            self._cursor, self._is_live = cursor, goes_on
            return
        await self._tell_much(lambda: self._frames.snapshot(state))
        self._cursor, self._is_live = Cursor(state.id, state.seq), state.is_live
        self._is_lost = False
        await self._settle(state)

    def _lead(self, events: Sequence[TurnEvent], cursor: Cursor, state: TurnState) -> bool:
        """Whether what is logged leads from the cursor to this state.

        What is kept may be told a moment later, an end always is: a log without one is followed
        once more from where it stands, and given up where that told nothing.
        """
        has_end = any(event.is_terminal for event in events)
        if len(events) >= state.seq and (has_end or state.is_live):
            return True
        if has_end or cursor == self._awaited:
            return False
        self._awaited = cursor
        return True

    async def _follow(self) -> bool:
        """True at the end of the turn; False where it is to be looked for again.

        A number that does not follow, and a reader who was behind, are matters for a snapshot.
        """
        try:
            with showing:
                return await self._follow_log()
        except Lost:
            self._is_lost = True
            return False

    async def _follow_log(self) -> bool:
        turn_id = self._cursor.turn_id
        async for batch in log.follow(turn_id, self._cursor.seq):
            if not self._cursor.seq + 1 == batch[0].seq == batch[-1].seq + 1 - len(batch):
                return False
            size = await self._tell_events(turn_id, batch)
            meters.frame_sent(time.monotonic() - batch[0].here_at)
            self._cursor = Cursor(turn_id, batch[-1].seq)
            if batch[-1].is_terminal:
                await self._tell_totals()
                self._is_live = False
                return True
            await asyncio.sleep(pause_s(size))
            if self._window.is_full and not self._frames.replays:
                await self._window.room()
                self._ring()
                return False
        return False

    async def _tell_events(self, turn_id: str, batch: Sequence[TurnEvent]) -> int:
        if not batch[-1].is_terminal:
            return await self._tell(await self._made(turn_id, batch))
        async with telling_ends:
            made = await self._made(turn_id, batch)
        return await self._tell(made)

    async def _made(self, turn_id: str, batch: Sequence[TurnEvent]) -> Iterable[str]:
        frames = self._frames.events(turn_id, batch)
        return await beside_loop(lambda: list(frames)) if self._frames.is_slow(batch) else [*frames]

    async def _settle(self, state: TurnState) -> None:
        if not state.is_live:
            await self._tell_totals()

    async def _tell_totals(self) -> None:
        async with telling_ends:
            conversation, sums = await off_loop(_sums)(self._conversation_id)
            made = [*self._frames.settled(conversation, sums)] if conversation else []
        await self._tell(made)

    async def _tell_thumbs(self, given: dict[str, Thumb], shown: list[str]) -> None:
        """Those that are others than this viewer was told."""
        told, self._thumbs, none = self._thumbs, given, Thumb()
        for turn_id in shown:
            thumb = given.get(turn_id, none)
            if thumb != told.get(turn_id, none):
                await self._tell(self._frames.thumb(turn_id, thumb))

    async def _tell_cascade(self, chosen: int | None) -> None:
        """Who answers next may have been chosen in another tab, also while this one was away."""
        if self._told_cascade != (chosen,):
            self._told_cascade = (chosen,)
            offered = await off_loop(choice.choice_in)(self._conversation_id)
            await self._tell(self._frames.choice(*offered))

    async def _tell_much(self, make: Callable[[], Iterable[str]]) -> None:
        """Whole turns may be long: they are rendered beside the loop."""
        await self._tell(await beside_loop(lambda: list(make())))

    async def _tell(self, messages: Iterable[str]) -> int:
        """Returns the number of characters sent. Waits while too much is on its way."""
        size = 0
        for message in messages:
            await self._window.room()
            await self._send(message)
            size += len(message)
        return size


def pause_s(size: int) -> float:
    """After a frame of so many characters: a browser lays it out, and the next is rendered."""
    return min(LONGEST_PAUSE_S, showing.s * max(1.0, size / EASY_FRAME))


def _stand(conversation_id: UUID) -> tuple[history.Tree, int | None]:
    return history.tree(conversation_id), choice.chosen(conversation_id)


def _sums(conversation_id: UUID) -> tuple[Conversation | None, ledger.Totals]:
    titled = next(iter(_titled(conversation=conversation_id)), None)
    return titled, ledger.totals(conversation_id)


@prepared
def _titled() -> QuerySet[Conversation]:
    one = Conversation.objects.filter(id=Given("conversation", UUIDField()))
    return one.order_by().only("title", "archived")
