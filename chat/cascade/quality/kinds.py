"""What kind of work a question asks for, told from its structure and never from its topic.

The kind chooses the checks that look at a draft, and the numbers that weigh what they find.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from chat.cascade.programming import LANGUAGE
from chat.cascade.quality.arithmetic.question import question_with_numbers
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


LOOKED_AT = 20_000
"""Characters of a prompt that are searched for what it asks, half from its end."""


def kind_of(case: Case) -> Kind:
    """The first that fits; `prose` where none does."""
    return next((kind for kind, fits in _DETECTORS if fits(case)), Kind.PROSE)


_CODE = re.compile(
    r"(?m)^[ \t]*(?:(?:async )?def \w+ ?\(|class \w+ ?[(:{]|function \w+ ?\("
    r"|#include ?[<\"]|(?:public|private|static) [\w<>\[\] ]+\(|assert (?:not )?[\w.]+\(|>>> \S"
    r"|import (?:\w+(?:\.\w+)*$|java[\w.]*;)|from [\w.]+ import \S"
    r"|(?:const|let|var) \w+ ?=|fn \w+\(|func \w+\()"
    r"|```(?!(?i:json|text|txt|plain|markdown|md|csv|tsv|ya?ml|toml|ini|log)\b)\w+[ \t]*\n"
)
_WRITE = (
    r"\b(?=[wicfdgmrpsn])(?:write|implement|code|create|fix|debug|complete|generate|make|develop|refactor|provide"
    r"|give me|show me|need)\b"
    r"(?:\s+(?!(?:about|for|of|on|with|in|to|and|how|that|from)\b)[\w+#.'-]+){0,5}?\s+"
)
_CODE_ASKED = re.compile(
    rf"(?i){_WRITE}(?:functions?(?! names?\b)|subroutines?|code snippets?|snippets? of code|regex"
    r"|sql|algorithm|regular expression|unit tests?"
    r"|(?<!dress )(?<!qr )(?<!source )code(?! (?:of|names?|words?|phrases?)\b))\b"
    r"|\b(?=[sip])(?:schreib|implementier|programmier)\w*\s[^.\n]{0,40}"
    r"\b(?:funktion|code)\b"
    r"|\b(?=[éie])(?:écri[sv]\w*|implémente\w*|escrib[ae]\w*|implementa\w*)\s[^.\n]{0,40}"
    r"\b(?:fonction|código|función|code)\b"
    r"|(?:写|编写|实现|寫)[^。\n]{0,20}(?:函数|程序|代码|脚本|函數|程式)|اكتب[^.\n]{0,20}(?:دالة|برنامج|كود)"
)
_PROGRAM_ASKED = re.compile(
    rf"(?i){_WRITE}(?:script|program|snippet|solution|class|method|query|module|app)\b"
    r"|\b(?=[sipée])(?:schreib|implementier|programmier|écri[sv]|implémente|escrib[ae]|implementa)\w*\s"
    r"[^.\n]{0,40}\b(?:skript|programm|klasse|script|programme|classe|programa|clase)\b"
)


def _asks_for_code(case: Case) -> bool:
    """Brings code along, or asks for it; a program may also be one for a concert, and a script one
    for a film, so that these need a language."""
    prompt = excerpt(case.prompt, LOOKED_AT)
    if _CODE.search(prompt) or _CODE_ASKED.search(prompt):
        return True
    return bool(_PROGRAM_ASKED.search(prompt) and LANGUAGE.search(prompt))


_QUANTITY = re.compile(
    r"(?i)\bhow (?:many|much|long|old|far|tall|fast|high|big|heavy|deep|wide|often)\b"
    r"|\b(?:calculate|compute|simplify|estimate)\b|\bwhat (?:place|floor)\b"
    r"|\b(?:what(?:'s|\u2019s)?(?! is an? )|find|determine|evaluate|express)\b[^.?!\n]{0,60}?"
    r"\b(?:sum|total|product|numbers?|average"
    r"|(?:the|its|their|arithmetic|geometric|harmonic|sample) mean"
    r"|difference|ratio|probability|chance|percent(?:age)?|values?|area|perimeter"
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
    question = question_with_numbers(case.prompt)
    if not _ASKS.search(question) or _COMPOSES.search(question):
        return False
    if _FORMULA.search(question):
        return True
    numbers, measures = len(_NUMBER.findall(question)), len(_MEASURE.findall(question))
    return numbers > 0 and numbers + measures > 1 and bool(_QUANTITY.search(question))


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
    (Kind.TOOLS, lambda case: bool(case.tools)),
    (Kind.CHOICE, lambda case: bool(case.options)),
    (Kind.CODE, _asks_for_code),
    (Kind.NUMBER, _asks_for_a_number),
    (Kind.INSTRUCTIONS, lambda case: bool(case.instructions)),
    (Kind.FACT, _asks_for_a_fact),
)
