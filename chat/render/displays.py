r"""Displayed formulas of several lines: each is kept in the paragraph in which it begins.

A line of one may be `=` or begin with `- ` or `> `, to Markdown an underline, an item, a quote. So
displays are found before Markdown is made, by their lines: from one that begins with `$$` or `\[`
to the next with `$$` or `\]`. What can stand in none ends the search: an empty line, a fence, a
heading, a numbered item, one further left than the display, another display.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chat.render.maths import JOINT, is_price

_OPENING = re.compile(
    r"[ \t]*+(?P<quote>>[ \t]*+)?(?P<items>(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+)"
    r"(?P<mark>\$\$(?!\$)|\\\[)(?P<rest>.*)"
)
_CLOSE = {"$$": "$$", r"\[": r"\]"}
_LEAD = re.compile(r"[ \t]*+")
_QUOTED = re.compile(r"[ \t]*+>[ \t]*+")
_BOUND = re.compile(r"$|```|~~~|#{1,6}[ \t]|\d{1,9}[.)][ \t]")
_ITEM = re.compile(r"[-*+](?:[ \t]|$)")


def joined(source: str, *, is_whole: bool) -> str:
    """The text with its joints. Unless it `is_whole`, the end of what is open is still to come."""
    if "$$" not in source and r"\[" not in source:
        return source
    lines = source.split("\n")
    for display, last in _displays(lines, is_whole=is_whole):
        for number in range(display.first + 1, last + 1):
            line, end = lines[number], display.lead_of(lines[number])
            lines[number] = f"{line[:end]}{JOINT}{line[end:]}"
    return "\n".join(lines)


@dataclass
class _Display:
    """From its opening mark on, as far as it is read."""

    first: int
    mark: str
    column: int
    lead: re.Pattern[str]
    is_item: bool
    tex: list[str]

    @property
    def is_price(self) -> bool:
        return self.mark == "$$" and is_price("\n".join(self.tex))

    def lead_of(self, line: str) -> int:
        """The length of what a line begins with before what it says; -1 if that is not enough."""
        lead = self.lead.match(line)
        return lead.end() if lead else -1

    def goes_on(self, line: str, other: "_Display | None") -> bool:
        """`other` begins on this line, if it is not the end of this."""
        if other and not (
            self.mark == other.mark == "$$" and self.lead is other.lead and not other.is_item
        ):
            return False
        lead = self.lead_of(line)
        if lead < 0 or _BOUND.match(line, lead):
            return False
        return lead >= self.column or not _ITEM.match(line, lead)


def _displays(lines: Sequence[str], *, is_whole: bool) -> Iterator[tuple[_Display, int]]:
    """Each with the number of its last line. Every line is looked at once.

    What is no display in the end hides none: only its last line can begin one.
    """
    # Of the line that is being written nothing but blanks may be there yet.
    end = len(lines) if lines[-1].strip(" \t>") else len(lines) - 1
    display: _Display | None = None
    for number, line in enumerate(lines[:end]):
        other = _opened(number, line)
        if display and display.goes_on(line, other):
            tex, closing, _ = line[display.lead_of(line) :].partition(_CLOSE[display.mark])
            display.tex.append(tex)
            if not closing:
                continue
            if not display.is_price:
                yield display, number
                other = None
        display = other
    if display and not (is_whole and display.is_price):
        yield display, end - 1


def _opened(number: int, line: str) -> _Display | None:
    found = _OPENING.match(line)
    if not found:
        return None
    mark, rest, lead = found["mark"], found["rest"], _QUOTED if found["quote"] else _LEAD
    display = _Display(number, mark, found.start("mark"), lead, bool(found["items"]), [rest])
    return None if _CLOSE[mark] in rest or display.is_price else display
