"""Words and letters to use, to use so often, or to leave out."""

import re
from collections.abc import Iterator
from typing import Final

from chat.cascade.quality.instructions.amounts import MANY, Range, at_least, at_most, frequency
from chat.cascade.quality.instructions.asking import QUOTE
from chat.cascade.quality.instructions.draft import Draft, Span, even
from chat.cascade.quality.instructions.instruction import ALLOWED, LEFT_OPEN, Ask, Instruction, Kept

_NOUN = (
    r"(?:key[- ]?words?|words?|terms?|phrases?|(?:these |following )items|Wort|Wörtern?"
    r"|Worte|Begriffe?|Schlüsselwörter"
    r"|palabras?(?: clave)?|mots?(?:-clés?| clés?)?|expressions?|词语|单词|关键词|词|字|كلمات|كلمة"
    r"|الكلمات|عبارة)"
)
_NO_ITEM = (
    r"(?:at|in|must|should|to|and|or|is|are|does|doesn|for|that|which|who|as|throughout|anywhere"
    r"|appears?|appearing|twice|once|long|per|each|with|on|not|you|i|we|exactly|only|no|more|less"
    r"|fewer|can|may|will|never|correctly|two|three|four|five|six)"
)
_ITEM = rf"(?:{QUOTE}|(?!{_NO_ITEM}\b)[^\W_][\w'’-]*)"
_JOIN = (
    r"(?:\s*(?:,|、|，|/|;)\s*(?:and |or |nor )?(?:the word )?|\s+(?:and|&|or|nor|und|oder|y|o"
    r"|et|ou|和|或|و|أو)\s+(?:the word )?|(?<=[\ue000-\uf0ff])\s*(?:和"
    r"|或)?(?=[\ue000-\uf0ff]))"
)
_NAMED = re.compile(
    rf"(?i)(?<![A-Za-z-])(?P<noun>{_NOUN})(?![\w])\s?:?\s*(?:such as |like "
    rf"|including )?\[?(?P<list>{_ITEM}(?:{_JOIN}{_ITEM}){{0,30}})"
)
_ONLY_QUOTED = rf"(?P<list>{QUOTE}(?:{_JOIN}{QUOTE}){{0,30}})"

_NOT = (
    r"(?:\b(?:do not|don[’']?t|never|cannot|can[’']t|(?:should|must|may)(?: not|n[’']t)"
    r"|does(?: not|n[’']t)|without|avoid|refrain from"
    r"|no|not|ohne|nicht|keine?|vermeide|sin|no|evita|sans|pas|n[’'](?:utilise|emploie)\w*"
    r"|évite[zr]?)\b"
    r"|不要|不能|不得|避免|别|不用|不使用|بدون|دون|لا تستخدم|لا تذكر|تجنب)"
)
_USE = (
    r"(?:us(?:e|es|ing)|includ(?:e|es|ing)|contain(?:s|ing)?|mention(?:s|ing)?|say(?:ing)?"
    r"|incorporat(?:e|es|ing)|featur(?:e|es|ing)"
    r"|add(?:ing)?|write|writing|put|work in|with|mit|has|have|having|insert|verwende[nt]?"
    r"|benutze[nt]?|nutze|enthalten|enthält"
    r"|usa[rn]?|uses|utiliza[rn]?|utilices|incluye|incluir|utilise[rz]?|emploie"
    r"|inclu[rst]\w*|mentionne\w*|contient"
    r"|使用|包含|包括|提到|用|استخدم|استخدام|تستخدم|تضمين|اذكر|ذكر)"
)
_WANTED_BESIDES = (
    r" (?:but|sondern) |, (?:(?:just|please|then|also|instead|rather) )?"
    r"(?:use|say|include|mention|add|write|put)\b"
)
_NEGATED = re.compile(
    rf"(?i){_NOT}(?!(?: to)? (?:forget|fail|neglect|hesitate|miss|only)\b)"
    rf"(?:,[^,.;:!?\n]{{0,30}},)?(?:(?!{_WANTED_BESIDES})[^.;:!?\n]){{0,50}}$"
)
_POSITIVE = re.compile(
    rf"(?i)(?:{_USE})\b[^.;!?\n]{{0,45}}$|(?:使用|包含|包括|提到|用)[^。；\n]{{0,12}}$|(?:استخدم|تضمين"
    rf"|اذكر)[^.\n]{{0,20}}$"
)
_BANNED_AFTER = re.compile(
    r"(?i)^[^.;!?\n]{0,25}\b(?:(?:should|must|may|can|do|does|is|are)(?: not|n[’']t)"
    r"|cannot|never|is forbidden|are forbidden"
    r"|(?:is|are) (?:banned|prohibited|off[- ]limits|taboo)|weder|nicht)\b"
)
_WANTED_AFTER = re.compile(
    r"(?i)^[^.;!?\n]{0,15}\b(?:should|must|needs? to|has to|have to|appears?|appearing"
    r"|occurs?|is used|are used|included|in (?:it|your|the (?:\w+ )?(?:response|answer"
    r"|text|reply|essay|story|poem)))\b"
)
_ABOUT_THE_WORD = re.compile(
    r"(?i)\b(?:replace|rhym\w+ with|definition of|meaning of|define|synonyms? (?:of|for)"
    r"|antonyms? (?:of|for)|about|translate|spell"
    r"|pronounce|stands? for|called|after|before|starts? with|begin\w* with|end\w* with"
    r"|start\w* with"
    r"|translation of|acrostic|how (?:do|many|often|to|would)\b.*|what)\b"
    r"(?:(?!\b(?:without|using|avoiding)\b)[^.;,]){0,25}$|\b(?:start|begin"
    r"|end|finish|conclude|close)\w*\b[^.;,]{0,40}$"
)
_ALTERNATIVES = re.compile(r"(?i)\b(?:one of|either|any of|exactly one)\b[^.;]{0,40}$")

_MENTIONED = re.compile(
    rf"(?i)(?<![A-Za-z])(?P<verb>mention(?:ing)?|say(?:ing)?|includ(?:e|es|ing)|us(?:e|ing)"
    rf"|contain(?:s|ing)?|(?:使用|出现|包含|包括|提到|استخدام|ذكر))\s*(?:the (?:line|exact \w+|name"
    rf"|text|string)s?\s+)?{_ONLY_QUOTED}"
)
_BARE = re.compile(
    r"(?i)\b(?:do not|don[’']t|never|not) (?:mention|say|use)\s+(?P<list>[a-z'’-]+(?:(?:, "
    r"| and | or |, or |, and )[a-z'’-]+){0,5})"
    r"\s+(?:in|anywhere in|throughout) (?:your|the) (?:entire |whole )?(?:response|answer"
    r"|reply|text|output)"
)
_GENERIC = frozenset(
    """
    the a an it that this these those them any your our more fewer less of from in only each with
    for to words word choice order count keyword keywords phrases phrase filler complex difficult
    simple big long short common or and below above per count limit exactly about max maximum not
    comma commas emoji emojis bullets lists tables markdown capitals contractions numbers quotes
    is are no used use listed given provided following choices
    """.split()
)


def terms(ask: Ask) -> Iterator[Instruction]:
    text = ask.text
    for found in _NAMED.finditer(text):
        before, behind = text[: found.start()], text[found.end() :]
        if (
            not _is_named(found, before, behind)
            or _is_a_count(before)
            or _ABOUT_THE_WORD.search(before[-60:])
            or _ALTERNATIVES.search(before)
        ):
            continue
        yield from _told(ask, found["list"], before, behind)
    for found in _MENTIONED.finditer(text):
        before = text[: found.start()]
        if not _ABOUT_THE_WORD.search(before[-60:]) and not re.search(
            r"(?i)\b(?:answer|begin|start|end)\w*\b[^.]{0,30}$", before
        ):
            yield from _told(ask, found["list"], before + found["verb"] + " ", text[found.end() :])
    for found in _BARE.finditer(text):
        yield from (_leave_out(term) for term in _split(found["list"], ask))


_DETERMINED = re.compile(
    r"(?i)\b(?:the|these|this|das|die|den|la|las|le|les|el|los)(?: (?:following|exact|key))? $"
)
_GOES_ON = re.compile(rf"(?i)\s+(?!{_NO_ITEM}\b)[a-z]")


def _is_named(found: re.Match[str], before: str, behind: str) -> bool:
    """Of words without quotes one is sure only in "the word war" and "keywords: war, peace"."""
    if re.search(QUOTE, found["list"]):
        return True
    first = re.split(r"\W", found["list"])[0].lower()
    sure = (
        _DETERMINED.search(before)
        or found["noun"].lower().startswith(("key", "schlüssel", "mots-cl"))
        or ":" in found.group()
    )
    return bool(sure) and first not in _GENERIC and not _GOES_ON.match(behind)


def _is_a_count(before: str) -> bool:
    """As in "at most 50 words", which names none."""
    return bool(
        re.search(
            r"(?i)(?:\d|\b(?:one|two|three|four|five|few|some|many|more|fewer|all|no|any|own|other"
            r"|in|most)\b)\s*(?:\S+\s)?$",
            before,
        )
    ) and not re.search(r"(?i)\b(?:following|these|the|any of the)\s*(?:\w+\s)?$", before)


def _told(ask: Ask, listed: str, before: str, behind: str) -> Iterator[Instruction]:
    names = _split(listed, ask)
    often = _how_often(before, behind)
    if not names or _is_left_open(before, behind, often):
        return
    if often:
        yield from (_so_often(name, _limited(often, before)) for name in names)
    elif _NEGATED.search(before) or _BANNED_AFTER.search(behind):
        yield from map(_leave_out, names)
    elif re.search(r"(?i)\bor\b|\boder\b|或", listed):
        return
    elif _POSITIVE.search(before) or _WANTED_AFTER.search(behind):
        yield from map(_include, names)


_OPEN_BEHIND = re.compile(
    r"(?i)^[^.;!?\n]{0,25}(?:\bnot|n[’']t) (?:have to|need|necessar|requir|obligat|mandator)"
    r"|^[^.;!?\n]{0,40}\b(?:nicht|kein\w*) (?:\w+ ){0,2}(?:müssen|brauchen|nötig|notwendig)"
)
_MUST_BEHIND = re.compile(
    r"(?i)^[^.;!?\n]{0,25}\b(?:muss|müssen|brauch\w*)\b[^.;!?\n]{0,20}\bnicht\b"
)
_MUST_BEFORE = re.compile(r"(?i)\b(?:muss|musst|müsst|müssen|brauch\w*)\b[^.,;:!?\n]{0,40}$")
_NOT_BEHIND = re.compile(r"(?i)^[^.;!?\n]{0,10}\bnicht\b")
_OF_NOBODY = re.compile(r"(?i)\b(?:instead of|rather than|nobody|no[ -]one)\b[^.,;:!?\n]{0,30}$")


def _is_left_open(before: str, behind: str, often: Range | None) -> bool:
    """Neither wanted nor banned; in German "not" comes behind the word."""
    return (
        any(said.search(before) for said in (LEFT_OPEN, _OF_NOBODY))
        or bool(ALLOWED.search(before) and not (often and often.high < MANY))
        or any(said.search(behind) for said in (_OPEN_BEHIND, _MUST_BEHIND))
        or bool(_MUST_BEFORE.search(before) and _NOT_BEHIND.search(behind))
    )


_TIMES = re.compile(
    r"(?i)\b(?:times?|once|twice|thrice|(?:ein|zwei|drei|vier|fünf)?mal|veces|vez|fois)\b"
    r"|次|مرات|مرة"
)
_NEXT = re.compile(r"(?i),|;|\band\b|\bund\b|\by\b|\bet\b")


def _how_often(before: str, behind: str) -> Range | None:
    """Said behind the word, up to the next one; or just before it."""
    behind = re.split(r" and the | and use ", behind)[0][:60]
    before = _NEXT.split(before[-40:])[-1]
    return next(
        (often for text in (behind, before) if _TIMES.search(text) and (often := frequency(text))),
        None,
    )


_ONLY_BEFORE = re.compile(r"(?i)(?<!\bnot )\b(?:only|nur)\b[^.,;:!?\n]{0,30}$")


def _limited(often: Range, before: str) -> Range:
    """What one may is no more than a limit; "only use it twice" is one as well."""
    if _NEGATED.search(before):
        return often.negated
    if ALLOWED.search(before):
        return at_most(often.high)
    return at_most(often.low) if often.high == MANY and _ONLY_BEFORE.search(before) else often


def _split(listed: str, ask: Ask) -> list[str]:
    """Quoted words as they are; of unquoted ones those that can be meant."""
    if re.search(QUOTE, listed):
        names = [ask.quotes[char].strip(" .,") for char in re.findall(QUOTE, listed)]
    else:
        names = [
            word
            for word in re.split(
                r"(?i)\s*(?:[,、，/;&]|\band\b|\bor\b|\bnor\b|\bund\b|\boder\b|\by\b|\bet\b"
                r"|\bthe word\b)\s*",
                listed,
            )
            if word and word.lower() not in _GENERIC
        ]
    return [name for name in names if name and len(name) < 60]


_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0600-\u06ff]")


def _occurrences(term: str, draft: Draft) -> Span:
    """As a word of its own, and as any part of one."""
    text, term = draft.folded, term.casefold()
    anywhere = text.count(term)
    if _CJK.search(term) or not anywhere:
        return even(anywhere)
    alone = len(re.findall(rf"(?<!\w){re.escape(term)}(?!\w)", text))
    return Span(alone, anywhere)


def _include(term: str) -> Instruction:
    def judge(draft: Draft) -> Kept:
        return Kept(float(_occurrences(term, draft).high > 0), "is without it")

    return Instruction(f"word {term}", f"“{term}”", judge)


def _leave_out(term: str) -> Instruction:
    def judge(draft: Draft) -> Kept:
        number = _occurrences(term, draft).low
        return Kept(float(number == 0), f"has it {_times(number)}")

    return Instruction(f"word {term}", f"no “{term}”", judge, final=True)


def _so_often(term: str, often: Range) -> Instruction:
    def judge(draft: Draft) -> Kept:
        span = _occurrences(term, draft)
        return often.judge(span if often.low <= 1 else even(span.high), "has it {} times")

    asked = f"no “{term}”" if often.high == 0 else f"“{term}” {often.of('times')}"
    return Instruction(f"word {term}", asked, judge)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


_A_LETTER: Final = rf"(?P<letter>{QUOTE}|[^\W\d_])(?![\w'’])"
_LETTER = re.compile(
    rf"(?i)\b(?:letters?|Buchstaben?|letra|lettre|character|symbol)\s+{_A_LETTER}"
    r"|\bthe (?P<mark>[^\w\s])\s(?:symbol|sign|character)s?\b"
)


def letters(ask: Ask) -> Iterator[Instruction]:
    for found in _LETTER.finditer(ask.text):
        letter = found["letter"] or found["mark"]
        letter = ask.quotes.get(letter, letter)
        before, behind = ask.text[: found.start()], ask.text[found.end() :]
        if len(letter) != 1 or re.search(
            r"(?i)\b(?:begin|start|end)\w* with\b[^,;]{0,20}$", before[-40:]
        ):
            continue
        if LEFT_OPEN.search(before):
            continue
        if often := frequency(behind[:80]) or frequency(before[-40:]):
            yield _letter(letter, often.negated if _NEGATED.search(before) else often)
        elif _NEGATED.search(before) or _BANNED_AFTER.search(behind):
            yield _letter(letter, at_most(0))
        elif re.search(r"(?i)\b(?:includes?|contains?|use)\b[^.;]{0,20}$", before):
            yield _letter(letter, at_least(1))


def _letter(letter: str, often: Range) -> Instruction:
    def judge(draft: Draft) -> Kept:
        return often.judge(even(draft.folded.count(letter.casefold())), "has it {} times")

    asked = (
        f"no letter “{letter}”" if often.high == 0 else f"the letter “{letter}” {often.of('times')}"
    )
    return Instruction(f"letter {letter.lower()}", asked, judge)
