"""Is this draft good enough? `decide` judges its text, `decide_calls` the tools it would call.

The rules behind it are untrained. They look at form (empty, cut off, refusing, repeating, hedging,
off the topic, not in the form asked for) and know nothing of facts: a fluent, confident, wrong
answer passes them. They take about a millisecond and call no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chat.cascade.quality.checks import CHECKS, Check, Draft
from chat.cascade.quality.weights import BASE, PASSING, WEIGHTS
from chat.cascade.streaming.events import CheckData, DecisionData

__all__ = ["Decision", "decide", "decide_calls"]

_ENDINGS = {"length": "truncated", "refusal": "refused", "content_filter": "refused"}


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is `quality_passed`, the name of the check that cost most (`below_threshold` if none
    did), or how the draft ended: `truncated`, `refused`, `empty`; for calls see `decide_calls`.
    `confidence`, 0 to 1, grows with the distance from the threshold.
    """

    accepted: bool
    score: float
    threshold: float
    confidence: float
    reason: str
    checks: tuple[CheckData, ...]
    early: bool = False

    def as_data(self) -> DecisionData:
        return {
            "accepted": self.accepted,
            "score": self.score,
            "threshold": self.threshold,
            "confidence": self.confidence,
            "reason": self.reason,
            "checks": list(self.checks),
            "early": self.early,
        }


def decide(prompt: str, draft: str, *, finish: str = "stop", threshold: float = 0.7) -> Decision:
    """Judge a finished draft; one that is empty or did not end with `stop` is never accepted.

    `threshold` is a score from 0 to 1. Of long texts only the beginning and the end are looked at.
    """
    seen = Draft.of(prompt, draft, finish)
    checks = tuple(_measure(check, seen) for check in CHECKS)
    score = round(min(1.0, max(0.0, BASE + sum(check["contribution"] for check in checks))), 4)
    ending = _ENDINGS.get(finish, "" if draft.strip() else "empty")
    if ending:
        return Decision(False, score, threshold, 1.0, ending, checks)
    accepted = score >= threshold
    reason = "quality_passed" if accepted else _worst(checks)
    return Decision(accepted, score, threshold, _confidence(score, threshold), reason, checks)


def decide_calls(faults: Sequence[str], *, threshold: float = 0.7) -> Decision:
    """Judge a draft by its tool calls: a fault, in words, in one of them refuses it."""
    value = 0.0 if faults else 1.0
    note = " ".join(faults) or "Every call names a tool and fits its schema."
    check: CheckData = {
        "name": "tool_calls",
        "value": value,
        "contribution": value - 1,
        "passed": not faults,
        "note": note,
    }
    reason = "tool_calls" if faults else "tool_calls_valid"
    return Decision(not faults, value, threshold, 1.0, reason, (check,))


def _measure(check: Check, draft: Draft) -> CheckData:
    name = check.__name__
    value, note = check(draft)
    return {
        "name": name,
        "value": round(value, 4),
        "contribution": round(WEIGHTS[name] * (value - 1), 4) + 0.0,
        "passed": value >= PASSING,
        "note": note,
    }


def _worst(checks: tuple[CheckData, ...]) -> str:
    """A threshold above the base refuses even a draft without a fault."""
    worst = min(checks, key=lambda check: check["contribution"])
    return worst["name"] if worst["contribution"] < 0 else "below_threshold"


def _confidence(score: float, threshold: float) -> float:
    """0.5 at the threshold, 1 as far from it as a score can be on that side."""
    room = 1 - threshold if score >= threshold else threshold
    return round(0.5 + 0.5 * abs(score - threshold) / room, 4) if room else 1.0
