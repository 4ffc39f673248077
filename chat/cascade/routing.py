"""How hard a question looks, and whether drafting an answer to it is worth while.

Surface rules over the last user turn without its wrapper, bounded and linear in time. They guess;
the cascade's safety lies in judging the draft, not here. Languages other than English are told
apart by length only.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from chat.cascade.question import core


class Complexity(StrEnum):
    TRIVIAL = "trivial"
    SIMPLE = "simple"
    MODERATE = "moderate"
    HARD = "hard"
    EXPERT = "expert"

    @property
    def level(self) -> int:
        return list(Complexity).index(self)


@dataclass(frozen=True, slots=True)
class Assessment:
    """`reason` is written for a reader."""

    complexity: Complexity
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """`to_first`: a direct one goes to the first model, not to the last."""

    strategy: Literal["cascade", "direct"]
    complexity: Complexity
    reason: str
    to_first: bool = False


_GREETING = re.compile(
    r"(?i)\s*(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|night)|ok(?:ay)?|bye|hallo"
    r"|danke|bonjour|merci|hola|gracias|ciao)\b[\s\w]{0,20}[!.,?]*\s*"
)
_FACT = re.compile(r"(?i)\s*(?:what|who|when|where|which|how (?:many|much|old|far|long|tall))\b")

# The first rule that matches decides, before the length is looked at.
_RULES: tuple[tuple[Complexity, re.Pattern[str], str], ...] = (
    (
        Complexity.EXPERT,
        re.compile(r"(?i)\b(?:prove|disprove)\b|\bproof (?:that|of the|by)\b|\bformally verify\b"),
        "Asks for a proof",
    ),
    (
        Complexity.EXPERT,
        re.compile(r"(?i)\bderive\b.{1,60}\b(?:from|equation|formula|theorem|bound)\b"),
        "Asks for a derivation",
    ),
    (
        Complexity.HARD,
        re.compile(
            r"(?i)\b(?:write|implement|build|refactor|debug|fix|optimi[sz]e)\b.{0,60}"
            r"\b(?:function|class|code|script|program|query|algorithm|regex|parser|api|bug|test)s?\b|```"
        ),
        "Asks for code",
    ),
    (
        Complexity.HARD,
        re.compile(
            r"(?i)\b(?:trade-?offs?|step[- ]by[- ]step|in[- ]depth|architecture|critique)\b"
        ),
        "Asks for careful reasoning",
    ),
)
_EXPLAIN = re.compile(
    r"(?i)\b(?:compare|contrast|analy[sz]e|evaluate|summari[sz]e|explain|why|how)\b"
)


def assess(query: str) -> Assessment:
    text = core(query)
    words = len(text.split())
    if _GREETING.fullmatch(text):
        return Assessment(Complexity.TRIVIAL, "A greeting or thanks")
    for complexity, pattern, reason in _RULES:
        if pattern.search(text):
            return Assessment(complexity, reason)
    if words > 200 or len(text) > 1500:
        return Assessment(Complexity.HARD, "A long request")
    if text.count("?") >= 3:
        return Assessment(Complexity.HARD, "Several questions at once")
    if words <= 15 and _FACT.match(text):
        return Assessment(Complexity.SIMPLE, "Short factual question")
    if _EXPLAIN.search(text):
        return Assessment(Complexity.MODERATE, "Asks for an explanation")
    if len(text) <= 60:
        return Assessment(Complexity.SIMPLE, "Short question")
    return Assessment(Complexity.MODERATE, "An ordinary request")
