"""How much of something: words, sentences, paragraphs, lines, list items, hashtags.

A bare number is exact for sentences and paragraphs and rough for words, as people mean it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from chat.cascade.quality.instructions.amounts import (
    MANY,
    NUMBER,
    Amount,
    Finder,
    Range,
    about,
    amounts,
)
from chat.cascade.quality.instructions.draft import Draft, Span, even
from chat.cascade.quality.instructions.instruction import (
    ALLOWED,
    LEFT_OPEN,
    NOT_JUST,
    Ask,
    Instruction,
    banned_within,
)
from chat.cascade.quality.instructions.language import language


class _Unit(NamedTuple):
    name: str
    finder: Finder
    measure: Callable[[Draft], Span]


_TEXT: Final = (
    r"(?:essay|articles?|story|stories|summary|summaries|blog|post|paragraph|description"
    r"|response|answer|reply"
    r"|poem|emails?|letters?|ad|ads|advertisement|review|report|speech|overview"
    r"|explanation|abstract|bio"
    r"|biography|introduction|script|text|tweet|caption|pitch|limit|document|piece|version|analysis"
    r"|Zusammenfassung|Aufsatz|Text|resumen|ensayo|texto|résumé|texte)"
)
_OF_A_TEXT = re.compile(rf"(?i)[\s-]+(?:[\w,-]+ ){{0,3}}{_TEXT}\b")

_SIGN = "[\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
_EMOJI: Final = f"[\U0001f1e6-\U0001f1ff]{{2}}|{_SIGN}(?:\u200d{_SIGN})*+"
"""A flag is two letters; a skin's colour and what is joined belong to one."""

_UNITS: Final = (
    _Unit(
        "words",
        Finder(
            r"words?|Wörtern?|Worten|Wort|palabras?|mots?|个?字|个?词|كلمات|كلمة",
            between_them=r"(?:(?:total|english|simple|short|or so) )?",
        ),
        lambda draft: draft.words,
    ),
    _Unit(
        "sentences",
        Finder(r"sentences?|Sätzen?|Satz|oración|oraciones|frases?|phrases?|句话?|جملة|جمل"),
        lambda draft: draft.sentences,
    ),
    _Unit(
        "paragraphs",
        Finder(r"paragraphs?|Absätzen?|Absatz|párrafos?|paragraphes?|段落|段话?|فقرات|فقرة"),
        lambda draft: draft.paragraphs,
    ),
    _Unit(
        "characters",
        Finder(r"characters?|chars?|Zeichen|caracteres|caractères|个?字符|حرفا?|أحرف"),
        lambda draft: draft.characters,
    ),
    _Unit(
        "lines",
        Finder(
            r"lines?|Zeilen?|líneas?|lignes?|行|أسطر|سطور|سطر", between_them=r"(?:short |rhyming )?"
        ),
        lambda draft: draft.lines,
    ),
    _Unit(
        "stanzas",
        Finder(r"stanzas?|Strophen?|estrofas?|strophes?"),
        lambda draft: Span(len(draft.blocks) - 1, len(draft.blocks)),
    ),
    _Unit(
        # Points with numbers are called so by some.
        "bullet points",
        Finder(
            r"bullet(?:ed)?[ -]?(?:points?|items?)|bullets?|Stichpunkten?|Stichworten?"
            r"|Aufzählungspunkten?"
            r"|viñetas|puces|个?要点|نقاط"
        ),
        lambda draft: draft.bullets if draft.bullets.high else Span(0, draft.numbered.high),
    ),
    _Unit("hashtags", Finder(r"hashtags?"), lambda draft: _count(r"#\w", draft)),
    _Unit(
        "emojis",
        Finder(r"emojis?"),
        lambda draft: _count(_EMOJI, draft),
    ),
    _Unit("headings", Finder(r"headings?|headers|Überschriften"), lambda draft: draft.headings),
    _Unit("question marks", Finder(r"question marks?"), lambda draft: _count("[?？؟]", draft)),
    _Unit(
        "exclamation marks",
        Finder(r"exclamation (?:marks?|points?)"),
        lambda draft: _count("[!！]", draft),
    ),
)


_ANY_UNIT: Final = re.compile("|".join(unit.finder.unit.pattern for unit in _UNITS), re.IGNORECASE)


def _count(mark: str, draft: Draft) -> Span:
    return even(len(re.findall(mark, draft.text)))


_NOT_OURS = re.compile(
    r"(?i)\b(?:the|these|those|this|following|first|last|next|previous|each|every|per"
    r"|other|another|of the|jede[rsn]?|cada"
    r"|chaque|ersten|letzten|nächsten|same|top|than \w+|how|which|word|sentence"
    r"|paragraph|his|her|their|my|these"
    r"|contains? the|within the|not)\s*$|每[个句段]?$"
)
_SHARED_OUT = re.compile(
    r"(?i)\b(?:each|every|per|jeweils|je|jede[rsnm]?|cada|chaque)\b(?!.*(?:\band\b|\bund\b|,))|每"
)
_SHARED_OUT_BEHIND = re.compile(
    r"(?i)\s*(?:each\b(?! (?:separated|marked|starting|beginning|of))|apiece\b|per\b|jeweils\b"
    r"|(?:for|about|on) (?:each|every)\b)"
)
_WANTED_WORDS = re.compile(
    r"(?i)\b(?:list|name|find|identify|give me|think of|tell me|suggest|provide|generate"
    r"|come up with|share|teach me|nenne|nombra)"
    r"\b[^.]{0,20}$"
)
_KINDS_OF_WORDS = re.compile(
    r"(?i)\s*(?:that|which|starting|beginning|ending|related|rhyming|to describe|[都也]"
    r"|describing|from|meaning|with the same"
    r"|[\w ]{0,40}\b(?:cap(?:s|ital)|upper)|all-cap|per\b|each\b"
    r"|a (?:day|minute|week)|of the|every\b|an? \w+\b)"
)
_FOR = re.compile(r"(?i)\s*(?:for|für|para|pour)\b")
_ADDRESSED = re.compile(
    r"(?i)\b(?:your?|please|should|must|make|keep|use|using|limit|answer|respond|reply"
    r"|write|explain|describe|summari[sz]e|summary"
    r"|in|with|contains?|have|has|include|give|tell|provide|response|rewrite|translate"
    r"|create|compose|generate|long|length|under|discuss|analy[sz]e|compare|evaluate|outline"
    r"|cut|trim|reduce|split|divide|merge|combine|aim|needs? to|word (?:count|limit)"
    r"|less|fewer|least|most|than|exactly|only|draft|condense|shorten|expand|sum|define"
    r"|say|output|put|no|not|exceed|max|maximum|minimum)\b"
    r"|^\W*(?:an? |about |around |approx(?:imately|\.)? |roughly |between )?"
    rf"{NUMBER}(?:\s?(?:to|-|–|and|or) ?{NUMBER})?[ -](?:short |brief |full )?"
    r"(?:words?|sentences?|paragraphs?|lines|bullets?(?: points?)?)"
    r"(?:\W*$|\W+(?:please|max|on|about|why|how|explaining|describing)\b|[,:] "
    rf"| {_TEXT}\b(?! (?:is|was|has|can|takes)\b))"
    r"|[^\x00-\x7f]|\b(?:mit|antworte|schreibe?|en|con|responde|escribe|avec|réponds|écris)\b"
)
_A_STORY = re.compile(
    r"(?i)\b(?:he|she|they|his|her|wrote|had|were|reads?|typed?|types|learned|spent"
    r"|costs?|paid|sold|bought|an? \w+ has|i have|i need"
    r"|i[’']ve|ich habe|j[’']ai|he escrito|my (?:\w+ )?\w+ (?:has|is|contains)"
    r"|(?-i:was)(?!(?: \w+){0,4} (?:ist|sind|bedeutet|heißt|macht)\b)"  # in German it asks
    r"|used to (?:be|have)|mein \w+ (?:hat|ist|umfasst))\b"
    r"[^.]*$|我的?[^。，,]{0,8}[有写]了?\s*$"
)
_TO_OTHERS = re.compile(
    r"(?i)\b(?:ask|remind|instruct|tell(?=ing)|advis|requir|encourag)(?:e?s|ing)?"
    r" (?!(?:you|me|to)\b)(?:[\w']+ ){1,3}to\b[^.;\n]{0,60}$"
    r"|\bwants? (?:us|them|everyone|(?:the |all )?\w+s) to\b[^.;\n]{0,60}$"
    r"|\b(?:dass wir|wir (?:sollen|müssen)|ich (?:soll|muss))\b[^.;\n]{0,60}$"
)
_NEAR = 90
"""Characters before a number in which it is said whose it is, and whether it is wanted."""
_SET_ASIDE = re.compile(
    r"(?i)\b(?:instead of|rather than|(?:an)?statt) (?:in |with |writing |using )?$"
    r"|\bno $"  # "no 300 word limit"
)
_BANNED = banned_within(15)
_QUESTION = re.compile(
    r"(?i)^(?:how|what|which|who|when|why|where|is|are|if|does|do|did)\b[^.]*\?$"
)


def counts(ask: Ask) -> Iterator[Instruction]:
    if not _ANY_UNIT.search(ask.text) or not _ADDRESSED.search(ask.text):
        return
    text = _ARABIC_ONE.sub(r"\2 \1", ask.figures)
    text = _TWO_OR_THREE.sub(r"\1 bis \2", _OR_TWO.sub(r"one or two \1s", text))
    for unit in _UNITS:
        for amount in (*amounts(unit.finder, text), *_few(unit, text)):
            if _is_of_the_answer(text, amount, unit.name):
                yield _instruction(unit, amount)
        for amount in amounts(unit.finder, _turned(ask.figures)):
            yield _instruction(unit, amount)


_A_FEW: Final = re.compile(
    r"(?i)\b(?:a (?:few|couple of)|few|ein paar|einigen|wenigen?|unas (?:pocas|cuantas)|quelques)"
    r" (?:[\w-]+ )?(?P<unit>sentences|sätzen?|frases|phrases|paragraphs|absätzen?)\b"
)
_FEW: Final = Range(1, 8, "a few")
"""More than eight nobody calls so; one may do."""


def _few(unit: _Unit, text: str) -> Iterator[Amount]:
    for found in _A_FEW.finditer(text):
        if unit.finder.unit.fullmatch(found["unit"]):
            yield Amount(_FEW, True, found.start(), found.end(), found["unit"].lower())


_ARABIC_ONE = re.compile("(جملة|كلمة|فقرة) (واحدة)")
_OR_TWO = re.compile(r"(?i)\b(?:an?|one) (sentence|paragraph|stanza) or two\b")
_TWO_OR_THREE = re.compile(
    r"(?i)\b(ein|zwei|drei|vier), (zwei|drei|vier|fünf)"
    r"(?= (?:\w+ )?(?:Sätze|Absätze|Zeilen|Wörter))"
)
_TURNED = re.compile(
    rf"(?i)\b(?:number of (?P<unit>[a-z]+(?: points)?)\b|(?P<word>word|character"
    rf"|sentence) (?:(?:count|length)\b|(?=limit: \d)))"
    rf"(?P<rest>[^.;\n]{{0,60}}?{NUMBER}(?:(?: to | and |-|–){NUMBER})?)(?!\w)"
)


def _turned(text: str) -> str:
    """What is said as "the number of words should be under 50", in the usual order."""
    found = _TURNED.search(text)
    if not found:
        return ""
    return f"{text[: found.start()]}{found['rest']} {found['unit'] or found['word'] + 's'}"


_HYPHENED = re.compile(r"(?i)-(?:words?|sentence|line|paragraph)$")
_NAMES_A_THING = re.compile(r"(?i)\s*(?:sentence|name|phrase|title)")
_OTHER_LINES = re.compile(r"(?i)\s*(?:of (?:code|the)|segments?|from)\b")


_OF_A_PART = re.compile(
    r"(?i)\b(?:body|main|intro(?:duction|ductory)?|opening|closing|concluding|middle|supporting)\b"
)
_PART_BEHIND = re.compile(
    r"(?i)\s*(?:[\w-]+ ){0,2}(?:at the (?:very )?(?:end|beginning|start|top|bottom)|(?:am|zum)"
    r" (?:ende|anfang|beginn|schluss)|al (?:final|principio|comienzo)|(?:à la|en) fin|au début)\b"
)
_OF_PIECES = re.compile(
    r"(?i)(?:\b(?:the|its|your|with an?|it an?|and an?|die|der|den|eine[mnr]?) (?:[\w-]+ )?"
    r"(?:subject(?: line)?|title|headline|überschrift|titel|betreff(?:zeile)?)"
    r"|^\W*(?:[\w-]+ ){0,3}(?:subject(?: line)?|title|headline|description)(?=\s?[:(])"
    r"|\b(?:e-?mail|letter|text) body"
    r"|\b(?:titles|headlines|descriptions|captions|slogans|posts|tweets|answers|steps)"
    r"|\b(?:sentences|paragraphs|lines|bullets|bullet points|items|stanzas|sections)"
    r"|\b(?:no|each|every) (?:single )?(?:sentence|paragraph|line|bullet(?: point)?|item|section))"
    r"(?:[ :(]+(?:max|soll|sollte|darf|höchstens|maximal"
    r"|that|which|should|must|may|can|is|are|be|have|has|to|of|with|at|the|no|not|an?|maximum"
    r"|most|least|more|less|fewer|longer|shorter|than|under|over|below|within|about|around|exactly"
    r"|up|only|contain|exceed))*[\s:(]*$"
    r"|\b(?:start|begin|open|end|finish|conclude|close)\w*\b[^.;,\n]{0,20} with an?"
    r" (?:brief |short )?$"
    r"|^for (?:each|every)\b.*$"
    r"|^\W*(?:first|then|next|after that|finally|zuerst|dann|danach|anschließend)\b[^.,;\n]*$"
)
_PIECE_BEHIND = re.compile(
    r"(?i)[^.;:\n]{0,40}(?:,| and) (?:then|followed by)\b|\s*(?:longer|shorter)\b"
)
"""One part of an answer that has others, or what is to be added to a text."""
_WHOLE = ("words", "sentences", "paragraphs", "characters", "lines")
"""Units in which a whole text is measured; hashtags at its end are all it has."""


_LEADS_TO_ONE = re.compile(
    r"(?i)(?:^|[:,(]|\b(?:in|with|using|as|into|to|write|just|only|be|use|is|of|an?|me|create|compose"
    r"|generate|provide|give|en|mit|con|avec|dans|auf|nur|solo|sólo|seulement|في)|用|以|只)\s*$"
)


def _is_of_the_answer(text: str, amount: Amount, unit: str) -> bool:
    before, itself, behind = (
        text[: amount.start],
        text[amount.start : amount.end],
        text[amount.end :],
    )
    if (
        _NOT_OURS.search(before)
        or _SHARED_OUT.search(before[-40:])
        or _A_STORY.search(before[-30:])
        or _SHARED_OUT_BEHIND.match(behind)
    ):
        return False
    if unit in _WHOLE and (
        _OF_A_PART.search(itself)
        or _OF_PIECES.search(before[-_NEAR:])
        or any(said.match(behind) for said in (_PART_BEHIND, _PIECE_BEHIND))
    ):
        return False
    if amount.range.high == 1 and not amount.stated and not _LEADS_TO_ONE.search(before):
        return False  # "explain one paragraph of it"; and "un mot" is any word
    if not _is_wanted(before[-_NEAR:], amount) or _is_asked_about(text, before[-_NEAR:], unit):
        return False
    if _HYPHENED.search(itself):
        return bool(_OF_A_TEXT.match(behind))
    return _FITS.get(unit, _is_no_question)(before, itself, behind, amount)


_ASKS = re.compile(
    r"(?i)^(?:how|what|which|who|when|why|where|is|are|does|did|should|must"
    r"|do (?:i|we|you|people|they))\b[^.]*\?$"
)
_LEADS_IN = re.compile(
    r"(?i)(?:[,(:–—-]|\b(?:in|within|using|with))"
    r"(?: ?\b(?:no|not|at|the|a|an|of|and|or|than|to|up|more|less|fewer|most|least|about|around"
    r"|under|exactly|only|just|max|maximum|approximately|roughly|between|below|over))*\s*$"
)


def _is_asked_about(text: str, before: str, unit: str) -> bool:
    """The length is a question's matter; "What is DNS, in under 50 words?" asks for it."""
    return unit in _WHOLE and bool(_ASKS.search(text)) and not _LEADS_IN.search(before)


def _is_wanted(before: str, amount: Amount) -> bool:
    """Neither left open nor asked of others; a bare number is not what is not wanted either."""
    if any(said.search(before) for said in (LEFT_OPEN, NOT_JUST, _SET_ASIDE, _TO_OTHERS)):
        return False
    if amount.range.high == MANY and ALLOWED.search(before):
        return False
    return amount.stated or not _BANNED.search(before)


def _are_of_a_text(before: str, _: str, behind: str, amount: Amount) -> bool:
    """Not "ten words that rhyme", nor "five words in capitals"."""
    listed = not amount.stated and (_WANTED_WORDS.search(before) or _FOR.match(behind))
    return not (listed or _KINDS_OF_WORDS.match(behind) or _NAMES_A_THING.match(behind))


def _are_sentences(before: str, itself: str, behind: str, amount: Amount) -> bool:
    """Not "four-word sentences"; and phrases are sentences in French only."""
    if amount.unit.startswith("phrase"):
        return language(before + itself + behind) == "fr"
    return not re.search(r"(?i)\bword\b", itself)


def _are_not_people(_before: str, _itself: str, _behind: str, amount: Amount) -> bool:
    return amount.range.low >= 20 or 20 <= amount.range.high < MANY


def _are_lines(_before: str, _itself: str, behind: str, _: Amount) -> bool:
    return not _OTHER_LINES.match(behind)


def _is_no_question(before: str, itself: str, behind: str, amount: Amount) -> bool:
    return amount.stated or not _QUESTION.search(before + itself + behind)


_FITS: Final[dict[str, Callable[[str, str, str, Amount], bool]]] = {
    "words": _are_of_a_text,
    "sentences": _are_sentences,
    "characters": _are_not_people,
    "lines": _are_lines,
}


def _instruction(unit: _Unit, amount: Amount) -> Instruction:
    wanted = amount.range
    if not amount.stated and unit.name in ("words", "characters") and wanted.low >= 20:
        wanted = about(wanted.low)
    return Instruction(
        unit.name,
        wanted.of(unit.name),
        lambda draft: wanted.judge(unit.measure(draft)),
        final=wanted.low == 0,
    )
