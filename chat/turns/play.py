"""The player: the one task that plays a turn. It belongs to the process, never to a socket."""

import asyncio
import contextvars
import logging
import time
from contextlib import aclosing
from decimal import Decimal
from functools import partial

from django.db import Error as DatabaseError

from chat.agents import cast
from chat.cascade import CascadeAgent, CascadeStream, ModelConfig
from chat.cascade.budget import Admit
from chat.cascade.errors import CascadeError
from chat.cascade.streaming.events import StreamEvent, StreamEventType, ToolStreamEventType
from chat.cascade.tokens import estimate_tokens
from chat.cascade.waits import beside_if_long
from chat.costs import budgets
from chat.ledger import unseen_bill
from chat.models import Only, Turn
from chat.process import logs
from chat.process.incidents import incident
from chat.process.off_loop import off_loop
from chat.tools import executor_for
from chat.traces import tracer
from chat.turns.configurations import remember
from chat.turns.ended import tell_end
from chat.turns.events import EventType, TurnEvent, TurnEventType, piece_of
from chat.turns.history import joined, messages_before, question
from chat.turns.keep import Keeper
from chat.turns.learn import learn
from chat.turns.log import log
from chat.turns.questions import Questions
from chat.turns.spending import Spending
from chat.turns.store import blank
from chat.turns.turnstile import Turnstile

logger = logging.getLogger(__name__)

JOIN_S = 0.033
"""Text that arrives this soon after other text is joined with it: half the CPU at 33 to 50 ms."""

NOT_KEPT = "The answer could not be kept ({}), so it was not continued. Try again in a moment."
BROKEN = "Something went wrong on our side ({}). The text so far is kept; try again."

beginning = Turnstile()
"""Of turns, until their first provider is asked."""

players: dict[str, "Player"] = {}
"""By turn id: the turns played in this process."""


def play(turn: Turn) -> "Player":
    """Start playing a turn that was just begun, in a task of this process."""
    player = Player(turn)
    players[str(turn.id)] = player
    log.open(str(turn.id), turn.epoch)
    return player


class Player:
    """Engine events -> state and log; what must outlive the process -> its keeper."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._id = str(turn.id)
        self._state = blank(turn)
        self._keeper = Keeper(turn, self._state)
        self.questions = Questions(self._tell)
        self._started = time.monotonic()
        self._question = question(turn)
        self._messages: list[dict[str, str]] = []  # that come before it
        self._is_asked = self._is_kept = False
        self._spending: Spending | None = None
        self._stream: CascadeStream | None = None
        self._stopping: TurnEventType | None = None
        self._joining: list[StreamEvent] = []
        self._join_timer: asyncio.TimerHandle | None = None
        self._flushed_at = -JOIN_S
        # A context of its own: that of a request ends with it, and its thread with that.
        context = contextvars.Context()
        self.task = asyncio.create_task(self._run(), name=f"turn {self._id}", context=context)

    def stop(self, end: TurnEventType = TurnEventType.STOPPED) -> None:
        """End the turn: the upstream connection is closed at once, what was used is charged."""
        self._stopping = self._stopping or end
        if self._stream is not None:
            self._stream.stop()
        else:
            beginning.hurry(self.task)  # it asks nobody any more

    async def _run(self) -> None:
        logs.turn_id.set(self._id)
        try:
            await self._play()
        except CascadeError as error:
            await self._fail(str(error), "configuration")
        except DatabaseError:
            name = incident(logger, f"turn {self._id} could not be kept")
            self._bill_unseen()
            await self._fail(NOT_KEPT.format(name), "database")
        except asyncio.CancelledError:
            self._bill_unseen()
            await self._end(TurnEventType.INTERRUPTED)
            raise
        except Exception:  # whatever breaks, the turn ends, is kept, and its reader is told
            name = incident(logger, f"turn {self._id} broke")
            self._bill_unseen()
            await self._fail(BROKEN.format(name), "internal")
        finally:
            players.pop(self._id, None)
            self.questions.close()
            self._report()

    async def _play(self) -> None:
        async with beginning:
            prepared = off_loop(_prepare)(self._turn, self.questions, self._admit)
            self._spending, self._messages = await prepared
            played_by = self._keeper.writer.cast = self._spending.cast
            self._stream = await self._streamed(played_by.agent)
            if self._stopping:
                self._stream.stop()
            if event := await anext(self._stream, None):
                await self._take(event)
        async with aclosing(self._stream):  # what breaks here asks its provider for nothing more
            async for event in self._stream:
                await self._take(event)
        if self._state.is_live:
            await self._end(self._stopping or TurnEventType.STOPPED)
        learn(self._turn, self._state, played_by, self._messages)

    async def _streamed(self, agent: CascadeAgent) -> CascadeStream:
        begin = partial(
            agent.stream_events,
            self._question,
            messages=self._messages,
            force_direct=self._turn.only == Only.LAST,
            force_draft=self._turn.only == Only.DRAFT,
        )
        # What kind of question it is takes milliseconds where it has texts attached.
        return await beside_if_long(len(self._question), begin)

    async def _admit(self, model: ModelConfig, most_usd: Decimal | None) -> None:
        """What the attempt before has cost is counted before room is sought for the next."""
        try:
            is_ours = await self._keeper.now()
        except DatabaseError as error:
            raise budgets.unreachable() from error
        if not is_ours:
            self.stop(TurnEventType.INTERRUPTED)
            raise budgets.unreachable()  # also of what is asked beside a turn that has ended
        cascade = self._turn.cascade
        limit = cascade.budget_usd if cascade else None
        budgets.within_answer(limit, self._state.total_usd, model.name, most_usd)
        number = len(self._state.attempts) + 1
        reserve = off_loop(budgets.admit)
        await reserve(self._turn, number, model.name, most_usd)

    async def _take(self, event: StreamEvent) -> None:
        match event.type:
            case (
                StreamEventType.CHUNK
                | StreamEventType.REASONING
                | ToolStreamEventType.TOOL_CALL_DELTA
            ):
                self._join(event)
            case (StreamEventType.COMPLETE | StreamEventType.ERROR) as end:
                await self._end(end, dict(event.data), event.at_ms)
            case StreamEventType.ROUTING | StreamEventType.SWITCH | ToolStreamEventType.STEP:
                self._emit(event)
                logs.attempt_number.set(self._number)
                # The ledger row stands before the request is sent, or it is not sent.
                self._is_asked = False
                if not await self._keeper.now():
                    self.stop(TurnEventType.INTERRUPTED)
                self._is_asked = True
            case _:
                self._emit(event)

    def _join(self, event: StreamEvent) -> None:
        """Text goes out at once when none has for a while, else with what follows it."""
        if not piece_of(event):  # an accepted draft's last chunk shows nothing
            return
        if self._joining and not _go_together(self._joining[0], event):
            self._flush()
        self._joining.append(event)
        loop = asyncio.get_running_loop()
        if loop.time() >= self._flushed_at + JOIN_S:
            self._flush()
        elif self._join_timer is None:
            self._join_timer = loop.call_at(self._flushed_at + JOIN_S, self._flush)

    def _flush(self) -> None:
        if self._join_timer is not None:
            self._join_timer.cancel()
            self._join_timer = None
        if self._joining:
            self._flushed_at = asyncio.get_running_loop().time()
            text, last = "".join(map(piece_of, self._joining)), self._joining[-1]
            self._append(last, text)
            self._joining.clear()
            self._tell_spending(text, last.at_ms)
            self._keeper.soon()

    def _tell_spending(self, text: str, at_ms: int) -> None:
        usd = self._spending.add(self._state, text, at_ms) if self._spending else None
        if usd is not None:
            data, seq = {"total_usd": usd}, self._state.seq + 1
            self._put(TurnEvent(TurnEventType.SPENDING, "", data, seq, at_ms, self._number))

    def _emit(self, event: StreamEvent) -> None:
        self._flush()
        self._append(event)

    def _append(self, event: StreamEvent, text: str | None = None) -> None:
        self._put(TurnEvent.of(event, self._state.seq + 1, text))

    def _put(self, event: TurnEvent) -> None:
        self._state.apply(event)
        log.append(self._id, event)

    def _tell(self, kind: EventType, data: dict[str, object]) -> None:
        """What happens outside the engine while it waits."""
        self._flush()
        self._put(TurnEvent(kind, "", data, self._state.seq + 1, self._now_ms(), self._number))
        self._keeper.at_once()

    async def _fail(self, sentence: str, code: str) -> None:
        data = {"error": sentence, "code": code, "retryable": True, "attempt": self._number}
        await self._end(StreamEventType.ERROR, data)

    async def _end(
        self, kind: EventType, data: dict[str, object] | None = None, at_ms: int | None = None
    ) -> None:
        """The terminal event: kept first, told then, so that a reload never shows less.

        Where the turn was taken from its player, what is kept is told by others: whoever follows
        this log is let go, and looks there.
        """
        if not self._state.is_live:
            return
        self._flush()
        at_ms = self._now_ms() if at_ms is None else at_ms
        event = TurnEvent(kind, "", data or {}, self._state.seq + 1, at_ms, self._number)
        self._state.apply(event)
        try:
            self._is_kept = await asyncio.shield(self._keeper.end())
        except DatabaseError:
            logger.exception("the end of turn %s was not kept; it will be swept", self._id)
        if self._is_kept:
            log.append(self._id, event)
        else:
            log.forget(self._id)

    def _bill_unseen(self) -> None:
        """Charge an attempt that ended without a bill from the engine."""
        self._flush()
        attempt, its_cast = self._state.current, self._keeper.writer.cast
        if attempt is None or attempt.receipt is not None or its_cast is None:
            return
        prices = its_cast.prices[its_cast.step_of(self._state, attempt)]
        asked = joined(self._messages, self._question) if self._is_asked else ""
        bill = unseen_bill(self._state, attempt, asked=asked, prices=prices)
        self._append(StreamEvent(StreamEventType.COST, "", bill, 0, self._now_ms(), attempt.number))

    @property
    def _number(self) -> int:
        return len(self._state.attempts) or 1

    def _now_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)

    def _report(self) -> None:
        played_ns = round((time.monotonic() - self._started) * 1e9)
        tracer.turn_ended(self._turn, self._state, time.time_ns() - played_ns)
        # Otherwise whoever sweeps it tells its end, which is the one that counts.
        if self._is_kept or self._keeper.is_gone:
            tell_end(self._state)


def _go_together(one: StreamEvent, next: StreamEvent) -> bool:
    """Pieces of one text, or of the arguments of one call."""
    return one.type == next.type and one.data.get("id") == next.data.get("id")


def _prepare(
    turn: Turn, questions: Questions, admit: Admit
) -> tuple[Spending, list[dict[str, str]]]:
    executor = executor_for(turn, approve=questions.ask)
    has_budget = turn.cascade is not None and turn.cascade.budget_usd is not None
    asked = admit if has_budget or budgets.are_set() else None
    only_draft = turn.only == Only.DRAFT
    its_cast = cast(turn.cascade, executor, admit=asked, only_draft=only_draft)
    turn.configuration_id = remember(turn.cascade, its_cast)
    messages = messages_before(turn)
    asked_tokens = estimate_tokens(joined(messages, question(turn)))
    return Spending(its_cast, asked_tokens), messages
