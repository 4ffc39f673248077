"""How hard a question looks, and whether drafting an answer to it is worth while.

Surface rules over the last user turn without its wrapper, bounded and linear in time. They guess;
the cascade's safety lies in judging the draft, not here. Of languages other than English
only greetings are known.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from chat.cascade.programming import LANGUAGE
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
    r"(?i)\s*(?:(?:hi|hello|hey|thanks|thank you|good (?:morning|afternoon|evening|night)"
    r"|ok(?:ay)?|bye"
    r"|hallo|guten? (?:morgen|tag|abend|nacht)|moin|servus|danke|tschüss|bonjour|bonsoir|salut"
    r"|coucou"
    r"|merci|hola|buen[oa]s (?:días|tardes|noches)|gracias|adiós|ciao"
    r"|how are you|how['\u2019]?s it going|wie geht['\u2019]?s|wie geht es (?:dir|ihnen)"
    r"|(?:comment )?ça va|¿?(?:cómo estás|qué tal))\b"
    r"|[你您]好吗?|谢谢你?|多谢|(?:早上|晚上|下午)好|再见|مرحبا|أهلا|السلام عليكم|شكرا|صباح الخير"
    r"|مساء الخير|كيف حالك)"
    r"(?:[ ,!]{1,3}(?:there|again|all|everyone|everybody|world|friend|so much|very much|a lot|you"
    r"|today"
    r"|doing|zusammen|sehr|dir|schön|vielmals|beaucoup|bien|muchas|mucho|how are you"
    r"|how are you doing|ça va"
    r"|(?-i:[A-Z][^\W\d_]{1,20}))\b){0,3}[ًا\s!.,?~\uff01\u3002\uff1f\u061f]*"
)
"""Behind it stands a name, or what people say behind it; "hi, debug this" is no greeting."""
_FACT = re.compile(r"(?i)\s*(?:what|who|when|where|which|how (?:many|much|old|far|long|tall))\b")

_RULES: tuple[tuple[Complexity, tuple[re.Pattern[str], ...], str], ...] = (
    (
        Complexity.EXPERT,
        (
            re.compile(
                r"(?i)\b(?:dis)?prove\b(?! (?:(?:that )?(?:i|you|he|she)|me|us|him|her|them|it|to"
                r"|my"
                r"|your)\b)|\bproof (?:that|of the|by)\b|\bformally verify\b"
            ),
        ),
        "Asks for a proof",
    ),
    (
        Complexity.EXPERT,
        (re.compile(r"(?i)\bderive\b.{1,60}\b(?:from|equation|formula|theorem|bound)\b"),),
        "Asks for a derivation",
    ),
    (
        Complexity.HARD,
        (
            re.compile(
                r"(?i)\b(?:implement|refactor|debug|optimi[sz]e)\b.{0,60}"
                r"\b(?:function|class|code|script|program|query|algorithm|regex|parser|api|bug"
                r"|test)s?\b|\b(?:write|build|fix)\b.{0,60}\b(?:function|algorithm|regex|parser|api"
                r"|bug|unit test|code(?! (?:words?|names?|phrases?)\b))s?\b|```"
            ),
        ),
        "Asks for code",
    ),
    (
        Complexity.HARD,
        (
            re.compile(
                r"(?i)\b(?:write|build|fix)\b.{0,60}\b(?:class|script|program|quer[yi]"
                r"|test)(?:e?s)?\b"
            ),
            LANGUAGE,
        ),
        "Asks for code",
    ),
    (
        Complexity.HARD,
        (
            re.compile(
                r"(?i)\b(?:trade-?offs?|step[- ]by[- ]step|in[- ]depth|critique"
                r"|(?:software|systems?|cloud|data|network|application|app|service|microservices?"
                r"|backend|api) architecture)\b"
            ),
        ),
        "Asks for careful reasoning",
    ),
)
"""The first of which all patterns are found decides, before the length is looked at."""
_EXPLAIN = re.compile(
    r"(?i)\b(?:compare|contrast|analy[sz]e|evaluate|summari[sz]e|explain|why|how)\b"
)


def assess(query: str) -> Assessment:
    text = core(query)
    words = len(text.split())
    if _GREETING.fullmatch(text):
        return Assessment(Complexity.TRIVIAL, "A greeting or thanks")
    for complexity, patterns, reason in _RULES:
        if all(pattern.search(text) for pattern in patterns):
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
