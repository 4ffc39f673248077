"""What a turn came to, for callers that want the answer and not the events."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Self

from chat.cascade.attempt import Attempt
from chat.cascade.pricing import Charge
from chat.cascade.streaming.events import CallData, Exactness, Role


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """`finish` as in `CostData`; `error` is our sentence, or ""."""

    model: str
    role: Role
    finish: str
    cost_usd: Decimal | None
    exactness: Exactness
    latency_ms: int
    error: str = ""

    @classmethod
    def of(cls, attempt: Attempt, bill: Charge) -> Self:
        return cls(
            model=attempt.model.name,
            role=attempt.role,
            finish=attempt.finish,
            cost_usd=bill.cost_usd,
            exactness=bill.exactness,
            latency_ms=attempt.latency_ms,
            error=attempt.error.message if attempt.error else "",
        )


@dataclass(frozen=True, slots=True)
class CascadeResult:
    """Also readable like the guide's mapping: `result["total_cost"]`.

    The guide's figures are floats in USD, so they format and go through JSON; None is an unknown
    price, but `total_cost` is 0 then. `total_usd` and the attempts hold the exact money.
    `draft_accepted` is None where no draft was asked for. `tool_calls` are those
    that were completed in the turn.
    """

    content: str
    model_used: str
    draft_accepted: bool | None
    total_cost: float
    latency_ms: int
    draft_cost: float | None
    verifier_cost: float | None
    baseline_cost: float | None
    cost_saved: float | None
    exactness: Exactness
    complexity: str
    strategy: str
    finish: str
    total_usd: Decimal | None = None
    attempts: tuple[AttemptResult, ...] = field(default=())
    tool_calls: tuple[CallData, ...] = field(default=(), hash=False)

    def __getitem__(self, name: str) -> Any:
        if name not in self.__slots__:
            raise KeyError(name)
        return getattr(self, name)

    def as_data(self) -> dict[str, Any]:
        """The `result` of a complete event: everything that JSON can hold."""
        data = asdict(self)
        del data["total_usd"], data["attempts"]
        return data
