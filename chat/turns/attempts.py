"""What a viewer sees of one attempt. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from chat.cascade.streaming.events import (
    CountedBy,
    DecisionData,
    Exactness,
    RetryData,
    Role,
    UsageData,
)
from chat.turns.calls import ToolCallState

AttemptStatus = Literal[
    "waiting",  # asked, nothing received yet
    "writing",
    "checking",  # a draft that ended and is not yet decided
    "accepted",
    "set_aside",
    "used",  # set aside, and taken by its reader all the same
    "answered",  # a verifier or direct answer that ended well
    "failed",
    "stopped",
    "interrupted",
]


@dataclass(slots=True)
class Receipt:
    """What one attempt used and cost; `finish` is the provider's finish reason in our words.

    A time is None where nobody saw it: the process died first.
    """

    usage: UsageData
    cost_usd: Decimal | None
    exactness: Exactness
    counted_by: CountedBy
    finish: str
    first_token_ms: int | None
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class Retry:
    """The next of three tries, `until_ms` after the turn's begin."""

    cause: str
    wait_s: float
    next_try: int
    until_ms: int


@dataclass(slots=True)
class AttemptState:
    """One model's try; `number` counts from 1 in its turn, `began_ms`, `decided_ms` and
    `thinks_since_ms` from the turn's begin. `thought_ms` is how long it has thought aloud."""

    number: int
    role: Role
    model: str
    provider: str
    status: AttemptStatus = "waiting"
    text: str = ""
    reasoning: str = ""
    tool_calls: list[ToolCallState] = field(default_factory=list)
    retry: Retry | None = None
    receipt: Receipt | None = None
    decision: DecisionData | None = None
    switch_reason: str = ""
    error: str = ""
    began_ms: int | None = None
    decided_ms: int | None = None
    thinks_since_ms: int | None = None
    thought_ms: int | None = None

    @property
    def is_live(self) -> bool:
        return self.status in ("waiting", "writing", "checking")

    @property
    def is_written(self) -> bool:
        """Whether no more text comes."""
        return self.status not in ("waiting", "writing")

    @property
    def uses_tools(self) -> bool:
        """Whether it stands for its calls: of an answer that was cut off, they come to nothing."""
        return any(call.status not in ("forming", "dropped") for call in self.tool_calls)

    @property
    def has_content(self) -> bool:
        return bool(self.text or self.tool_calls)

    @property
    def is_set_aside(self) -> bool:
        """A draft with a text that is not the answer."""
        return bool(self.role == "draft" and self.switch_reason and self.text)

    def think(self, at_ms: int) -> None:
        if self.thinks_since_ms is None:
            self.thinks_since_ms = at_ms

    def stop_thinking(self, at_ms: int) -> None:
        """It writes, calls or ends; thinking aloud may begin again later."""
        if self.thinks_since_ms is not None:
            self.thought_ms = (self.thought_ms or 0) + at_ms - self.thinks_since_ms
            self.thinks_since_ms = None


def status_after(role: Role, finish: str) -> AttemptStatus:
    if finish in ("error", "stopped"):
        return "failed" if finish == "error" else "stopped"
    return "checking" if role == "draft" else "answered"


def retry_of(data: RetryData, at_ms: int) -> Retry:
    until_ms = at_ms + round(1000 * data["wait_s"])
    return Retry(data["cause"], data["wait_s"], data["next_try"], until_ms)
