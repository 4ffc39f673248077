"""Sections that a word marks, and parts that a mark sets apart."""

import re
from collections.abc import Iterator

from chat.cascade.quality.instructions.amounts import (
    Finder,
    amounts,
    at_least,
    exactly,
    value_of,
)
from chat.cascade.quality.instructions.asking import QUOTE
from chat.cascade.quality.instructions.draft import Draft, Span, even
from chat.cascade.quality.instructions.instruction import (
    Ask,
    Instruction,
    Kept,
    is_wanted,
    yes_or_no,
)

_SECTION_WORD = re.compile(
    r"(?i)\b(?:mark\w*|start\w*|begin\w*|note\w*|label\w*|noted|titled|named|denoted"
    r"|indicated|headed)\b[^.\n]{0,50}?\b(?:with|as|by)\s+(?P<word>section|day|part"
    r"|paragraph|chapter|audience|step|round|week|point|session|act|scene|version|question"
    r"|verse|stage|item)\s*(?:[XN#]|\d|I)\b"
)
_MARKS = re.compile(r"(?i)\b(?:mark|start|begin|note|label|separat)\w*")
_QUOTED_SECTION = re.compile(r"^(?P<word>[A-Za-z]+?)(?:\s+[XxNn]|\s*[#\d]|(?<=[a-z])[XN])$")
"""Its number or a blank for one, which is no last letter of a word: "Then"."""
_SECTIONS = Finder(
    r"sections?|parts?|days?|paragraphs?|chapters?|verses?|acts?|Abschnitten?|secciones"
    r"|个部分|أقسام"
)


def sections(ask: Ask) -> Iterator[Instruction]:
    """Marked with a word and a number each, as "Section 1"."""
    word = _section_word(ask)
    if not word:
        return
    told = (*amounts(_SECTIONS, ask.before), *amounts(_SECTIONS, ask.text))
    wanted = at_least(max((amount.range.low for amount in told), default=2))
    mark = re.compile(
        rf"(?i)\b{word}\s*(?:\d{{1,3}}|[IVX]{{1,4}}|one|two|three|four|five|six|seven)\b"
    )
    yield Instruction(
        "sections",
        wanted.of(f"sections marked “{word.title()}”"),
        lambda draft: wanted.judge(_marked(draft, mark)),
    )


def _marked(draft: Draft, mark: re.Pattern[str]) -> Span:
    return even(len({found.casefold() for found in mark.findall(draft.text)}))


def _section_word(ask: Ask) -> str:
    if found := _SECTION_WORD.search(ask.text):
        return found["word"].lower() if is_wanted(ask.text[: found.start()]) else ""
    marks = _MARKS.search(ask.text)
    if marks and is_wanted(ask.text[: marks.start()]):
        for char in re.findall(QUOTE, ask.text):
            if found := _QUOTED_SECTION.match(ask.quotes[char]):
                return found["word"].lower()
    return ""


_MARK = re.compile(
    r"(?P<mark>\*{3,}|-{3,}|={3,}|#{3,}|~{3,})|(?i:\b(?P<stars>\d|three|four|five"
    r"|six) (?:asterisk|star))"
)
_SEPARATES = re.compile(
    r"(?i)\b(?:separat\w*|divid\w*|split|section separator|break\w*|between)\b|\bgetrennt"
    r"|\btrenn|\bsepara|\bsépar|分隔|分开|افصل"
)
_PIECES = Finder(
    r"(?:[a-z]+s|versions?|paragraphs?|sections?|parts?)\b",
    between_them=r"(?:(?:different|separate|distinct|short|very|possible|new|alternative|rap|cover|the"
    r"|of) ){0,3}",
)
_COUNTED_PIECES = Finder(
    r"paragraphs?|sections?|parts?|versions?|responses?|answers?|options?",
    between_them=r"(?:[\w-]+ ){0,2}?",
)
_NOT_PIECES = re.compile(
    r"(?i)^(?:asterisks?|stars?|symbols?|hyphens?|dashes|words?|sentences?|lines?|points?"
    r"|times?|days?|years?|people|marks?|limericks about|new lines?|things|bullet\w*)"
)


def parts(ask: Ask) -> Iterator[Instruction]:
    """Several, set apart by a mark such as ***; at least two where it is not said how many."""
    found = _MARK.search(ask.unquoted(ask.text))
    apart = _SEPARATES.search(f"{ask.text} {ask.before}")
    if not found or not apart or not is_wanted(ask.text[: apart.start()]):
        return
    shown = found["mark"] or "*" * value_of(found["stars"])
    mark = re.compile(rf"(?:\\?{re.escape(shown[0])}){{{len(shown)}}}")
    number = _pieces(ask)
    wanted = exactly(number) if number else at_least(2)
    yield Instruction(
        "parts" if number else "some parts",
        wanted.of(f"parts set apart by {shown}"),
        lambda draft: _apart(draft, mark, wanted.low, more=not number),
    )


def _pieces(ask: Ask) -> int:
    for pieces in (_COUNTED_PIECES, _PIECES):
        for text in (ask.text, ask.before, ask.after, ask.unquoted(ask.prompt[:1500])):
            for amount in amounts(pieces, text):
                if not _NOT_PIECES.match(amount.unit) and 1 < amount.range.low < 30:
                    return amount.range.low
    return 0


def _apart(draft: Draft, mark: re.Pattern[str], number: int, *, more: bool) -> Kept:
    pieces = draft.parts(mark)
    whole = all(pieces) and len(set(pieces)) == len(pieces)
    right = len(pieces) >= number if more else len(pieces) == number
    return yes_or_no(
        whole and right, f"has {len(pieces)}" if not right else "has empty or equal ones"
    )


_TEMPLATE = re.compile(r"(?m)^[ \t]*(\*{3,})[ \t]*$")


def template(prompt: str) -> Iterator[Instruction]:
    """A form to follow, given with its marks: as many parts as it has."""
    marks = _TEMPLATE.findall(prompt)
    if marks and re.search(r"(?i)\b(?:format|form|follow\w*|structure|such as)\b", prompt):
        mark = re.compile(rf"(?m)^[ \t]*{re.escape(marks[0])}[ \t]*$")
        wanted = exactly(len(marks) + 1)
        yield Instruction(
            "parts",
            wanted.of(f"parts set apart by {marks[0]}"),
            lambda draft: _apart(draft, mark, wanted.low, more=False),
        )
