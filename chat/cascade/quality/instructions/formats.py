"""The form of an answer: JSON and other markup, a table, code, a list, so many of something."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from chat.cascade.programming import LANGUAGE
from chat.cascade.quality.instructions.amounts import MANY, NUMBER, Range, value_of
from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.instruction import (
    Ask,
    Instruction,
    Kept,
    is_wanted,
    shows,
    yes_or_no,
)

_JSON = re.compile(
    r"(?i)\b(?:as|in|into|return|only|just|valid|with|output|formato|format|als|im|mit|en|nur"
    r"|con|avec|au format)\s+(?:an? |the |following |this |a valid )*json\b(?! file| schema)"
    r"|\b(?:give|gib)(?: me| mir)? json\b|\b(?:output|format|answer)(?: format)?(?: must be|:)"
    r" json\b"
    r"|\bjson (?:format|block|object only|only)\b|JSON\s?格式|بصيغة JSON|بتنسيق JSON"
)
_INTO_JSON = re.compile(
    r"(?i)^\W*(?:please |can you |could you |now |bitte )*(?:convert|turn|transform|change|reformat"
    r"|put|wandle)\b[^.?!:\n]{0,60}?(?:\b(?:this|these|the following|it|das|dies\w*|folgende\w*)\b"
    r"[^.?!:\n]{0,60}?\b(?:to|into|in) json\b(?= um\b|[:,.!]|$)|\b(?:to|into|in) json(?: um)?:)"
)
"""Of what is at hand; of a file that is not, one asks how."""
_WHOLE = re.compile(r"(?i)\b(?:entire|whole|only|nothing else|wrap\w*|just|all of)\b")
_TABLE = re.compile(
    r"(?i)\b(?:as|in|into|with|make|create|draw|give me|show|provide|use"
    r"|generate)\s+(?:me )?(?:an? )?(?:(?!(?:the|this|that|my|your|our|each"
    r"|every)\b)[\w-]+ ){0,2}table\b(?! of contents|spoon| with (?:chairs"
    r"|legs))(?! setting| tennis| for \w+ (?:people|guests))|\b(?:in|als|como"
    r"|sous forme de|en forma de) (?:einer |una? )?(?:Tabelle|tabla|tableau)\b|表格(?:形式|列出)"
    r"|\b(?:gib mir|mach|erstelle?|zeige?|zeichne|fais|donne-moi|crée|dresse|dame|haz|crea|muestra)"
    r" (?:mir |moi |me )?(?:bitte )?(?:eine|un|una) (?:[\w-]+ ){0,2}?(?:Tabelle|tableau|tabla)\b"
    r"|(?:用|做|画|列|制作)(?:一个|一张|个|张)?表格|في جدول|(?:أعطني|أنشئ|اعمل|ارسم) جدول"
)
_DATABASE = r"(?:postgres\w*|mysql|sqlite|oracle|mariadb)"
_NOT_A_TABLE = re.compile(
    r"(?i)\b(?:wooden|coffee|dining|kitchen|database|sql|hash|look-?up|hierarchy|insert|times"
    r"|pivot|periodic|round|html)\b[^.]{0,12}\btable\b|\bselect\b|\b(?:in|with|using) python\b"
    r"|\bpython (?:code|function|script|program)\b"
    rf"|\b{_DATABASE} tables?\b|\btables? (?:\w+ ){{0,6}}?(?:in|for|on|with) {_DATABASE}\b"
    r"|\bgoogle sheets\b"
    r"|\btables (?:in|of) (?:my|the|our)\b"
    r"|\btable (?:(?:in|of) (?:my|our)|in the)\b"
)
_CODE = re.compile(
    r"(?i)\b(?:write|implement|create|show|give) (?:me )?(?:an? |the |some )?(?:(?!(?:of"
    r"|about|for|on|in|to|from)\b)[\w+#-]+ ){0,3}?(?:function|regex|sql query|snippet of code"
    r"|(?P<thing>script|program|snippet|class|query)|code(?! (?:words?|names?|phrases?)\b))\b"
)
"""A thing is code where a language is named: films have scripts too, and concerts programs."""
_LONGEST = 20_000
_NOT_CODE = re.compile(
    r"(?i)^(?:can|could|do) you (?:write|read) code\W*$|\b(?:video|film|movie|play|tv"
    r"|youtube|commercial|radio|training|sales|podcast|master ?|yoga|dress|promo|zip|sign"
    r"|phone|call|tv|standup|stand-up|movie|first|middle|high|working|upper|lesson"
    r"|discount|coupon|qr|bar|morse|access|door)"
    r"\s?\w* (?:script|code|class|program)\b|\b(?:class(?:room|es"
    r"|mates?)?|program(?:me)?|script) (?:about|of \d|on|for (?:a|an|the|my) (?:video"
    r"|youtube|play|movie|film|podcast|tv|school|teacher|student|employ\w*|training))\b"
    r"|\bcode of (?:conduct|ethics|practice|honou?r)\b"
    r"|\b(?:training|exercise|workout|fitness|loyalty|school|language) (?:program|class)"
)
_TO = r"\s?(?:-|–|to|or|and|bis|oder|und|à|ou|et|a|o|y)\s?"
_AT_MOST = (
    r"at (?:the )?most|no more than|not more than|up to|höchstens|maximal|bis zu|au plus"
    r"|como máximo|hasta"
)
_LIST = re.compile(
    rf"(?i)(?:^|[.;,!?:] |\b(?:please|and|you|then|also) )(?:list|name|give|suggest|provide"
    rf"|write|generate|create|share|come up with|recommend|nenne|nombra|enumera|cite|列出"
    rf"|اذكر)\s+"
    rf"(?:me |us |the |first |out |down |for me |exactly |a list of |at least |between |top |mir "
    rf"|un[ea]? lista de |(?P<most>{_AT_MOST}) )*"
    rf"(?P<number>{NUMBER})(?:{_TO}(?P<high>{NUMBER}))?(?:\s?个)?[ ]"
    rf"(?P<what>(?!bis\b)(?:[a-z'-]+ ){{0,3}}?[a-z-]+s)\b(?!-)"
    rf"|\b(?:make|create|write|as|give|in|provide|generate|with"
    rf"|into)\b[^.;\n]{{0,25}} list (?:of|with) (?:the |exactly "
    rf"|at least )?(?P<number2>{NUMBER}) (?P<what2>(?:[a-z'-]+ ){{0,3}}?[a-z-]+s)\b"
)
_LIST_ELSEWHERE = re.compile(
    rf"(?i)(?:^|[.;,!?:] |\b(?:bitte|und|et|y|por favor) )(?:(?:nenne?|gib|liste|zähle?|schlage?"
    rf"|empfiehl"
    rf"|donne|cite|nomme|propose|dame|dime|nombra|enumera|sugiere|recomienda)(?:[- ](?:mir|uns"
    rf"|moi|nous"
    rf"|me))?(?: bitte)? (?:mindestens |wenigstens |au moins |al menos |(?P<most>{_AT_MOST}) )?"
    rf"(?P<number>{NUMBER})(?:{_TO}(?P<high>{NUMBER}))? "
    rf"|^top (?P<number2>{NUMBER}) )(?P<what>[^\W\d_]{{3,}}(?: (?-i:[A-ZÄÖÜ])[^\W\d_]+)?)"
    rf"|(?:列出|列举|给我(?:推荐|列出|介绍)?|推荐|说出)(?P<number3>{NUMBER})[个种本部条项首家款](?P<what3>[^\W\d_]{{1,8}})"
    rf"|(?:اذكر|عدد|أعطني|اقترح) (?P<number4>{NUMBER}) (?P<what4>[^\W\d_]{{3,}})"
)
_LIST_OF_THEM = re.compile(
    rf"(?i)(?:^|[.;,!?:] )(?:list|name|give me|suggest|nenne?|nenn mir|zähle?|cite|nombra)"
    rf" (?P<number>{NUMBER})(?P<what> of (?:them|these|those)| davon|)[.!]?$"
)
_NOT_ITEMS = re.compile(
    r"(?i)\b(?:words?|sentences?|paragraphs?|lines?|pages?|days?|weeks?|months?|years?"
    r"|hours?|minutes?|stanzas?|chapters?|characters?|percent|times|seconds?|levels|people"
    r"|rows?|columns|lists?|digits?|grade\w*|stars?|points?|ways? to \w+"
    # These have units of their own, and may stand in a row.
    r"|hashtags?|emojis?"
    r"|wörter|sätzen?|absätzen?|zeilen|seiten|tagen?|wochen|monate|jahre|stunden|minuten|sekunden"
    r"|prozent"
    r"|mal|strophen|zeichen|euro|punkte|mots|phrases|paragraphes|lignes|jours|semaines|mois|heures"
    r"|fois|palabras|frases|oraciones|párrafos|líneas|páginas|días|semanas|meses|años|horas|minutos"
    r"|veces|puntos)\b|[字词句段行天页]|分钟|كلمات|جمل|أيام|أسطر|فقرات"
)
_NUMBERED_LIST = re.compile(
    r"(?i)\b(?:numbered|ordered) list\b|\bnummerierte Liste\b|\blista numerada\b"
    r"|\bliste numérotée\b|编号列表|قائمة مرقمة"
)
_BULLETED = re.compile(
    r"(?i)\b(?:in|as|using|use|with|into|conversational)\s(?:\w+ )?(?:a )?(?:bullet(?:ed"
    r"|ized)?[ -]?(?:points?|list|form|format)|bullets)\b|\b(?:give me|make|write|create|provide"
    r"|show me) an? bullet(?:ed|ized)?[ -]?(?:points? )?list\b"
    r"|\b(?:lista (?:con|de) viñetas|liste à puces|(?:mit|als) Aufzählungs\w+)"
    r"|\bbullet point (?:list|TLDR"
    r"|summary|form|format)\b"
    r"|(?<!given )(?<!following )(?<!from the )\blist of bullet points\b|\b(?:in"
    r"|als) (?:Stichpunkten|Aufzählung)|\ben viñetas|\bsous forme de puces|用要点|在نقاط"
)
_MARKUP: Final = (
    (
        "XML",
        re.compile(r"(?i)\b(?:an?|in|as|valid) xml\b(?: format| document)?"),
        re.compile(r"<[A-Za-z][^<>\n]*>"),
    ),
    (
        "HTML",
        re.compile(r"(?i)\b(?:an html page|in html\b|as html\b)"),
        re.compile(r"<[A-Za-z][^<>\n]*>"),
    ),
    (
        "YAML",
        re.compile(r"(?i)\b(?:in|as)(?: the)? yaml\b"),
        re.compile(r"(?m)^[ \t]*(?:- )?[\w \"'-]{1,60}:(?:\s|$)"),
    ),
)
_ABOUT_IT = re.compile(
    r"(?i)^(?:what|how|why)\b|\b(?:convert\w*|pars(?:e|ing)|difference|joke|reads?|load\w*"
    r"|knowledge)\b[^.]{0,40}$"
)
_ON_IT = re.compile(r"(?i)\babout (?:\w+ )?\w+ $")
_IS_IT = re.compile(r"(?i)\W*(?:is|are|was|were|does|did|has|have|ist|sind)\b[^,:]*\?")
_OF_PROGRAMS = re.compile(
    r"(?i)\b(?:returns|sends|accepts|expects|outputs|produces|prints|stor(?:e|es|ed|ing)"
    r"|sav(?:e|es|ed|ing)|advantages|disadvantages|benefits|drawbacks|pros|cons)\b[^.;:]{0,40}$"
    r"|\b(?:work|deal)(?:s|ing)? $"
)
_OR_OTHER = re.compile(r"(?i)\s*(?:or|vs\.?|versus) (?:yaml|xml|csv|toml|markdown|bson)\b[^.]*\?")


def formats(ask: Ask) -> Iterator[Instruction]:
    for name, cues, asked, judge in _FORMATS:
        found = asked(ask) if ask.has(cues) else None
        before = ask.text[: found.start()] if found else ""
        is_asked_about = name != "code" and _HOW_TO.search(before)
        if found and is_wanted(before) and not is_asked_about:
            yield Instruction(name, name, partial(judge, ask))


_HOW_TO = re.compile(
    r"(?i)\b(?:how (?:to|(?:do|does|can|could|should|would) (?:i|we|one|you|they|people))"
    r"|(?:should|must|do|does|when (?:can|may)) (?:i|we|one|they|people))"
    r"(?: (?:make|create|write|add|insert|build|start|format|get))?(?: an?| the)? $"
)
"""What is asked for is not the thing, but how and whether to make one; of code it is shown."""


def _json(ask: Ask) -> re.Match[str] | None:
    """How the final answer is to be marked, as in a field of that name, is read by `answer.py`."""
    if found := _INTO_JSON.match(ask.text):
        return found
    found = _JSON.search(ask.text)
    if not found or _ANSWER_FIELD.search(ask.prompt) or _OR_OTHER.match(ask.text, found.end()):
        return None
    before = ask.text[: found.start()]
    is_matter = _IS_IT.match(ask.text) or _ABOUT_IT.search(before)
    return None if is_matter or _OF_PROGRAMS.search(before) else found


def _table(ask: Ask) -> re.Match[str] | None:
    return None if _NOT_A_TABLE.search(ask.text) else _TABLE.search(ask.text)


def _code(ask: Ask) -> re.Match[str] | None:
    found = None if _NOT_CODE.search(ask.text) else _CODE.search(ask.text)
    is_code = found and (not found["thing"] or LANGUAGE.search(ask.prompt[:_LONGEST]))
    return found if is_code else None


_ANSWER_FIELD = re.compile(r"(?i)[\"'`](?:final[_ ]?)?answer[\"'`]")
_FENCE = re.compile(r"```[ \t]*(?:json\w*)?[ \t]*\n?([^`]*)```", re.IGNORECASE)


def _holds_json(ask: Ask, draft: Draft) -> Kept:
    text, whole = draft.text.strip(), bool(_WHOLE.search(ask.text))
    if _is_json(text):
        return Kept(1.0, "")
    fenced = _FENCE.search(text)
    if fenced and _is_json(fenced.group(1).strip()):
        alone = len(fenced.group()) == len(text)
        return Kept(1.0 if alone else 0.3 if whole else 0.7, "has text around it")
    opening = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    closing = max(text.rfind("}"), text.rfind("]"))
    if not whole and 0 <= opening < closing and _is_json(text[opening : closing + 1]):
        return Kept(0.7, "has text around it")
    return Kept(0.0, "and there is none" if opening < 0 else "which cannot be read")


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _holds_table(_: Ask, draft: Draft) -> Kept:
    has_table = "<table" in draft.text or any(map(_is_rule, draft.text.splitlines()))
    return yes_or_no(has_table, "and there is none")


def _is_rule(line: str) -> bool:
    """The line of dashes under the head of a Markdown table."""
    return "-" in line and "|" in line and not line.strip(" \t|:-")


_CODE_SEEN = re.compile(
    r"```|(?m:^(?: {4}|\t)\S)|\b(?:def|function|class|SELECT|return)\b|[{};][ \t]*$|=>"
)
_INLINE = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"[\w.]+(?:\(\))?")


def _holds_code(_: Ask, draft: Draft) -> Kept:
    """A name in a sentence is none yet."""
    names = map(_NAME.fullmatch, _INLINE.findall(draft.text))
    return yes_or_no(bool(_CODE_SEEN.search(draft.text)) or not all(names), "and there is none")


class _Form(NamedTuple):
    name: str
    cues: tuple[str, ...]
    asked: Callable[[Ask], re.Match[str] | None]
    judge: Callable[[Ask, Draft], Kept]


_FORMATS: Final = (
    _Form("JSON", ("json",), _json, _holds_json),
    _Form("a table", ("tab", "表格", "جدول"), _table, _holds_table),
    _Form(
        "code",
        ("function", "script", "program", "snippet", "class", "regex", "sql", "query", "code"),
        _code,
        _holds_code,
    ),
    _Form(
        "a numbered list",
        ("list", "列表", "قائمة"),
        lambda ask: _NUMBERED_LIST.search(ask.text),
        lambda _, draft: yes_or_no(draft.numbered.high > 0, "and there is none"),
    ),
    _Form(
        "bullet points",
        ("bullet", "stichp", "aufz", "viñeta", "puces", "要点", "نقاط"),
        lambda ask: _BULLETED.search(ask.text),
        lambda _, draft: yes_or_no(
            draft.bullets.high + draft.numbered.high > 0, "and there are none"
        ),
    ),
)


def markup(ask: Ask) -> Iterator[Instruction]:
    for name, asked, seen in _MARKUP:
        found = asked.search(ask.text)
        before = ask.text[: found.start()] if found else ""
        is_matter = _ABOUT_IT.search(before) or _ON_IT.search(before)
        if found and is_wanted(before) and not is_matter:
            yield Instruction(name, name, shows(seen))


_RANGE = re.compile(r"(?i)(?:to|bis)\b|(?:or|oder)\b(?! (?:more|mehr|so)\b)")
_OR_MORE = re.compile(
    r"(?i)\b(?:at least|or more|minimum|min\\.|or so|about|around|mindestens|oder mehr|wenigstens"
    r"|etwa|al menos|o más|au moins|ou plus|each|every|per|both|jeweils|jede\w?|cada|chaque)\b"
    r"|至少|以上|每|各|على الأقل|أو أكثر|لكل"
)
_AT_MOST_BEHIND = re.compile(
    r"(?i),? (?:max(?:imum)?|maximal|tops|at (?:the )?most|or (?:less|fewer)|oder weniger)\b"
)
_AND_OF = re.compile(
    r"(?i)\b(?:and|und|y|et|as well as|plus|with|mit|con|avec)\b|[和与及]|(?<!\w)و"
)


def lists(ask: Ask) -> Iterator[Instruction]:
    """So many of something, which may stand in one line; and no more, where a draft's list is
    plainly of nothing else."""
    found = (
        _LIST.search(ask.figures)
        or _LIST_ELSEWHERE.search(ask.figures)
        or _LIST_OF_THEM.search(ask.figures)
    )
    said = {name[:4]: group for name, group in found.groupdict().items() if group} if found else {}
    what = said.get("what", "")
    if found and not _NOT_ITEMS.search(what) and not _RANGE.match(what):
        if _AT_MOST_BEHIND.match(ask.figures, found.end()):
            said["most"] = found.group()
        wanted = _so_many(said, may_be_more=_may_be_more(ask, found.end()))
        if wanted.low <= _MOST_ITEMS and (wanted.low > 1 or 1 < wanted.high < MANY):
            yield Instruction(
                "items", f"{wanted.words} {what.strip() or 'of them'}", _lists(wanted)
            )


def _so_many(said: Mapping[str, str], *, may_be_more: bool) -> Range:
    number = value_of(said["numb"])
    low, words = (0, f"at most {number}") if "most" in said else (number, str(number))
    high = value_of(said["high"]) if "high" in said else number
    words = f"{number} to {high}" if high > number else words
    return Range(low, MANY if may_be_more else high, words)


def _may_be_more(ask: Ask, end: int) -> bool:
    """Whether so many are the fewest, or are asked for of several things."""
    asks_again = any(_LIST.search(text) for text in (ask.before, ask.after))
    return asks_again or bool(_OR_MORE.search(ask.text) or _AND_OF.search(ask.figures, end))


def _lists(wanted: Range) -> Callable[[Draft], Kept]:
    """In a line a name may be of two parts: Paris, France."""

    def judge(draft: Draft) -> Kept:
        listed = draft.listed
        if listed > wanted.high and (
            "\n" in draft.text.strip() or not _is_of_parts(listed, wanted)
        ):
            return Kept(_TOO_MANY, f"has {listed}")
        has = max(draft.items.high, len(draft.blocks), draft.highlights.high)
        return yes_or_no(has >= wanted.low, f"has {has}")

    return judge


def _is_of_parts(listed: int, wanted: Range) -> bool:
    return any(listed % number == 0 for number in range(max(2, wanted.low), wanted.high + 1))


_MOST_ITEMS: Final = 50
_TOO_MANY: Final = 0.3
"""What was asked for is there, and the reader must choose again."""
