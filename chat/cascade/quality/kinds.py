"""What kind of work a question asks for, told from its structure and never from its topic.

The kind chooses the checks that look at a draft, and the numbers that weigh what they find.
"""

import re
from collections.abc import Callable
from enum import StrEnum

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
    r"(?i)\bhow (?:many|much|long|old|far|tall|fast)\b|\bwhat (?:is|was|are|will be) (?:the )?"
    r"[^.?\n]{0,60}\b(?:sum|total|product|number|average|difference|ratio|probability|percent(?:age)?"
    r"|value|area|perimeter|volume|length|cost|price|remainder|age|distance|speed|degree)\b"
    r"|\b(?:calculate|compute|evaluate|solve|determine|find|simplify)\b"
    r"|\bwie ?viele?\b|\bcu[aá]nt[oa]s?\b|\bcombien\b|多少|كم"
)
_FIGURES = re.compile(
    r"\d|\$[^$]+\$|\\[\[(]|\\frac|\b(?:half|twice|two|three|four|five|six|ten|dozen)\b"
)


def _asks_for_a_number(case: Case) -> bool:
    return bool(_QUANTITY.search(case.prompt) and _FIGURES.search(case.prompt))


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
