"""What kind of work a question asks for, told from its structure and never from its topic.

The kind chooses the checks that look at a draft, and the numbers that weigh what they find.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from chat.cascade.quality.arithmetic.question import question_of
from chat.cascade.quality.case import Case


class Kind(StrEnum):
    TOOLS = "tools"
    CHOICE = "choice"
    CODE = "code"
    NUMBER = "number"
    INSTRUCTIONS = "instructions"
    FACT = "fact"
    PROSE = "prose"


def kind_of(case: Case) -> Kind:
    """The first that fits; `prose` where none does."""
    return next((kind for kind, fits in _DETECTORS if fits(case)), Kind.PROSE)


def _has_tools(case: Case) -> bool:
    return bool(case.tools)


def _lists_options(case: Case) -> bool:
    return bool(case.options)


_CODE = re.compile(
    r"(?m)^[ \t]*(?:def \w+\(|class \w+[(:]|function \w+\(|#include\b|public (?:static|class)\b"
    r"|assert \S|import \w+$|from \w+ import\b)|```(?!json)\w+\n"
)
_CODE_ASKED = re.compile(
    r"(?i)\b(?:write|implement|code|create|fix|debug|complete)\s[^.\n]{0,40}"
    r"\b(?:function|script|program|snippet|class|method|regex|sql|query|code)\b"
)


def _asks_for_code(case: Case) -> bool:
    return bool(_CODE.search(case.prompt) or _CODE_ASKED.search(case.prompt))


_QUANTITY = re.compile(
    r"(?i)\bhow (?:many|much|long|old|far|tall|fast|high|big|heavy|deep|wide|often)\b"
    r"|\b(?:calculate|compute|simplify|estimate)\b|\bwhat (?:place|floor)\b"
    r"|\b(?:what(?:'s|\u2019s)?|find|determine|evaluate|express)\b[^.?!\n]{0,60}?\b(?:sum|total|product"
    r"|numbers?|average|mean|difference|ratio|probability|chance|percent(?:age)?|values?|area|perimeter"
    r"|volume|length|cost|price|remainder|age|distance|speed|rate|degrees?|temperature|weights?|heights?"
    r"|profit|salary|pension|income|score|floor|amount|integers?|digits?|angle|measure|most|least"
    r"|largest|smallest|greatest|change)\b"
    r"|\bwie ?(?:viele?|lange?|alt|hoch|weit|groß|schnell)\b|\bberechne|\bcu[aá]nt[oa]s?\b"
    r"|\bcalcula|\bcombien\b|\bcalcule|多少|几|求|计算|كم|احسب"
)
_NUMBER = re.compile(
    r"(?i)\d[\d.,]*|\b(?:half|once|twice|double[ds]?|triple[ds]?|one|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|dozen|third|quarter)\b"
)
_MEASURE = re.compile(
    r"(?i)\b(?:every|each|daily|weekly|weeks?|months?|monthly|quarterly|years?|integers?|digits?"
    r"|divisors?|multiples?|factors?|primes?|polygon|triangle|rectangle|cube|ways)\b"
)
_FORMULA = re.compile(
    r"\\(?:frac|sqrt|begin|times|cdot|le|ge|pmod|angle|triangle|overline|sum|int|log|cos|sin)\b"
    r"|\$[^$\n]{0,80}[a-zA-Z\\^_=][^$\n]{0,80}\$|\$\d[\d,.]*\$|\b\d*[a-z] ?(?:\^ ?\d|[+=*] ?\d)"
)
_ASKS = re.compile(
    r"[?\uff1f\u061f]|(?i:\b(?:find|solve|calculate|compute|evaluate|determine|simplify|estimate)\b)"
)
_COMPOSES = re.compile(
    r"(?im)(?:^|[.!?:] +)(?:(?:can|could|would|will) you )?(?:please )?"
    r"(?:write|rewrite|create|generate|compose|draft|summari[sz]e|describe|explain|design|suggest"
    r"|translate|provide|give me|make|how (?:can|do) i)\b"
)


def _asks_for_a_number(case: Case) -> bool:
    """A formula and a question, or a quantity asked for and numbers to make it of."""
    question = question_of(case.prompt)
    if not _ASKS.search(question) or _COMPOSES.search(question):
        return False
    if _FORMULA.search(question):
        return True
    numbers, measures = len(_NUMBER.findall(question)), len(_MEASURE.findall(question))
    return numbers > 0 and numbers + measures > 1 and bool(_QUANTITY.search(question))


def _sets_constraints(case: Case) -> bool:
    return False


_QUESTION = re.compile(
    r"(?i)\b(?:who|whom|whose|what|which|when|where|wer|was|wann|wo|welche[rs]?|qui|quel(?:le)?"
    r"|quand|où|qui[eé]n|qu[eé]|cu[aá]ndo|d[oó]nde)\b|谁|什么|哪|几|من|ما|متى|أين"
)


def _asks_for_a_fact(case: Case) -> bool:
    return len(case.prompt) <= 400 and bool(_QUESTION.search(case.prompt)) and "?" in case.prompt


_DETECTORS: tuple[tuple[Kind, Callable[[Case], bool]], ...] = (
    (Kind.TOOLS, _has_tools),
    (Kind.CHOICE, _lists_options),
    (Kind.CODE, _asks_for_code),
    (Kind.NUMBER, _asks_for_a_number),
    (Kind.INSTRUCTIONS, _sets_constraints),
    (Kind.FACT, _asks_for_a_fact),
)
