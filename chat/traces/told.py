"""A turn that has ended -> what its spans say. Pure, and without a word that was asked or answered.

Names are those of OpenTelemetry's conventions for generative AI, which are still in development
(https://github.com/open-telemetry/semantic-conventions-genai); what they have no name for is told
under `cascade.`. Of errors their codes are told: their sentences may quote a provider. A tool that
was not run is not told of, since its name may be any text of a model's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chat.models import Turn
from chat.turns.attempts import AttemptState, Receipt
from chat.turns.calls import ToolCallState
from chat.turns.state import TurnState, TurnStatus

Value = str | bool | int | float | list[str]

_PROVIDERS = {"gemini": "gcp.gemini", "openai_responses": "openai"}
"""Where the conventions call a provider otherwise than we do."""

_ABNORMAL = {"stopped", "abandoned"}
"""Finishes of ours that are no provider's: the conventions have `error` for all of them."""


@dataclass(frozen=True, slots=True)
class Told:
    """One span; times count from the turn's begin. `error` is a code, "" where all went well."""

    name: str
    began_ms: int
    ended_ms: int
    attributes: Mapping[str, Value]
    error: str = ""
    calls_out: bool = False


def of_turn(turn: Turn, state: TurnState) -> Told:
    workflow = turn.cascade.name if turn.cascade else ""
    attributes = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": workflow or None,
        "gen_ai.conversation.id": str(turn.conversation_id),
        "cascade.turn.id": state.id,
        "cascade.turn.status": str(state.status),
        "cascade.turn.attempts": len(state.attempts),
        "cascade.turn.first_token_s": _seconds(state.first_token_ms),
        "cascade.route.strategy": state.strategy or None,
        "cascade.route.complexity": state.complexity or None,
        "cascade.route.predicted_acceptance": state.predicted_acceptance,
        "cascade.draft.accepted": state.draft_accepted,
        "cascade.cost.usd": _float(state.total_usd),
        "cascade.cost.baseline_usd": _float(state.baseline_usd),
        "cascade.cost.saved_usd": _float(state.saved_usd),
        "cascade.cost.exactness": state.exactness,
    }
    name = f"invoke_workflow {workflow}".strip()
    return Told(name, 0, state.latency_ms or 0, _known(attributes), _error_of_turn(state))


def inside(state: TurnState) -> Iterator[Told]:
    """The attempts of a turn, each followed by the tools it called."""
    for attempt in state.attempts:
        yield _of_attempt(state, attempt)
        for call in attempt.tool_calls:
            if call.began_ms is not None and call.status in ("done", "failed", "broken_off"):
                yield _of_call(state, call, call.began_ms)


def _of_attempt(state: TurnState, attempt: AttemptState) -> Told:
    attributes: dict[str, Value | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDERS.get(attempt.provider, attempt.provider),
        "gen_ai.request.model": attempt.model,
        "gen_ai.request.stream": True,
        "cascade.attempt.number": attempt.number,
        "cascade.attempt.role": attempt.role,
        "cascade.attempt.status": attempt.status,
        "cascade.attempt.switch_reason": attempt.switch_reason or None,
    }
    if attempt.receipt is not None:
        attributes |= _of_receipt(attempt.receipt)
    if (decision := attempt.decision) is not None:
        attributes |= {
            "cascade.decision.accepted": decision["accepted"],
            "cascade.decision.score": decision["score"],
            "cascade.decision.threshold": decision["threshold"],
            "cascade.decision.reason": decision["reason"],
            "cascade.decision.kind": decision["kind"],
            "cascade.decision.early": decision["early"],
        }
    began_ms = attempt.began_ms or 0
    lasted_ms = attempt.receipt.latency_ms if attempt.receipt else None
    ended_ms = began_ms + lasted_ms if lasted_ms is not None else _end(state)
    return Told(
        f"chat {attempt.model}",
        began_ms,
        ended_ms,
        _known(attributes),
        _error_of_attempt(state, attempt),
        calls_out=True,
    )


def _of_receipt(receipt: Receipt) -> dict[str, Value | None]:
    finish = "error" if receipt.finish in _ABNORMAL else receipt.finish
    usage = receipt.usage
    return {
        "gen_ai.usage.input_tokens": usage["input"],
        "gen_ai.usage.output_tokens": usage["output"],
        "gen_ai.usage.cache_read.input_tokens": usage["cached_input"] or None,
        "gen_ai.usage.reasoning.output_tokens": usage["reasoning"] or None,
        "gen_ai.response.finish_reasons": [finish] if finish else None,
        "gen_ai.response.time_to_first_chunk": _seconds(receipt.first_token_ms),
        "cascade.cost.usd": _float(receipt.cost_usd),
        "cascade.cost.exactness": receipt.exactness,
    }


def _of_call(state: TurnState, call: ToolCallState, began_ms: int) -> Told:
    attributes: dict[str, Value | None] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call.name,
        "gen_ai.tool.call.id": call.id,
        "gen_ai.tool.type": "function",
    }
    ended_ms = began_ms + call.time_ms if call.time_ms is not None else _end(state)
    error = {"failed": "tool_error", "broken_off": "cancelled"}.get(call.status, "")
    return Told(f"execute_tool {call.name}", began_ms, ended_ms, _known(attributes), error)


def _error_of_turn(state: TurnState) -> str:
    if state.status == TurnStatus.FAILED:
        return state.error_code or "_OTHER"
    return "interrupted" if state.status == TurnStatus.INTERRUPTED else ""


def _error_of_attempt(state: TurnState, attempt: AttemptState) -> str:
    """That of the turn where it ended with this attempt, else why another model was asked."""
    if attempt.status == "interrupted":
        return "interrupted"
    if attempt.status != "failed":
        return ""
    if attempt is state.current and state.error_code:
        return state.error_code
    return attempt.switch_reason or "_OTHER"


def _end(state: TurnState) -> int:
    return state.latency_ms or 0


def _known(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in attributes.items() if value is not None}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
