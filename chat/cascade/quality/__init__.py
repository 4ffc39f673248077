"""Is this draft good enough? `decide` is the only door: for `run`, streams, tools and records.

It tells the kind of work from the question's structure (`kinds.py`), lets the checks of that kind
measure the draft (`checks/`), and weighs what they find into the probability that the draft is good
(`scorer.py`). It takes milliseconds, calls no model and gives the same answer to the same draft.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chat.cascade.errors import ConfigError
from chat.cascade.numeric import is_number
from chat.cascade.providers.base import Message, ToolSpec
from chat.cascade.quality.calibration import SHIPPED, UNTRAINED, Calibration, names_of_checks
from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks import CHECKS, SO_FAR
from chat.cascade.quality.confidence import Confidence
from chat.cascade.quality.kinds import Kind, kind_of
from chat.cascade.quality.sandbox import Sandbox
from chat.cascade.quality.scorer import Scorer
from chat.cascade.streaming.events import CheckData, DecisionData
from chat.cascade.tools.judging import JudgedCall

__all__ = [
    "SHIPPED",
    "UNTRAINED",
    "Calibration",
    "Confidence",
    "Decision",
    "Kind",
    "decide",
]

BAD_ENDINGS = {"length": "truncated", "refusal": "refused", "content_filter": "refused"}
"""Finish reasons of drafts that are never accepted, and how decisions and switches name them."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`score` is the probability, 0 to 1, that the draft is good.

    `reason` is `quality_passed`, the name of the check that cost most (`below_threshold` if none
    did), or how the draft ended: `truncated`, `refused`, `empty`, `tool_calls` (one cannot be run).
    `confidence`, 0 to 1, grows with the distance from the threshold. `promise` says in a sentence
    what is promised of such drafts, or how much evidence that still lacks.
    """

    accepted: bool
    score: float
    threshold: float
    confidence: float
    reason: str
    kind: Kind
    checks: tuple[CheckData, ...]
    promise: str = ""
    early: bool = False

    def as_data(self, saves_usd: Decimal | None = None) -> DecisionData:
        """`saves_usd` is what the last model would ask for as many tokens."""
        return {
            "accepted": self.accepted,
            "score": self.score,
            "threshold": self.threshold,
            "confidence": self.confidence,
            "reason": self.reason,
            "kind": self.kind,
            "checks": list(self.checks),
            "promise": self.promise,
            "saves_usd": None if saves_usd is None else f"{saves_usd:f}",
            "early": self.early,
        }


def decide(
    prompt: str,
    draft: str,
    *,
    history: Sequence[Message] = (),
    tools: Sequence[ToolSpec] = (),
    calls: Sequence[JudgedCall] = (),
    confidence: Confidence | None = None,
    finish: str | None = "stop",
    threshold: float = 0.7,
    calibration: Calibration = SHIPPED,
    sandbox: Sandbox | None = None,
    checks_off: Collection[str] = (),
    kind: Kind | None = None,
) -> Decision:
    """Judge a draft as an answer to the last user turn, `prompt`.

    With a `finish` of None it is still being written, and is only set aside (`early`) for what it
    cannot recover from. A finished one that is empty, has a call that cannot be run or did not end
    with `stop` (`tool_calls`) is never accepted. `threshold`, a probability, gives way to that of a
    promise in force where it is higher; checks named in `checks_off` are left out. `kind` is given
    where it is known. Of very long texts the middle is not looked at. With a `sandbox`, a finished
    draft's code is run there against the question's examples, which blocks for up to seconds.
    Raises ConfigError for what is no text, threshold or name of a check.
    """
    for name, text in (("prompt", prompt), ("draft", draft)):
        if not isinstance(text, str):
            raise ConfigError(f"{name} is {text!r}, must be a text")
    if not is_number(threshold) or not 0 <= threshold <= 1:
        raise ConfigError(f"threshold is {threshold!r}, must be from 0 to 1")
    checks_off = names_of_checks(checks_off)
    case = Case(prompt, draft, history, tools, calls, confidence, finish, sandbox)
    kind = kind or kind_of(case)
    scorer, promise = calibration.scorers[kind], calibration.promise(kind)
    threshold = calibration.threshold(kind, threshold)
    early = finish is None
    used = SO_FAR if early else CHECKS[kind]
    found = (finding for check in used for finding in check(case))
    findings = [finding for finding in found if finding.name not in checks_off]
    score = round(scorer.score(findings), 4)
    checks = tuple(_weighed(finding, scorer) for finding in findings)
    if ending := _bad_end(case):
        return Decision(False, score, threshold, 1.0, ending, kind, checks, promise, early)
    is_lost = not early or any(not finding.passed for finding in findings)
    accepted = score >= threshold or not is_lost
    reason = "quality_passed" if accepted else _worst(checks)
    sure = _distance(score, threshold)
    return Decision(accepted, score, threshold, sure, reason, kind, checks, promise, early)


def _bad_end(case: Case) -> str:
    """Why a draft cannot stand whatever it scores, or ""."""
    if any(call.error for call in case.calls):
        return "tool_calls"
    if case.finish is None:
        return ""
    if not case.calls and not case.draft.strip():
        return "empty"
    return BAD_ENDINGS.get(case.finish, "")


def _weighed(finding: Finding, scorer: Scorer) -> CheckData:
    return {
        "name": finding.name,
        "value": round(finding.value, 4),
        "contribution": round(scorer.contribution(finding), 4) + 0.0,
        "passed": finding.passed,
        "note": finding.note,
    }


def _worst(checks: Sequence[CheckData]) -> str:
    """A threshold above what a faultless draft scores refuses even that."""
    worst = min(checks, key=lambda check: check["contribution"], default=None)
    return worst["name"] if worst and worst["contribution"] < 0 else "below_threshold"


def _distance(score: float, threshold: float) -> float:
    """0.5 at the threshold, 1 as far from it as a score can be on that side."""
    room = 1 - threshold if score >= threshold else threshold
    return round(0.5 + 0.5 * abs(score - threshold) / room, 4) if room else 1.0
