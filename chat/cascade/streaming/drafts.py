"""Judging one draft: when it has ended, and before for what it cannot recover from."""

import asyncio
from collections.abc import Sequence

from chat.cascade.attempt import Attempt
from chat.cascade.config import CascadePolicy
from chat.cascade.quality import Decision, decide
from chat.cascade.quality.watch import Watch
from chat.cascade.routing import Complexity
from chat.cascade.streaming.ask import Ask
from chat.cascade.streaming.events import StreamEvent, StreamEventType, ToolStreamEventType
from chat.cascade.tools.judging import CallJudge, JudgedCall

LARGE = 20_000
"""Characters of question and draft that are judged beside the loop, as they take a few ms."""


class DraftJudge:
    def __init__(
        self, ask: Ask, attempt: Attempt, policy: CascadePolicy, complexity: Complexity
    ) -> None:
        self._ask = ask
        self._attempt = attempt
        self._calibration = policy.calibration(attempt.model.name)
        self._threshold = policy.thresholds[complexity]
        self._watch = Watch(self._judge)
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
        text, finish = self._attempt.text, self._attempt.finish
        if len(self._ask.query) + len(text) > LARGE:
            return await asyncio.to_thread(self._judge, text, calls, finish)
        return self._judge(text, calls, finish)

    def _unknown_tool(self, id: str, name: str) -> Decision | None:
        if any(tool["name"] == name for tool in self._ask.tools):
            return None
        return self._judge("", [CallJudge(self._ask.tools).judge(id, name, "{}")])

    def _judge(
        self, text: str, calls: Sequence[JudgedCall] = (), finish: str | None = None
    ) -> Decision:
        return decide(
            self._ask.query,
            text,
            history=self._ask.before,
            tools=self._ask.tools,
            calls=calls,
            finish=finish,
            threshold=self._threshold,
            calibration=self._calibration,
        )
