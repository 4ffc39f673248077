"""The events of one turn, as the engine yields them and as viewers fold them.

Both enums are `StrEnum`s with equal values for equal meanings, so one `match` serves text and tool
streams alike: `ToolStreamEventType.TEXT_CHUNK` *is* the value of `StreamEventType.CHUNK`.

Order within a turn, for a cascade of two models::

    routing  (chunk | reasoning | retry)*  cost  draft_decision  complete
    routing  (chunk | reasoning | retry)*  cost  draft_decision  switch  (chunk | ...)*  cost  ...
    routing  retry*  cost  switch  ...                     a draft that failed is not judged
    routing  ...  cost  error                              the last model failed

Tool calls form among the chunks, as `tool_call_start` and `tool_call_delta`. What becomes of them
is told where the attempt stands, after its `cost` (and the `draft_decision` of a draft); a draft
that is set aside never has its calls completed::

    ...  cost  [draft_decision]  (tool_call_complete | tool_error)*  complete

With an executor the calls are then run, and `step` announces a further attempt of the same model in
the same role, as `switch` does one of the next::

    ...  tool_call_complete*  (tool_executing | tool_result | tool_error)*  step  (chunk | ...)*

Where the caller admits no other model, a draft that was not accepted stands all the same, and
`complete` has a `notice` that says why.

The `content` of a draft's chunks is shown but counts nothing, see `streaming.content`; the last
chunk of a draft that stands counts for all of them.

`cost` always closes an attempt. `complete` or `error` is the last event; a stream that was stopped
ends with the `cost` of the attempt it interrupted, or with the `tool_executing` of its tools.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NotRequired, TypedDict, get_args


class StreamEventType(StrEnum):
    ROUTING = "routing"
    CHUNK = "chunk"
    REASONING = "reasoning"
    RETRY = "retry"
    DRAFT_DECISION = "draft_decision"
    SWITCH = "switch"
    COST = "cost"
    COMPLETE = "complete"
    ERROR = "error"


class ToolStreamEventType(StrEnum):
    ROUTING = "routing"
    TEXT_CHUNK = "chunk"
    REASONING = "reasoning"
    RETRY = "retry"
    TOOL_CALL_START = "tool_call_start"
    TOOL_CALL_DELTA = "tool_call_delta"
    TOOL_CALL_COMPLETE = "tool_call_complete"
    TOOL_EXECUTING = "tool_executing"
    TOOL_RESULT = "tool_result"
    TOOL_ERROR = "tool_error"
    STEP = "step"
    DRAFT_DECISION = "draft_decision"
    SWITCH = "switch"
    COST = "cost"
    COMPLETE = "complete"
    ERROR = "error"


Role = Literal["draft", "verifier", "direct"]
Exactness = Literal["free", "exact", "estimated", "partial", "unknown"]

CountedBy = Literal["provider", "estimate", ""]
"""Who counted the tokens of an attempt; "" where there were none to count."""

EXACTNESS: tuple[Exactness, ...] = get_args(Exactness)
"""From the most to the least trustworthy; a turn is as exact as its least exact attempt."""


class RoutingData(TypedDict):
    """`model`, `provider` and `role` describe the first attempt, which begins after this event."""

    strategy: Literal["cascade", "direct"]
    complexity: str
    reason: str
    models: list[str]
    predicted_acceptance: float | None
    model: str
    provider: str
    role: Role


class ChunkData(TypedDict):
    model: str
    role: Role


class ToolCallStartData(TypedDict):
    id: str
    name: str
    model: str
    role: Role


class ToolCallDeltaData(ToolCallStartData):
    """`arguments` is what can be read of them so far, the last string perhaps not to its end."""

    arguments: Mapping[str, Any]


class CallData(TypedDict):
    """A tool call with its arguments read: what `tool_executing` and assistants' messages hold."""

    id: str
    name: str
    arguments: Mapping[str, Any]


class ToolCallCompleteData(TypedDict):
    """A call that stands: a known tool, with arguments that fit its schema."""

    tool_call: CallData


class ToolErrorData(TypedDict):
    """A call that cannot be run, or whose tool failed after `time_ms`; the model reads `error`."""

    id: str
    name: str
    error: str
    time_ms: NotRequired[int]


class ToolResultData(TypedDict):
    """`result` is the text that the model reads."""

    id: str
    name: str
    result: str
    time_ms: int


class StepData(TypedDict):
    """Describes the attempt that begins after this event."""

    model: str
    provider: str
    role: Role


class RetryData(TypedDict):
    """`wait_s` seconds pass before try number `next_try` (2 or 3)."""

    model: str
    cause: str
    wait_s: float
    next_try: int


class CheckData(TypedDict):
    """`value` is in the check's own unit; `contribution` is added to the score's log-odds."""

    name: str
    value: float
    contribution: float
    passed: bool
    note: str


class DecisionData(TypedDict):
    """`score` is the probability that the draft is good, `threshold` the one applied.

    `confidence`, 0 to 1, is that of the decision itself; `kind` the work that was judged; `promise`
    a sentence on what is promised of drafts that are kept, or ""; `saves_usd`, a decimal string,
    about what keeping the draft saves, None where a price is unknown.
    """

    accepted: bool
    score: float
    threshold: float
    confidence: float
    reason: str
    kind: str
    checks: list[CheckData]
    promise: str
    saves_usd: str | None
    early: bool


class SwitchData(TypedDict):
    """`provider` and `role` describe the attempt that begins after this event."""

    from_model: str
    to_model: str
    provider: str
    role: Role
    reason: str
    error: NotRequired[str]


class UsageData(TypedDict):
    """Tokens; `cached_input` and `cache_write` are part of `input`, `reasoning` of `output`.

    `cache_write` is there only where the provider reported any.
    """

    input: int
    output: int
    cached_input: int
    reasoning: int
    cache_write: NotRequired[int]


class CostData(TypedDict):
    """The receipt of the attempt that just ended; `total_usd` and on are the turn's so far.

    Money is None where a price is unknown, a time where nobody saw it. `finish` is the provider's
    normalised finish reason, or `error`, `stopped`, or `abandoned` (a draft that was lost).
    `baseline_usd` is what the last model alone would have cost, `only_draft_usd` the first.
    """

    model: str
    role: Role
    usage: UsageData
    cost_usd: Decimal | None
    total_usd: Decimal | None
    baseline_usd: Decimal | None
    saved_usd: Decimal | None
    only_draft_usd: Decimal | None
    exactness: Exactness
    counted_by: CountedBy
    finish: str
    first_token_ms: int | None
    latency_ms: int | None


class ErrorData(TypedDict):
    error: str
    code: str
    retryable: bool
    attempt: int


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One step of a turn.

    `seq` counts from 1 within the turn; `at_ms` is milliseconds since the turn began, taken when
    it happened; `attempt` counts from 1 (a `routing` event belongs to the attempt it announces, a
    `switch` or `step` to the attempt it ends). `data` is one of the TypedDicts above and must not
    be changed.
    """

    type: StreamEventType | ToolStreamEventType
    content: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    at_ms: int = 0
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class ToolStreamEvent(StreamEvent):
    """Any step of a turn with tools; `delta` is a fragment of a tool call's JSON arguments."""

    delta: str = ""
