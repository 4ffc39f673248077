"""The fold: the events of a turn -> what a viewer sees. Pure; no database, no HTML.

A page that was reloaded and a page that followed every event must show the same turn, so both are
rendered from a `TurnState`: the follower's was folded here, the reloader's was stored by the player
that folded the same events (`chat.turns.store`).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypedDict

from chat.cascade.streaming.events import (
    EXACTNESS,
    CostData,
    Exactness,
    RoutingData,
    StepData,
    StreamEventType,
    SwitchData,
    ToolStreamEventType,
)
from chat.turns import calls
from chat.turns.attempts import AttemptState, Receipt, retry_of, status_after
from chat.turns.events import TOOL_EVENTS, TurnEvent, TurnEventType


class TurnStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_live(self) -> bool:
        return self in (TurnStatus.QUEUED, TurnStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Thumb:
    """What the reader thinks of the answer: +1, -1, or 0 while they have not said; perhaps why."""

    value: int = 0
    note: str = ""


class Attachment(TypedDict):
    """A text that belongs to a prompt."""

    name: str
    text: str


@dataclass(slots=True)
class TurnState:
    """Everything a viewer sees of one turn. Money in USD; None is a price that is not known.

    `began_at_ms` is by the clock, since 1970; all other times of a turn count from it.
    `spending_usd` is about what was spent so far, while an attempt is written.
    `number` counts the turns of the shown path from 1, where it is known.
    `only` is "draft" or "last" where one model alone was asked; `versions` are the ids of the turns
    after the same parent, this one among them, where there are several.
    """

    id: str
    prompt: str
    client_id: str = ""
    number: int = field(default=0, compare=False)
    began_at_ms: int = 0
    attachments: list[Attachment] = field(default_factory=list)
    only: str = ""
    is_copy: bool = False
    versions: list[str] = field(default_factory=list)
    status: TurnStatus = TurnStatus.QUEUED
    seq: int = 0
    strategy: str = ""
    complexity: str = ""
    reason: str = ""
    models: list[str] = field(default_factory=list)
    predicted_acceptance: float | None = None
    attempts: list[AttemptState] = field(default_factory=list)
    total_usd: Decimal | None = Decimal(0)
    spending_usd: Decimal | None = None
    baseline_usd: Decimal | None = None
    saved_usd: Decimal | None = None
    only_draft_usd: Decimal | None = None
    first_token_ms: int | None = None
    exactness: Exactness = "free"
    latency_ms: int | None = None
    error: str = ""
    error_code: str = ""
    notice: str = ""
    waits: bool = False
    thumb: Thumb = Thumb()

    @property
    def is_live(self) -> bool:
        return self.status.is_live

    @property
    def is_completed(self) -> bool:
        return self.status == TurnStatus.COMPLETED

    @property
    def keeps_draft(self) -> bool:
        """Whether a draft stands as the answer, so that a later model was not asked."""
        last = self.current
        is_kept = last is not None and (last.role, last.status) == ("draft", "accepted")
        return is_kept and self.is_completed

    @property
    def first_model(self) -> str:
        """The one that drafts, where it is known: a turn may have gone straight to another."""
        return self.models[0] if len(self.models) > 1 or self.only == "draft" else ""

    @property
    def last_model(self) -> str:
        """The one that answers at the last, where it is known."""
        return self.models[-1] if self.models and self.only != "draft" else ""

    @property
    def version(self) -> int:
        """Which of its versions it is, counted from 1."""
        return self.versions.index(self.id) + 1 if self.versions else 1

    @property
    def previous_version(self) -> str:
        return self.versions[self.version - 2] if self.version > 1 else ""

    @property
    def next_version(self) -> str:
        return self.versions[self.version] if self.version < len(self.versions) else ""

    @property
    def cursor(self) -> str:
        """What a viewer that shows this has seen, as it says when it comes back."""
        return f"{self.id}:{self.seq}"

    @property
    def current(self) -> AttemptState | None:
        """The attempt being made, or the last one made."""
        return self.attempts[-1] if self.attempts else None

    def read_of_tools(self, attempt: AttemptState) -> str:
        """What an attempt is told beside its question: the calls before it, and what they gave."""
        before = [one for one in self.attempts if one.number < attempt.number and one.uses_tools]
        calls = [call for one in before for call in one.tool_calls]
        told = [call.name + call.arguments + call.result for call in calls]
        return "\n".join([*(one.text for one in before), *told])

    @property
    def answer(self) -> AttemptState | None:
        """The attempt whose text stands as the turn's answer: the draft its reader used, or the
        last one that has any text."""
        written = [attempt for attempt in self.attempts if attempt.text]
        used = [attempt for attempt in written if attempt.status == "used"]
        return next(reversed(used or written), None)

    @property
    def usable_draft(self) -> AttemptState | None:
        """What may be taken as the answer where the models after it gave none."""
        if self.is_copy or self.status not in (TurnStatus.FAILED, TurnStatus.INTERRUPTED):
            return None
        return next((attempt for attempt in reversed(self.attempts) if attempt.is_set_aside), None)

    @property
    def uses_draft(self) -> bool:
        return any(attempt.status == "used" for attempt in self.attempts)

    @property
    def draft_beside(self) -> AttemptState | None:
        """The last draft that was set aside with its text, where another attempt is the answer."""
        drafts = [row for row in self.attempts if row.switch_reason and row.text]
        return drafts[-1] if drafts and self.answer is not drafts[-1] else None

    @property
    def draft_accepted(self) -> bool | None:
        """Whether the answer is a draft that was accepted; None where none was asked for, or one
        was kept for want of a budget or of another answer."""
        if (
            self.notice
            or self.uses_draft
            or not any(attempt.role == "draft" for attempt in self.attempts)
        ):
            return None
        return self.attempts[-1].status == "accepted"

    @property
    def draft_score(self) -> float | None:
        """Of the only draft, where another threshold would have decided otherwise."""
        drafts = [attempt for attempt in self.attempts if attempt.role == "draft"]
        if len(drafts) != 1 or self.draft_accepted is None:
            return None
        decision = drafts[0].decision
        by_score = drafts[0].switch_reason in ("", "quality_insufficient")
        return decision["score"] if decision and by_score and not decision["early"] else None

    @property
    def baseline_exactness(self) -> Exactness:
        """What the last model alone would have cost is measured where it answered."""
        if self.current is None or self.current.role == "draft" or self.only == "draft":
            return "estimated"
        return self.current.receipt.exactness if self.current.receipt else "estimated"

    @property
    def saved_exactness(self) -> Exactness:
        """A difference is no surer than what it is the difference of."""
        return max(self.exactness, self.baseline_exactness, key=EXACTNESS.index)

    def is_folded(self, attempt: AttemptState) -> bool:
        """A draft folds when a later attempt has written, and unfolds when that one fails."""
        if not attempt.switch_reason or not attempt.has_content or attempt.status == "used":
            return False
        has_later_text = any(later.text for later in self.attempts[attempt.number :])
        return has_later_text and self.status != TurnStatus.FAILED

    def is_step(self, attempt: AttemptState) -> bool:
        """Whether it goes on with what the tools of the attempt before it gave."""
        return attempt.number > 1 and not self.attempts[attempt.number - 2].switch_reason

    def place_of(self, attempt: AttemptState) -> int:
        """Which of the turn's `models` makes it, counted from 0."""
        return sum(bool(earlier.switch_reason) for earlier in self.attempts[: attempt.number - 1])

    def apply(self, event: TurnEvent) -> None:
        """Fold one event in. Events come in order of `seq`, each once."""
        data: Any = event.data  # the TypedDict that belongs to the type, see events.py
        self.seq, self.waits = event.seq, False
        match event.type:
            case StreamEventType.ROUTING:
                self._route(data, event.at_ms)
            case StreamEventType.CHUNK | StreamEventType.REASONING:
                self._write(event)
            case StreamEventType.RETRY:
                self._attempt(event).retry = retry_of(data, event.at_ms)
            case StreamEventType.COST:
                self._attempt(event).stop_thinking(event.at_ms)
                self._charge(self._attempt(event), data)
            case TurnEventType.SPENDING:
                self.spending_usd = _money(data["total_usd"])
            case StreamEventType.DRAFT_DECISION:
                attempt = self._attempt(event)
                attempt.decision, attempt.decided_ms = data, event.at_ms
                attempt.status = "accepted" if data["accepted"] else "set_aside"
            case StreamEventType.SWITCH:
                self._switch(self._attempt(event), data, event.at_ms)
            case ToolStreamEventType.STEP:
                self._begin_attempt(data["model"], data, event.at_ms)
            case _ if event.type in TOOL_EVENTS:
                self._call(event)
            case StreamEventType.COMPLETE:
                self.notice = data.get("notice", "")
                self._end(TurnStatus.COMPLETED, event.at_ms)
            case StreamEventType.ERROR:
                self.error, self.error_code = data["error"], data["code"]
                self._end(TurnStatus.FAILED, event.at_ms)
            case TurnEventType.DRAFT_USED:
                self.status, self._attempt(event).status = TurnStatus.COMPLETED, "used"
            case TurnEventType.STOPPED:
                self._end(TurnStatus.STOPPED, event.at_ms)
            case TurnEventType.INTERRUPTED:
                self._end(TurnStatus.INTERRUPTED, event.at_ms)

    def _attempt(self, event: TurnEvent) -> AttemptState:
        return self.attempts[event.attempt - 1]

    def _route(self, data: RoutingData, at_ms: int) -> None:
        self.status = TurnStatus.RUNNING
        self.strategy, self.complexity, self.reason = (
            data["strategy"],
            data["complexity"],
            data["reason"],
        )
        self.models = list(data["models"])
        self.predicted_acceptance = data["predicted_acceptance"]
        self._begin_attempt(data["model"], data, at_ms)

    def _begin_attempt(
        self, model: str, data: RoutingData | StepData | SwitchData, at_ms: int
    ) -> None:
        attempt = AttemptState(len(self.attempts) + 1, data["role"], model, data["provider"])
        attempt.began_ms = at_ms
        self.attempts.append(attempt)

    def _call(self, event: TurnEvent) -> None:
        attempt = self._attempt(event)
        if event.type == ToolStreamEventType.TOOL_CALL_START:
            attempt.status, attempt.retry = "writing", None
            attempt.stop_thinking(event.at_ms)
        calls.apply(attempt.tool_calls, event)

    def _write(self, event: TurnEvent) -> None:
        attempt = self._attempt(event)
        attempt.status, attempt.retry = "writing", None
        if self.first_token_ms is None:
            self.first_token_ms = event.at_ms
        if event.type == StreamEventType.REASONING:
            attempt.think(event.at_ms)
            attempt.reasoning += event.content
        else:
            attempt.stop_thinking(event.at_ms)
            attempt.text += event.content

    def _charge(self, attempt: AttemptState, data: CostData) -> None:
        attempt.retry = None
        attempt.receipt = Receipt(
            usage=data["usage"],
            cost_usd=_money(data["cost_usd"]),
            exactness=data["exactness"],
            counted_by=data["counted_by"],
            finish=data["finish"],
            first_token_ms=data["first_token_ms"],
            latency_ms=data["latency_ms"],
        )
        attempt.status = status_after(attempt.role, data["finish"])
        self.total_usd, self.spending_usd = _money(data["total_usd"]), None
        self.baseline_usd = _money(data["baseline_usd"])
        self.saved_usd = _money(data["saved_usd"])
        self.only_draft_usd = _money(data["only_draft_usd"])
        self.exactness = max(self.exactness, data["exactness"], key=EXACTNESS.index)

    def _switch(self, attempt: AttemptState, data: SwitchData, at_ms: int) -> None:
        attempt.switch_reason, attempt.error = data["reason"], data.get("error", "")
        calls.drop(attempt.tool_calls)
        self._begin_attempt(data["to_model"], data, at_ms)

    def _end(self, status: TurnStatus, at_ms: int) -> None:
        # Whoever sweeps knows no time.
        self.status, self.latency_ms, self.spending_usd = status, at_ms or None, None
        if status != TurnStatus.COMPLETED:  # nothing to compare: another model might have answered
            self.baseline_usd = self.saved_usd = self.only_draft_usd = None
        attempt = self.current
        for ended in self.attempts:
            calls.drop(ended.tool_calls)
        if attempt is None or status == TurnStatus.COMPLETED:
            return
        attempt.retry = None
        attempt.stop_thinking(at_ms)
        if status == TurnStatus.FAILED:
            attempt.status = "failed"
        elif attempt.is_live or attempt.status == "stopped":
            attempt.status = "stopped" if status == TurnStatus.STOPPED else "interrupted"


def _money(value: Decimal | str | None) -> Decimal | None:
    """Events that crossed Redis carry money as a decimal string."""
    return None if value is None else Decimal(value)
