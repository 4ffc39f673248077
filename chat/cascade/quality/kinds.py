"""What kind of work a question asks for, told from its structure and never from its topic.

The kind chooses the checks that look at a draft, and the numbers that weigh what they find.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from chat.cascade.quality.case import Case, excerpt
from chat.cascade.question import question_of


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
    return bool(case.instructions)


_BRIEF = re.compile(
    r"(?i)\b(?:answers?|reply|respond|response)\b[^.\n]{0,60}\b(?:concise(?:ly)?|brief(?:ly)?"
    r"|short(?:ly)?|direct(?:ly)?|in one word|in (?:a few|few|two|three) words"
    r"|in a (?:single )?(?:word|phrase))\b"
    r"|\b(?:concise|short|brief|direct)(?:ly)? answers?\b|\b(?:only|just) the answer\b"
    r"|\banswer only\b|\b(?:complete|full|whole) sentences?\b|\bkurze? antwort|\bin einem wort\b"
    r"|\brespuesta (?:corta|breve)|\bréponse (?:courte|brève)|\ben un mot\b|简短|简洁|باختصار"
)
_QUESTION = re.compile(
    r"(?i)\W{0,3}(?:(?:in|on|at|from|to|of|by|for|with|under) )?(?:who|whom|whose|what"
    r"|what['\u2019]s|which|when|where"
    r"|how (?:many|much|old|tall|far|long|big|large|high|fast|often)"
    r"|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should"
    r"|wer|wen|wem|wessen|wann|wo|was|welche[rmns]?|wie ?viele?|ist|sind|war|hat|gibt"
    r"|qui|quels?|quelles?|quand|où|combien|est-ce"
    r"|¿?(?:qui[eé]n|qu[eé]|cu[aá]l|cu[aá]ndo|d[oó]nde|cu[aá]nt[oa]s?))\b"
    r"|.{0,60}(?:谁|什么|哪|几|多少|是否|吗)|\W{0,3}(?:من|ما|متى|أين|كم|هل)\b"
)
_ASKS_WITHIN = re.compile(r"(?i)\b(?:who|whom|whose|what|which|when|where|how many|how much)\b")
_OPEN = re.compile(
    r"(?i)\b(?:why|how (?:do|does|did|can|could|should|would|to|about)|explain|describe|discuss"
    r"|recommend\w{0,7}|suggest\w{0,6}|advice|ideas?|tips|ways|steps|strateg\w{1,5}|differen(?:ce|t)s?"
    r"|compar\w{1,6}|best|what (?:if|about)|(?:can|could|would|will|should) (?:you|i|we)"
    r"|pros and cons|write|list|you think|your (?:opinion|thoughts)|warum|wieso"
    r"|erkläre?|por qué|explica|pourquoi|expliquer?)\b|为什么|怎么|如何|解释|لماذا|كيف|اشرح"
)
_SENTENCE = re.compile(r"[.!?\u3002\uff1f](?=\s|$)")
_LONGEST_QUESTION = 300


def _asks_for_a_fact(case: Case) -> bool:
    """One short question that a name, a time, a number, a yes or a no answers."""
    question = question_of(excerpt(case.prompt, 4 * _LONGEST_QUESTION))
    if len(question) > _LONGEST_QUESTION or len(case.prompt) > 4 * _LONGEST_QUESTION:
        return False
    if len(question) < len(case.prompt) and _BRIEF.search(case.prompt):
        return True
    asks = _QUESTION.match(question) or ("?" in question and _ASKS_WITHIN.search(question))
    sentences = len(_SENTENCE.findall(question))
    return bool(asks) and sentences <= 2 and not _OPEN.search(question)


_DETECTORS: tuple[tuple[Kind, Callable[[Case], bool]], ...] = (
    (Kind.TOOLS, _has_tools),
    (Kind.CHOICE, _lists_options),
    (Kind.CODE, _asks_for_code),
    (Kind.NUMBER, _asks_for_a_number),
    (Kind.INSTRUCTIONS, _sets_constraints),
    (Kind.FACT, _asks_for_a_fact),
)
