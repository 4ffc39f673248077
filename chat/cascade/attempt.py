"""One attempt: one model's try at a turn, with the tries of its request.

An attempt never raises what the provider did to it: it ends with a finish and perhaps an error, and
its text and its charge are kept whatever happened.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import httpx

from chat.cascade.breaker import breakers
from chat.cascade.config import ModelConfig
from chat.cascade.errors import (
    BadResponse,
    Incomplete,
    ProviderError,
    Refused,
    TimedOut,
    Unavailable,
)
from chat.cascade.pricing import Answered, Charge, charge
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Logprobs,
    Opaque,
    Reasoning,
    Reported,
    Request,
    Text,
    TokenLogprob,
    ToolFragment,
)
from chat.cascade.retries import wait_before_next
from chat.cascade.streaming.calls import FormingCalls
from chat.cascade.streaming.content import Content
from chat.cascade.streaming.events import (
    ChunkData,
    RetryData,
    Role,
    StreamEvent,
    StreamEventType,
    ToolStreamEventType,
)
from chat.cascade.waits import Stopped, Waits, beside_if_long

MAX_ANSWER_CHARACTERS = 400_000
MAX_LOGPROBS = 8_192
"""Of the first tokens of an answer; what comes after them is not kept."""

# After the finish only usage should come; a connection that is then held open is left.
_AFTER_FINISH_S = 5.0


class Emit(Protocol):
    def __call__(
        self,
        type: StreamEventType | ToolStreamEventType,
        content: str,
        data: Mapping[str, Any],
        attempt: int,
        delta: str = "",
    ) -> StreamEvent: ...


class Attempt:
    def __init__(self, number: int, role: Role, model: ModelConfig, request: Request) -> None:
        self.number = number
        self.role = role
        self.model = model
        self.finish = ""
        self.error: ProviderError | None = None
        self.first_token_ms: int | None = None
        self.latency_ms = 0
        self.calls = FormingCalls(
            call["id"] for message in request.messages for call in message.get("tool_calls", ())
        )
        self.opaque: list[Any] = []
        self.logprobs: list[TokenLogprob] = []
        self._request = request
        self._may_call = bool(request.tools) and request.tool_choice.kind != "none"
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._size = 0
        self._reported: Reported | None = None
        self._lost: list[Reported | None] = []  # of tries that were given up, what each reported
        self._in_flight = False
        self._goes_on = False

    @property
    def text(self) -> str:
        return "".join(self._texts)

    async def play(
        self, waits: Waits, emit: Emit, transport: httpx.AsyncBaseTransport | None
    ) -> AsyncGenerator[StreamEvent, None]:
        """Its text, call and retry events; afterwards the attempt knows how it ended.

        A draft whose breaker is open fails at once; the last model is asked whatever it did before.
        """
        breaker = breakers.of(self.model)
        is_probe = breaker.state == "half_open"
        if not breaker.admit(self.model.total_timeout_s) and self.role == "draft":
            self.finish, self.error = "error", Unavailable(f"{breaker.reason}.")
            return
        clock, began = waits.clock, waits.clock.now()
        tries = 0
        try:
            while True:
                tries += 1
                async with aclosing(self._try(waits, emit, transport, began)) as events:
                    async for event in events:
                        yield event
                wait_s = self._wait_before_next(tries, clock.now() - began)
                if wait_s is None:
                    break
                retry = emit(StreamEventType.RETRY, "", self._retry(wait_s, tries + 1), self.number)
                self._give_up_try()
                yield retry
                await waits.sleep(wait_s)
        except Stopped:
            self.finish = "stopped"
        finally:
            waits.rest()
            self.latency_ms = round((clock.now() - began) * 1000)
            if is_probe:
                breaker.end_probe()
        self.finish = "error" if self.error and self.finish != "stopped" else self.finish
        if not self.is_stopped:
            breaker.record(self.error)

    def abandon(self) -> None:
        """End a draft that cannot be kept. Its caller leaves `play`, which closes the upstream."""
        self.finish = "abandoned"
        breakers.of(self.model).record(None)

    async def _try(
        self,
        waits: Waits,
        emit: Emit,
        transport: httpx.AsyncBaseTransport | None,
        began: float,
    ) -> AsyncGenerator[StreamEvent, None]:
        clock, self._goes_on = waits.clock, False
        self.opaque.clear()
        self.logprobs.clear()
        chunk: ChunkData = {"model": self.model.name, "role": self.role}
        give_up = began + self.model.total_timeout_s
        begins_s = self.model.begins_within_s(is_draft=self.role == "draft")
        deadline = min(give_up, clock.now() + begins_s)
        async with aclosing(PROVIDERS[self.model.kind](self._request, transport)) as deltas:
            while (delta := await self._next(waits, deltas, deadline)) is not None:
                match delta:
                    case Text(text) | Reasoning(text):
                        now, kept = clock.now(), text[: MAX_ANSWER_CHARACTERS - self._size]
                        self._count(len(kept), now - began, is_cut=len(kept) < len(text))
                        deadline = min(give_up, now + self.model.idle_timeout_s)
                        if isinstance(delta, Reasoning):
                            self._thoughts.append(kept)
                            yield emit(StreamEventType.REASONING, kept, chunk, self.number)
                        else:
                            self._texts.append(kept)
                            shown = Content(shown=kept) if self.role == "draft" else kept
                            yield emit(StreamEventType.CHUNK, shown, chunk, self.number)
                    case ToolFragment() if self._may_call:
                        now = clock.now()
                        size = len(delta.id) + len(delta.name) + len(delta.arguments)
                        self._count(size, now - began)
                        deadline = min(give_up, now + self.model.idle_timeout_s)
                        for what, data, piece in self.calls.add(delta):
                            yield emit(what, "", {**data, **chunk}, self.number, piece)
                    case Logprobs(tokens):
                        self.logprobs += tokens[: MAX_LOGPROBS - len(self.logprobs)]
                    case Opaque(block):
                        self.opaque.append(self.calls.owned(block))
                    case Reported():
                        self._reported = delta
                    case Finish(reason):
                        self.finish = reason
                        if not self._goes_on:
                            deadline = min(give_up, clock.now() + _AFTER_FINISH_S)
                if self.error:
                    return
        if not self.finish and not self.error:
            self.error = Incomplete(f"{self.model.name} stopped in the middle of its answer.")

    async def _next(
        self, waits: Waits, deltas: AsyncGenerator[Delta, None], deadline: float
    ) -> Delta | None:
        """None at the end, for whatever reason; a fault after the finish changes nothing, but where
        the answer went on after one, no finish proves it whole before the stream has ended."""
        self._in_flight = self._in_flight or not waits.stopped
        error: ProviderError
        try:
            return await waits.until(deadline, deltas.__anext__)
        except StopAsyncIteration:
            self._in_flight = False
            return None
        except ProviderError as raised:
            error = raised
            self._in_flight = False
        except TimeoutError:
            awaited = "go on with its answer" if self._size else "begin its answer"
            error = TimedOut(f"{self.model.name} took too long to {awaited}.")
        if not self.finish or self._goes_on:
            self.error = error
        return None

    def _count(self, size: int, spent_s: float, *, is_cut: bool = False) -> None:
        self._goes_on = self._goes_on or bool(self.finish)
        if self.first_token_ms is None:
            self.first_token_ms = round(spent_s * 1000)
        self._size += size
        if is_cut or self._size > MAX_ANSWER_CHARACTERS:
            self.error = BadResponse(f"{self.model.name} does not come to an end.")

    def _wait_before_next(self, tries: int, spent_s: float) -> float | None:
        if self.error is None or self._size:
            return None
        wait_s = wait_before_next(self.error, tries)
        if wait_s is None or spent_s + wait_s >= self.model.total_timeout_s:
            return None
        return wait_s

    def _retry(self, wait_s: float, next_try: int) -> RetryData:
        return {
            "model": self.model.name,
            "cause": self.error.message if self.error else "",
            "wait_s": round(wait_s, 3),
            "next_try": next_try,
        }

    def _give_up_try(self) -> None:
        """For the next one. What it may have cost stays on the bill."""
        if self._may_have_cost:
            self._lost.append(self._reported)
        self._reported = self.error = None

    @property
    def is_stopped(self) -> bool:
        return self.finish == "stopped"

    @property
    def is_judged(self) -> bool:
        """A draft that failed is not, nor is any other attempt."""
        return self.role == "draft" and not self.error and not self.is_stopped

    @property
    def has_whole_calls(self) -> bool:
        """Calls of an answer that was cut off, or ended by a filter, may lack their end."""
        return bool(self.calls) and not self.error and self.finish in ("stop", "tool_calls")

    def failure(self) -> ProviderError | None:
        """Why it cannot stand as the answer; no more is asked of the last model's."""
        if self.error or self.text.strip() or self.has_whole_calls:
            return self.error
        if self.calls and self.finish == "length":
            return Incomplete(f"{self.model.name} reached its limit of tokens within a tool call.")
        if self.finish in ("refusal", "content_filter"):
            return Refused(f"{self.model.name} refused to answer.")
        return Refused(f"{self.model.name} gave no answer.", code="empty", retryable=True)

    async def bill(self) -> Charge:
        """Its charge, once it has ended."""
        uncounted = [said for said in (self._reported, *self._lost) if not _is_whole(said)]
        counted = len(uncounted) * len(self._request.written) + self._size
        return await beside_if_long(counted if uncounted else 0, self.charge)

    def charge(self) -> Charge:
        text, reasoning = self.text + self.calls.written, "".join(self._thoughts)
        bill = self._charge(self._reported, self._answered(), text, reasoning)
        for said in self._lost:
            bill = bill.after(self._charge(said, "partly"))
        return bill

    def _charge(
        self, said: Reported | None, answered: Answered, text: str = "", reasoning: str = ""
    ) -> Charge:
        return charge(
            self.model.prices,
            answered=answered,
            prompt=self._request.written,
            text=text,
            reasoning=reasoning,
            reported=said.usage if said else None,
            missing=said.missing if said else "",
            reported_cost_usd=said.cost_usd if said else None,
        )

    def _answered(self) -> Answered:
        if self.finish not in ("error", "stopped", "abandoned"):
            return "fully"
        return "partly" if self._may_have_cost else "not"

    @property
    def _may_have_cost(self) -> bool:
        """A refused request costs nothing; one that hung or broke may have been worked on."""
        worked_on = self._in_flight or isinstance(self.error, TimedOut | Incomplete | BadResponse)
        return worked_on or self._size > 0 or _is_whole(self._reported)


def _is_whole(said: Reported | None) -> bool:
    return said is not None and not said.missing
