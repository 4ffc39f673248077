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
    r"(?m)^[ \t]*(?:(?:async )?def \w+ ?\(|class \w+ ?[(:{]|function \w+ ?\("
    r"|#include ?[<\"]|(?:public|private|static) [\w<>\[\] ]+\(|assert (?:not )?[\w.]+\(|>>> \S"
    r"|import (?:\w+(?:\.\w+)*$|java[\w.]*;)|from [\w.]+ import \S"
    r"|(?:const|let|var) \w+ ?=|fn \w+\(|func \w+\()"
    r"|```(?!(?i:json|text|txt|plain|markdown|md|csv|tsv|ya?ml|toml|ini|log)\b)\w+[ \t]*\n"
)
_WRITE = (
    r"\b(?:write|implement|code|create|fix|debug|complete|generate|make|develop|refactor|give me"
    r"|show me|need)\b"
    r"(?:\s+(?!(?:about|for|of|on|with|in|to|and|how|that|from)\b)[\w+#.'-]+){0,5}?\s+"
)
_CODE_ASKED = re.compile(
    rf"(?i){_WRITE}(?:functions?(?! names?\b)|subroutines?|snippets?|regex|sql|algorithm"
    r"|regular expression|unit tests?|(?<!dress )(?<!qr )(?<!source )code(?! of\b)(?! names?\b))\b"
    r"|\b(?:schreib|implementier|programmier)\w*\s[^.\n]{0,40}"
    r"\b(?:funktion|skript|programm|klasse|code)\b"
    r"|\b(?:écri[sv]\w*|implémente\w*|escrib[ae]\w*|implementa\w*)\s[^.\n]{0,40}"
    r"\b(?:fonction|script|programme|código|función|programa|code)\b"
    r"|(?:写|编写|实现|寫)[^。\n]{0,20}(?:函数|程序|代码|脚本|函數|程式)|اكتب[^.\n]{0,20}(?:دالة|برنامج|كود)"
)
_PROGRAM_ASKED = re.compile(rf"(?i){_WRITE}(?:script|program|class|method|query|module|app)\b")
_LANGUAGE = re.compile(
    r"(?i)\b(?:python|java|javascript|typescript|php|ruby|rust|golang|kotlin|swift|perl|bash|shell|sql"
    r"|html|css|matlab|gdscript|vba|powershell|haskell|scala|node\.?js|react|django|pandas|numpy)\b"
    r"|\bC(?:\+\+|#)|\b[A-Za-z_]\w*\(\)"
)


def _asks_for_code(case: Case) -> bool:
    """Brings code along, or asks for it; a program may also be one for a concert, and a script one
    for a film, so that these need a language."""
    prompt = case.prompt
    if _CODE.search(prompt) or _CODE_ASKED.search(prompt):
        return True
    return bool(_PROGRAM_ASKED.search(prompt) and _LANGUAGE.search(prompt))


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
