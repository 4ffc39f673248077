"""Capitals and small letters; marks and forms to do without, as commas, lists and emoji."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from chat.cascade.quality.instructions.amounts import NUMBER, Finder, amounts, at_least, frequency
from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.instruction import (
    LEFT_OPEN,
    Ask,
    Instruction,
    Kept,
    banned_within,
    yes_or_no,
)

_CAPITALS: Final = (
    r"(?:all[- ](?:cap(?:s|ital(?:s|ized)?(?: letters?)?)|upper[- ]?case)(?: letters?)?"
    r"|(?:in|only|use) (?:block |all |english )?(?:capital letters|capitals|upper[- ]?case)"
    r"|capital letters only|entirely (?:capitalized|uppercase)|words? .{0,20}capitalized"
    r"|capitalized words)"
)
_CAPITAL_WORDS = re.compile(
    rf"(?i)\b(?:{NUMBER}|some|few|several|stress|those|such"
    rf"|certain)\b[^.;\n]{{0,30}}\b(?:words?|terms?)\b|\bwords? (?:with|in|that are)\b"
    rf"|\bcapitalized words\b|\ball[- ]cap\w* words\b"
)
_CAPITAL = re.compile(
    rf"(?i)\b{_CAPITALS}|\bcapitalize (?:every|all|each) letters?\b|\b(?:every"
    rf"|all)\b[^.;\n]{{0,20}}\bletters?\b[^.;\n]{{0,50}}\b(?:capitalized|capitals?"
    rf"|upper[- ]?case)\b"
    r"|\b(?:not? (?:a single word|words?|any)\b[^.\n]{0,40}|no "
    r"|without (?:any )?)(?:lower[- ]?case|small) letters?\b"
    r"|\bin Großbuchstaben|\b(?:en|todo en) (?:mayúsculas|majuscules)|全部?(?:用|使用)?大写"
)
_SMALL = re.compile(
    r"(?i)\b(?:all|only|in|use|using|with|entirely|contain only"
    r"|be)[\w -]{0,12} lower[- ]?case\b|\blower[- ]?case (?:letters? )?only\b"
    r"|\blower[- ]?case letters\b|\bonly small letters\b"
    r"|\bletters\b[^.;\n]{0,25}\blower[- ]?case\b|\b(?:no|without|not use|don[’']t use"
    r"|avoid|have no)(?: using)?(?: any)? (?:capital|upper[- ]?case|capitals)\b"
    r"|\bin Kleinbuchstaben|\bnur Kleinbuchstaben|\ben (?:minúsculas|minuscules)|全部?(?:用"
    r"|使用)?小写|\ball in lower[- ]?case\b"
    r"|\b(?:whole|entire|everything)\b[^.;\n]{0,30} lower[- ]?case\b"
)
_OF_A_PART = re.compile(
    r"(?i)\b(?:titles?|headings?|headlines?|(?<!your )names?|first (?:letter|word)"
    r"|acronyms?|initials?|variables?|keys?|columns?|filenames?|file names?|words? that"
    r"|labels?|section)\b[^.;,\n]{0,40}$"
)
_BANNED = banned_within(20)
_WORDS_AFTER = Finder(
    r"(?:words?|times|terms?|such capitalized words|capitalized words)",
    between_them=r"(?:[\w-]+ ){0,3}?",
)


_FOR_A_PART = re.compile(
    r"(?i)(?:\s+(?:letters?|only|nur))*\s+(?:for|when|at the (?:start|beginning)|für|bei|am anfang)"
    r"\b(?! (?:at (?:least|most)|\d|(?:the |your |all of |die |das )*(?:entire|whole|response"
    r"|answer|reply|output|everything|text|it|all|ganze\w*|antwort|alles))\b)"
)
_OF_THE_PARTS = re.compile(
    r"(?i)\b(?:write|put|set|print|give|show|spell|schreibe?|setze?)"
    r" (?:the|each|every|die|der|das|den|alle|jede[nrs]?)"
    r" (?!(?:\w+ ){0,2}(?:entire|whole|response|answer|reply|output|text|story|poem|essay|letter"
    r"|e-?mail|message|ganze\w*|antwort|geschichte|gedicht|aufsatz|brief)\b)[^.;,:]*$"
)
"""Capitals of what stands in the answer: "for names", "the names in capital letters"."""


def _is_of_a_part(before: str, behind: str) -> bool:
    parts = _OF_A_PART.search(before) or _OF_THE_PARTS.search(before)
    return bool(parts or _FOR_A_PART.match(behind))


def capitals(ask: Ask) -> Iterator[Instruction]:
    text = ask.text
    if small := _SMALL.search(text):
        before = text[: small.start()]
        is_of_a_part = _is_of_a_part(before, text[small.end() :]) or re.search(
            r"(?i)\b(?:convert|function|string|method)\b", text
        )
        if not is_of_a_part and not _BANNED.search(before):
            yield Instruction("case", "small letters only", _no_capitals, final=True)
        return
    capital = _CAPITAL.search(text) or (
        _capitalized_before(ask) and _WORDS_AFTER.amount.search(text)
    )
    before = text[: capital.start()] if capital else ""
    if not capital or _BANNED.search(before) or _is_of_a_part(before, text[capital.end() :]):
        return
    if _CAPITAL_WORDS.search(text):
        yield from _capital_words(ask)
    elif not re.search(
        r"(?i)\bwords?\b[^.;\n]{0,20}$|^.{0,40}\bcapital letters must\b|\bwhen\b",
        text[: capital.end()],
    ):
        yield Instruction("case", "capital letters only", _no_small, final=True)


def _capitalized_before(ask: Ask) -> bool:
    """The number may stand in the sentence after the one that says capitals."""
    return bool(
        re.search(
            r"(?i)\b(?:words?)\b.*\bcapital|\bcapital\w*\b.*\bwords?\b|all[- ]cap", ask.before
        )
        and re.search(
            r"(?i)\b(?:those|these|such|stress|capitalized)\b[^.]{0,30}\bwords?\b", ask.text
        )
    )


def _capital_words(ask: Ask) -> Iterator[Instruction]:
    found = next(amounts(_WORDS_AFTER, ask.text), None)
    wanted = (
        found.range
        if found
        else frequency(ask.text) or (at_least(1) if not re.search(r"\d", ask.after) else None)
    )
    if wanted:
        if found and not found.stated:
            wanted = at_least(wanted.low)
        yield Instruction(
            "capital words",
            wanted.of("words in capitals"),
            lambda draft: wanted.judge(draft.capital_words),
        )


def _no_capitals(draft: Draft) -> Kept:
    number = sum(map(str.isupper, draft.text))
    return yes_or_no(number == 0, f"has {number} capital letters")


def _no_small(draft: Draft) -> Kept:
    number = sum(map(str.islower, draft.text))
    return yes_or_no(number == 0, f"has {number} small letters")


_NOT = (
    r"(?:\b(?:no|not|without|avoid|never|don[’']?t|cannot|can[’']t|shouldn[’']t|doesn[’']t"
    r"|refrain from|free of|skip|omit|exclude|neither|ohne|keine?n?|sin|no|sans|pas de"
    r"|évite[zr]?|n[’']utilise\w*)\b|不要|不用|不使用|无|别用|避免|没有|بدون|لا تستخدم|دون)"
)
_FILL = (
    r"(?:\s*(?:use|uses|using|include|including|contain|containing|have|having|give|giving"
    r"|allowed|me|any|the|of|put|in|add|adding|write|writing|with|"
    r"single|a|your|to|be|markdown|utilise\w*|usar|uses|utilizar|verwende\w*|benutze\w*|的"
    r"|任何|使用|用|出现|استخدام|أي)(?![a-z]))"
)
_THINGS: Final = (
    ("commas", r"commas?|Kommas?|Kommata|comas?|virgules?|逗号|فواصل|فاصلة", re.compile("[,，،]")),
    ("semicolons", r"semi-?colons?|Semikolons?|分号", re.compile("[;；؛]")),
    (
        "exclamation marks",
        r"exclamation (?:marks?|points?)|Ausrufezeichen|感叹号",
        re.compile("[!！]"),
    ),
    ("question marks", r"question marks?|Fragezeichen|问号", re.compile("[?？؟]")),
    ("dashes", r"(?:em|en)[- ]?dashes|dashes|em[- ]dash", re.compile("[–—]|(?<= )--?(?= )")),
    ("parentheses", r"parenthes[ei]s|round brackets", re.compile("[()（）]")),
    ("quotation marks", r"quotation marks|quotes(?! from)", re.compile('["“”«»]')),
    (
        "emoji",
        r"emojis?|emoticons?|表情符号|表情",
        re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]"),
    ),
    ("hashtags", r"hashtags?", re.compile(r"#\w")),
    (
        "bullet points",
        r"bullet(?:ed)?[ -]?(?:points?|lists?)|bullets|Aufzählungspunkte|Stichpunkte|viñetas"
        r"|puces|要点",
        re.compile(r"(?m)^[ \t]*[-*•][ \t]+\S"),
    ),
    (
        "lists",
        r"(?:numbered |ordered )?lists|listas?|listes?|Listen?|列表",
        re.compile(r"(?m)^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+\S"),
    ),
    ("tables", r"tables|tablas|tableaux|Tabellen?|表格", re.compile(r"(?m)^[ \t]*\|.*\|[ \t]*$")),
    ("headings", r"head(?:ings?|ers)|Überschriften?", re.compile(r"(?m)^#{1,6}[ \t]+\S")),
    (
        "Markdown",
        r"markdown(?: formatting)?",
        re.compile(r"(?m)^#{1,6}[ \t]+\S|\*\*[^*\n]+\*\*|^[ \t]*[-*][ \t]+\S|^```"),
    ),
    ("code blocks", r"code blocks?|code fences?", re.compile(r"(?m)^[ \t]*```")),
    ("asterisks", r"asterisks?|星号", re.compile(r"\*")),
    ("links", r"links|URLs?", re.compile(r"https?://|\]\(")),
    ("line breaks", r"line breaks?|newlines?", re.compile(r"\S[ \t]*\n+[ \t]*\S")),
    (
        "punctuation",
        r"punctuation(?: marks)?|Satzzeichen|puntuación|ponctuation|标点(?:符号)?|علامات ترقيم",
        re.compile(r"[.,;:!?，。；：！？،؛؟]"),
    ),
)
_ANY = "|".join(words for _, words, _ in _THINGS)
_ABSENT = re.compile(
    rf"(?i){_NOT}{_FILL}{{0,7}}\s*(?P<things>(?:{_ANY})(?![a-z])(?:(?:\s*[,、]\s*(?:or |and "
    rf"|nor )?|\s+(?:or|and|nor|oder|y|et|ni|ou|o)\s+|和"
    rf"|或)(?:any )?(?:{_ANY})(?![a-z])){{0,6}})"
    rf"|(?P<those>{_ANY})\s+(?:are|is|should|must)(?: not|n[’']t) (?:be )?(?:allowed|used"
    rf"|permitted|appear|included)"
)
_COMPILED = [
    (name, re.compile(rf"(?i)\b(?:{words})(?![a-z])|(?<![a-z])(?:{words})(?![a-z])"), mark)
    for name, words, mark in _THINGS
]
_NOT_FORGOTTEN = re.compile(
    r"(?i)\b(?:forget|miss|neglect|worry|why|fail|hesitate|sure|only|just|matter|mind"
    r"|necessarily|need to|have to|necessary)\b"
)


_TOLD_OF = re.compile(
    r"(?i)\bmy (?:\w+ )?\w+ (?:has|have|had|contains?|uses?|is|comes?)\s*$|\b(?:used|wrote|had)\s*$"
    r"|^how (?:to|(?:do|can|could|should) (?:i|we|you|one))\b[^,:]*$"
)
"""What has none, or how others do without."""


def absences(ask: Ask) -> Iterator[Instruction]:
    for found in _ABSENT.finditer(ask.text):
        before = ask.text[: found.start()]
        if LEFT_OPEN.search(before + found.group()) or _TOLD_OF.search(before):
            continue
        if _NOT_FORGOTTEN.search(found.group()) or re.match(
            r"(?i)\s*(?:where|unless|between|after|before|separat"
            r"|except|other than|apart from|around"
            r"|(?:in|in den|dans les|en los) (?:the |your |any |large )?"
            r"(?:numbers?|figures?|digits|amounts?|Zahlen|nombres|números)\b)",
            ask.text[found.end() :],
        ):
            continue
        named = found["things"] or found["those"]
        for name, words, mark in _COMPILED:
            if words.search(named):
                yield Instruction(name, f"no {name}", _without(mark), final=True)


def _without(mark: re.Pattern[str]) -> Callable[[Draft], Kept]:
    def judge(draft: Draft) -> Kept:
        number = len(mark.findall(draft.text))
        return yes_or_no(number == 0, f"has {number}")

    return judge
