"""A turn: route, draft, judge, switch, answer. `run` and `stream_events` both come here."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from chat.cascade.attempt import Attempt
from chat.cascade.budget import Admit, refusal
from chat.cascade.config import CascadePolicy, ModelConfig
from chat.cascade.errors import BadResponse, OverBudget, ProviderError
from chat.cascade.lineup import lineup
from chat.cascade.pricing import Tally
from chat.cascade.result import AttemptResult, CascadeResult
from chat.cascade.routing import Route
from chat.cascade.streaming.ask import Ask
from chat.cascade.streaming.content import Content
from chat.cascade.streaming.drafts import DraftJudge, switch_reason
from chat.cascade.streaming.events import (
    EXACTNESS,
    CallData,
    Exactness,
    Role,
    StreamEvent,
    StreamEventType,
    SwitchData,
    ToolStreamEvent,
    ToolStreamEventType,
)
from chat.cascade.streaming.steps import News, Told, happened, messages, told
from chat.cascade.tools.executor import ToolExecutor
from chat.cascade.tools.judging import CallJudge, JudgedCall
from chat.cascade.tools.result import ToolResult
from chat.cascade.waits import Stopped, Waits

logger = logging.getLogger(__name__)

# The executor ends each call in its own time; a turn waits for it.
_WITHOUT_END_S = 86_400.0

_DRAFT_ACCEPTED: Mapping[Role, bool | None] = {"draft": True, "verifier": False, "direct": None}


@dataclass(frozen=True, slots=True)
class TextStreaming:
    """Plays turns over these models, in the given order.

    With an executor, calls that stand are run and their model goes on, at most `max_steps` times.
    """

    models: Sequence[ModelConfig]
    policy: CascadePolicy
    transport: httpx.AsyncBaseTransport | None
    log_level: int
    executor: ToolExecutor | None
    max_steps: int
    admit: Admit | None

    def begin(self, ask: Ask, route: Route) -> "CascadeStream":
        return CascadeStream(Turn(self, ask, route))


class CascadeStream:
    """The events of one turn, in order; iterate it once.

    Leaving the loop, cancelling its task and `aclose` all close the upstream connection; `stop`
    does too, and lets the stream end with the receipt of the attempt it interrupted.
    """

    def __init__(self, turn: "Turn") -> None:
        self._turn = turn
        self._events = turn.play()

    def __aiter__(self) -> "CascadeStream":
        return self

    async def __anext__(self) -> StreamEvent:
        clock = self._turn.clock
        clock.resume()
        try:
            return await anext(self._events)
        finally:
            clock.pause()

    def stop(self) -> None:
        """Close the running attempt's upstream now. The stream yields its `cost` event and ends."""
        self._turn.waits.stop()

    async def aclose(self) -> None:
        await self._events.aclose()

    @property
    def error(self) -> ProviderError | None:
        """What made the turn fail, once its `error` event was yielded; with `detail`."""
        return self._turn.error

    @property
    def result(self) -> CascadeResult | None:
        """Set once the `complete` event was yielded."""
        return self._turn.result


class Turn:
    """One turn being played; holds no reference to its own generator, so dropping that ends it."""

    def __init__(self, streaming: TextStreaming, ask: Ask, route: Route) -> None:
        self.waits = Waits()
        self.clock = self.waits.clock
        self.error: ProviderError | None = None
        self.result: CascadeResult | None = None
        self._ask = ask
        self._streaming = streaming
        self._complexity = route.complexity
        self._route, self._models = lineup(route, streaming.models, self._acceptance)
        self._steps_left = streaming.max_steps
        self._place = 0
        self._first = streaming.models[0]
        self._tally = Tally(streaming.models[-1].prices, self._first.prices)
        self._exactness: Exactness = "free"
        self._attempts: list[AttemptResult] = []
        self._judge = CallJudge(ask.tools)
        self._tool_calls: list[CallData] = []
        self._seq = 0

    async def play(self) -> AsyncGenerator[StreamEvent, None]:
        refused = await self._refusal(self._place)
        if self.waits.stopped:
            return
        if refused:
            yield self._error(refused, 1)
            return
        yield self._routing()
        executor = self._streaming.executor
        while True:
            attempt = self._next_attempt()
            playing = attempt.play(self.waits, self._event, self._streaming.transport)
            draft = DraftJudge(self._ask, attempt, self._streaming.policy, self._complexity)
            async with aclosing(playing) as events:
                async for event in events:
                    yield event
                    if attempt.role == "draft" and draft.is_lost(event):
                        attempt.abandon()
                        break
            whole = attempt.calls if attempt.has_whole_calls else ()
            calls = await self._judge.judge_all(whole)
            decision = await draft.decide(calls) if attempt.is_judged else None
            if decision and decision.accepted and attempt.text:
                yield self._counted(attempt)
            yield await self._cost(attempt)
            if attempt.is_stopped:
                break
            stands, reason = attempt.role != "draft", "draft_failed"
            if decision:
                data = decision.as_data(self._tally.instead_usd)
                yield self._event(StreamEventType.DRAFT_DECISION, "", data, attempt.number)
                stands, reason = decision.accepted, switch_reason(attempt)
            if stands:
                for call in calls:
                    yield self._tool_event(told(call), attempt)
                self._tool_calls += [judged.call.as_data() for judged in calls if not judged.error]
                if not calls or executor is None:
                    yield self._end(attempt, calls)
                    break
                async with aclosing(self._run(executor, attempt, calls)) as events:
                    async for event in events:
                        yield event
            refused = await self._refusal(self._place + (not stands))
            if self.waits.stopped:
                break
            if refused:
                set_aside = not stands and attempt.is_judged
                for event in self._refused(attempt, refused, set_aside=set_aside):
                    yield event
                break
            yield self._step(attempt) if stands else self._switch(attempt, reason)
        self._log()

    async def _refusal(self, place: int) -> OverBudget | None:
        model, admit = self._models[place], self._streaming.admit
        if admit is None or self.waits.stopped:
            return None
        return await refusal(admit, model, self._ask.request(model, is_draft=False))

    def _refused(
        self, attempt: Attempt, refused: OverBudget, *, set_aside: bool
    ) -> Iterator[StreamEvent]:
        """No further attempt is paid for: a draft that was set aside is better than nothing. One
        that stands and called tools has only said what it was about to do."""
        if set_aside and attempt.text.strip():
            yield self._counted(attempt)
            yield self._complete(attempt, notice=refused.message)
        else:
            yield self._error(refused, attempt.number)

    def _next_attempt(self) -> Attempt:
        model = self._models[self._place]
        number, role = len(self._attempts) + 1, self._role()
        request = self._ask.request(model, is_draft=role == "draft")
        return Attempt(number, role, model, request)

    def _event(
        self,
        type: StreamEventType | ToolStreamEventType,
        content: str,
        data: Mapping[str, Any],
        attempt: int,
        delta: str = "",
    ) -> StreamEvent:
        self._seq += 1
        at_ms = self.clock.now_ms()
        if self._ask.tools or isinstance(type, ToolStreamEventType):
            return ToolStreamEvent(type, content, data, self._seq, at_ms, attempt, delta)
        return StreamEvent(type, content, data, self._seq, at_ms, attempt)

    def _acceptance(self, model: str) -> float:
        return self._streaming.policy.expected_acceptance(model, self._ask.kind, self._complexity)

    def _role(self) -> Role:
        if self._route.strategy == "direct":
            return "direct"
        return "draft" if self._place < len(self._models) - 1 else "verifier"

    def _routing(self) -> StreamEvent:
        first = self._models[0]
        data = {
            "strategy": self._route.strategy,
            "complexity": str(self._route.complexity),
            "reason": self._route.reason,
            "models": [model.name for model in self._models],
            "predicted_acceptance": (
                self._acceptance(first.name) if self._route.strategy == "cascade" else None
            ),
            "model": first.name,
            "provider": first.provider,
            "role": self._role(),
        }
        return self._event(StreamEventType.ROUTING, "", data, 1)

    def _counted(self, attempt: Attempt) -> StreamEvent:
        """The text of an accepted draft, all of which was shown before."""
        data = {"model": attempt.model.name, "role": attempt.role}
        content = Content(counts=attempt.text)
        return self._event(StreamEventType.CHUNK, content, data, attempt.number)

    async def _cost(self, attempt: Attempt) -> StreamEvent:
        bill = await attempt.bill()
        is_last = attempt.role != "draft" and not self._route.to_first
        self._tally.add(bill, is_last=is_last, is_first=attempt.model is self._first)
        self._exactness = max(self._exactness, bill.exactness, key=EXACTNESS.index)
        self._attempts.append(AttemptResult.of(attempt, bill))
        data = {
            "model": attempt.model.name,
            "role": attempt.role,
            "usage": bill.usage.as_data(),
            "cost_usd": bill.cost_usd,
            "total_usd": self._tally.total_usd,
            "baseline_usd": self._tally.baseline_usd,
            "saved_usd": self._tally.saved_usd,
            "only_draft_usd": self._tally.only_draft_usd,
            "exactness": bill.exactness,
            "counted_by": bill.counted_by,
            "finish": attempt.finish,
            "first_token_ms": attempt.first_token_ms,
            "latency_ms": attempt.latency_ms,
        }
        return self._event(StreamEventType.COST, "", data, attempt.number)

    async def _run(
        self, executor: ToolExecutor, attempt: Attempt, calls: Sequence[JudgedCall]
    ) -> AsyncGenerator[StreamEvent, None]:
        """Runs the valid calls; tells of each before it runs, and its result when it is there. The
        model is told of all calls at once, in their order.
        """
        valid = [judged.call for judged in calls if not judged.error]
        left, news = len(valid), News()
        running = asyncio.create_task(
            executor.execute_parallel(valid, begin=news.begin, tell=news.put_nowait), name="tools"
        )
        try:
            while left:
                new = await self.waits.until(self.clock.now() + _WITHOUT_END_S, news.get)
                yield self._tool_event(happened(new), attempt)
                news.task_done()
                left -= isinstance(new, ToolResult)
            results = await running
        except Stopped:
            return
        finally:
            self.waits.rest()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        self._steps_left -= 1
        said = messages(attempt, calls, results)
        self._ask = self._ask.after_tools(said, may_call=self._steps_left > 0)

    def _tool_event(self, told: Told, attempt: Attempt) -> StreamEvent:
        what, data = told
        return self._event(what, "", data, attempt.number)

    def _step(self, attempt: Attempt) -> StreamEvent:
        self._tally.settle()
        data = {
            "model": attempt.model.name,
            "provider": attempt.model.provider,
            "role": attempt.role,
        }
        return self._event(ToolStreamEventType.STEP, "", data, attempt.number)

    def _switch(self, attempt: Attempt, reason: str) -> StreamEvent:
        self._place += 1
        self._ask = self._ask.for_another_model()
        to = self._models[self._place]
        data: SwitchData = {
            "from_model": attempt.model.name,
            "to_model": to.name,
            "provider": to.provider,
            "role": self._role(),
            "reason": reason,
        }
        if attempt.error:
            data["error"] = attempt.error.message
        return self._event(StreamEventType.SWITCH, "", data, attempt.number)

    def _end(self, attempt: Attempt, calls: Sequence[JudgedCall]) -> StreamEvent:
        """The last model's answer stands if it has text, or a valid call, and ended by itself."""
        if error := attempt.failure() or _without_a_valid_call(attempt, calls):
            return self._error(error, attempt.number)
        return self._complete(attempt)

    def _error(self, error: ProviderError, number: int) -> StreamEvent:
        self.error = error
        data = {
            "error": error.message,
            "code": error.code,
            "retryable": error.retryable,
            "attempt": number,
        }
        return self._event(StreamEventType.ERROR, "", data, number)

    def _complete(self, attempt: Attempt, *, notice: str = "") -> StreamEvent:
        """With a notice the draft stands only because no other model was admitted."""
        tally = self._tally
        self.result = CascadeResult(
            content=attempt.text,
            model_used=attempt.model.name,
            draft_accepted=False if notice else _DRAFT_ACCEPTED[attempt.role],
            total_cost=_usd(tally.total_usd) or 0.0,
            latency_ms=self.clock.now_ms(),
            draft_cost=_usd(tally.draft_usd),
            verifier_cost=_usd(tally.final_usd),
            baseline_cost=_usd(tally.baseline_usd),
            cost_saved=_usd(tally.saved_usd),
            exactness=self._exactness,
            complexity=str(self._route.complexity),
            strategy=self._route.strategy,
            finish=attempt.finish,
            total_usd=tally.total_usd,
            attempts=tuple(self._attempts),
            tool_calls=tuple(self._tool_calls),
        )
        data: dict[str, Any] = {"result": self.result.as_data()}
        if notice:
            data["notice"] = notice
        return self._event(StreamEventType.COMPLETE, "", data, attempt.number)

    def _log(self) -> None:
        logger.log(
            self._streaming.log_level,
            "turn: %s, models %s, finish %s, %s USD, %d ms",
            self._route.strategy,
            [attempt.model for attempt in self._attempts],
            self._attempts[-1].finish,
            self._tally.total_usd,
            self.clock.now_ms(),
        )


def _without_a_valid_call(attempt: Attempt, calls: Sequence[JudgedCall]) -> ProviderError | None:
    if attempt.text.strip() or not calls or not all(call.error for call in calls):
        return None
    return BadResponse(f"{attempt.model.name} called a tool in a way that cannot be run.")


def _usd(money: Decimal | None) -> float | None:
    return None if money is None else float(money)
