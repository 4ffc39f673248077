"""What goes round a text and into it: title, quotation marks, postscript, highlights, blanks."""

import re
from collections.abc import Iterator
from typing import Final

from chat.cascade.quality.instructions.amounts import Finder, amounts, at_least, frequency
from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.instruction import (
    Ask,
    Instruction,
    Kept,
    banned_within,
    is_wanted,
    shows,
    yes_or_no,
)

_TITLE = re.compile(r"<<[^<>\n]{1,80}>>|(?i:\bdouble angular brackets?|\bdouble angle brackets?)")
_TITLED = re.compile(r"<<([^\n<>]+)>>")


def titles(ask: Ask) -> Iterator[Instruction]:
    if (found := _TITLE.search(ask.text)) and is_wanted(ask.text[: found.start()]):
        yield Instruction(
            "title",
            "a title in double angular brackets",
            lambda draft: yes_or_no(
                any(map(str.strip, _TITLED.findall(draft.text))), "and there is none"
            ),
        )


_QUOTATION = re.compile(
    r"(?i)\bdouble quot|\bquotation marks?\b|\bdouble quotation|\bin quotes\b"
    r"|\bAnführungszeichen|\bcomillas|\bguillemets|引号|علامات اقتباس"
)
_AROUND = re.compile(
    r"(?i)\b(?:wrap\w*|put|placed?|enclos\w*|surround\w*|inside|around|within"
    r"|write)\b[^.;]{0,60}\b(?:response|answer|reply|output|entire|whole|everything|email"
    r"|letter|it|text)\b|\b(?:response|answer|reply|output|everything)\b[^.;]{0,50}\b(?:in"
    r"|with|inside|within)\b|\b(?:setze|schließe|pon|encierra|mets|entoure)\b|把"
)
_BANNED = banned_within(15)
_QUOTES: Final = (('"', '"'), ("“", "”"), ("«", "»"), ("„", "“"), ("「", "」"))


def quotations(ask: Ask) -> Iterator[Instruction]:
    if (
        _QUOTATION.search(ask.text)
        and (around := _AROUND.search(ask.text))
        and not _BANNED.search(ask.text[: around.start()])
        and not re.search(
            r"(?i)\b(?:titles?|names?|words?|keywords?|each)\b[^.]{0,25}\b(?:in|with)\b", ask.text
        )
    ):
        yield Instruction("quotation", "the whole in quotation marks", _is_quoted)


def _is_quoted(draft: Draft) -> Kept:
    text = draft.text.strip()
    return yes_or_no(
        len(text) > 1 and any(text.startswith(a) and text.endswith(b) for a, b in _QUOTES),
        "and it is not",
    )


_POSTSCRIPT = re.compile(
    r"(?i)\bpost[- ]?script\b|\bP\.\s?P\.\s?S\b|\bP\.\s?S\b\.?|\bPS:|附言|Nachschrift"
    r"|posdata"
)


def postscripts(ask: Ask) -> Iterator[Instruction]:
    found = _POSTSCRIPT.search(ask.text)
    before = ask.text[: found.start()] if found else ""
    is_about_it = re.search(r"(?i)\b(?:no|without|avoid|what|why|does|is)\b[^.]{0,15}$", before)
    if not found or is_about_it or not is_wanted(before):
        return
    double = bool(re.search(r"(?i)\bP\.\s?P\.\s?S", ask.text))
    seen = re.compile(
        r"(?i)\bp\.?\s?p\.?\s?s\b" if double else r"(?i)\bp\.?\s?s\b\.?|附言|\bposdata"
    )
    name = "P.P.S." if double else "P.S."
    yield Instruction("postscript", f"a postscript ({name})", shows(seen))


_HIGHLIGHT = re.compile(
    r"(?i)\b(?:highlight|italici[sz]e|emphasi[sz]e)\b|\bbold (?:the|at|some|any|key|\d)"
    r"|\b(?:highlight|italici[sz]|bold)ed (?:text|section|word|phrase|part)"
    r"|\bitalic text\b"
)
_HIGHLIGHTS = Finder(
    r"(?:text )?(?:sections?|parts?|words?|phrases?|keywords?|passages?|terms?|spans?"
    r"|italic)|of your favou?rite \w+",
    between_them=r"(?:[\w*-]+ ){0,3}?",
)
_MARKED = re.compile(
    r"(?i)\bmarkdown|italic|\*[^*\n]+\*|asterisk|bold"
    r"|\bhighlight\w* (?:\w+ ){0,3}(?:sections?|words?|phrases?|parts?)"
)


def highlights(ask: Ask) -> Iterator[Instruction]:
    """Text between asterisks, as Markdown has it."""
    named = _HIGHLIGHT.search(ask.text)
    if not named or not _MARKED.search(ask.text + ask.after):
        return
    if not is_wanted(ask.text[: named.start()]):
        return
    found = next(amounts(_HIGHLIGHTS, ask.text), None)
    wanted = found.range if found else frequency(ask.text) or at_least(1)
    wanted = at_least(wanted.low) if not found or not found.stated else wanted
    yield Instruction(
        "highlights",
        wanted.of("highlighted parts"),
        lambda draft: wanted.judge(draft.highlights),
    )


_PLACEHOLDERS = Finder(r"\[?placeholders?\]?s?|Platzhaltern?|marcadores de posición")
_HAS_PLACEHOLDERS = re.compile(
    r"(?i)\b(?:include|use|with|contain|add|have)\w*\b[^.]{0,40}\b(?P<named>placeholders?)\b"
)


def placeholders(ask: Ask) -> Iterator[Instruction]:
    """In square brackets; without a number at least one."""
    found = next(amounts(_PLACEHOLDERS, ask.text), None)
    has = _HAS_PLACEHOLDERS.search(ask.text)
    if found or (has and is_wanted(ask.text[: has.start("named")])):
        wanted = found.range if found else at_least(1)
        yield Instruction(
            "placeholders",
            wanted.of("placeholders in brackets"),
            lambda draft: wanted.judge(draft.placeholders),
        )
