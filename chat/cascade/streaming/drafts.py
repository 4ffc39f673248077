"""Judging one draft: when it has ended, and before for what it cannot recover from."""

import asyncio
from collections.abc import Sequence
from functools import partial

from chat.cascade.attempt import Attempt
from chat.cascade.config import CascadePolicy
from chat.cascade.quality import BAD_ENDINGS, Confidence, Decision, decide
from chat.cascade.quality.answer import read_answer
from chat.cascade.quality.watch import Watch
from chat.cascade.routing import Complexity
from chat.cascade.streaming.ask import Ask
from chat.cascade.streaming.events import StreamEvent, StreamEventType, ToolStreamEventType
from chat.cascade.tools.judging import CallJudge, JudgedCall
from chat.cascade.waits import LONG, beside_if_long


class DraftJudge:
    def __init__(
        self, ask: Ask, attempt: Attempt, policy: CascadePolicy, complexity: Complexity
    ) -> None:
        self._ask = ask
        self._attempt = attempt
        self._sandbox = policy.sandbox
        self._judge = partial(_judge, ask, attempt, policy, policy.thresholds[complexity])
        self._watch = Watch(self._judge, most=LONG - len(ask.query))
        self._lost: Decision | None = None

    def is_lost(self, event: StreamEvent) -> bool:
        """Whether this event, of the draft being written, makes it one that cannot be kept."""
        match event.type:
            case StreamEventType.CHUNK:
                self._lost = self._watch.add(str(event.content))
            case ToolStreamEventType.TOOL_CALL_START:
                self._lost = self._unknown_tool(event.data["id"], event.data["name"])
        return self._lost is not None

    async def decide(self, calls: Sequence[JudgedCall]) -> Decision:
        if self._lost is not None:
            return self._lost
        text = self._attempt.text
        judge = partial(self._judge, text, calls, self._attempt.finish)
        if self._sandbox:
            return await asyncio.to_thread(judge)
        return await beside_if_long(len(self._ask.query) + len(text), judge)

    def _unknown_tool(self, id: str, name: str) -> Decision | None:
        if any(tool["name"] == name for tool in self._ask.tools):
            return None
        return self._judge("", [CallJudge(self._ask.tools).judge(id, name, "{}")])


def _judge(
    ask: Ask,
    attempt: Attempt,
    policy: CascadePolicy,
    threshold: float,
    text: str,
    calls: Sequence[JudgedCall] = (),
    finish: str | None = None,
) -> Decision:
    return decide(
        ask.query,
        text,
        history=ask.context,
        tools=ask.tools,
        calls=calls,
        confidence=_confidence(attempt, text) if finish else None,
        finish=finish,
        sandbox=policy.sandbox if finish else None,
        threshold=threshold,
        calibration=policy.calibration(attempt.model.name),
        checks_off=policy.checks_off,
        kind=ask.kind,
    )


def _confidence(attempt: Attempt, text: str) -> Confidence | None:
    """Nothing where the provider gave no probabilities, or not those of all of the text."""
    tokens = attempt.logprobs
    if not tokens or len("".join(piece.token for piece in tokens)) < len(text):
        return None
    return Confidence.of(tokens, read_answer(text))


def switch_reason(attempt: Attempt) -> str:
    if not attempt.text.strip() and not attempt.calls and attempt.finish in ("stop", "tool_calls"):
        return "empty"
    return BAD_ENDINGS.get(attempt.finish, "quality_insufficient")
