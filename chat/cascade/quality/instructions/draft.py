"""A draft as instructions count it: words, sentences, paragraphs, list items, marks."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """The fewest and the most one can count, where that depends on the reading."""

    low: int
    high: int


_IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\W{_IDEOGRAPH}]+")
_SPACED_WORD = re.compile(rf"(?<!\S)[^\s\w{_IDEOGRAPH}]*+[\w{_IDEOGRAPH}]\S*+")
_STOP_MARK = re.compile("[.!?\u3002\uff01\uff1f\u061f\u06d4\u0964]")
_GOES_ON = (
    r"\s{1,9}(?=[^\W\d_])(?:[^A-ZÀ-Þ]|(?:Jan|Feb|Mär|Mar|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz]"
    r"|Jahrh)|Jh\b)"
)
"""A small letter, or a month: "on the 3. Oktober", "am 3. und 4. Mai"."""

_STOP = re.compile(
    r"\b(?P<word>[^\W\d_]{1,6})\.(?=\s|$)"
    rf"|(?<![.!?])(?!(?<=\d)\.{_GOES_ON})(?![!?][\"”’»“]\s+[a-zà-ÿ])[.!?]++[\"'”’»)*_\]]*+(?=\s|$)"
    "|[\u3002\uff01\uff1f]++[”」』]*+|(?<![\u061f\u06d4\u0964])[\u061f\u06d4\u0964]++(?=\\s|$)"
)
_ABBREVIATED = re.compile(
    r"(?i)mrs?|ms|dr|prof|st|vs|etc|jr|sr|inc|ltd|co|no|vol|approx|bzw|ca|geb|gest|dt|engl|mio|mrd|nr|vgl"
    r"|inkl|bspw|[a-z]"
)
"""Of z.B. the last letter."""
_MAY_END = re.compile(
    r"[cmM](?<=\b(?:etc|[ap]\.m|[AP]\.M))\.[ \t]+(?=[A-ZÀ-Þ])"
    r"(?![A-Z]{2,4}\b|(?:East|Centr|Mount|Pacif|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z])"
)
_DATED = re.compile(
    r"(?i)jan|feb|mar|apr|jun|jul|aug|sept?|o[ck]t|nov|de[cz]|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun"
)
_LEAD_IN = re.compile(
    r"(?i)\A\s*(?:(?:sure|certainly|of course|absolutely|gerne?|klar|natürlich)\W+)?"
    r"(?:here(?: (?:is|are)|[’']s)|hier (?:ist|sind|kommt|kommen)|voici|aquí)\b"
    r"[^\n:]{0,150}:[ \t]*\n[ \t]*\n"
)
_LINK = re.compile(r"(?<=\])\(https?://[^\s()]{1,500}\)")
_ADDRESS = re.compile(r"https?://[^\s()]{1,500}")
_ITEM_NUMBER = re.compile(r"[ \t]*\(?\d{1,3}[.)](?=\s)")
_BULLET = re.compile(r"(?m)^[ \t]*(?:\*(?!\*)[ \t]*\S|[-•+‣◦▪–·][ \t]+\S)")
_NUMBERED = re.compile(r"(?m)^[ \t]*(?:\*\*)?\(?(?:\d{1,3}|[a-zA-Z])[.):][ \t]*\S")
_HEADING = re.compile(r"(?m)^(?:#{1,6}[ \t]+\S|\*\*[^*\n]+\*\*:?[ \t]*$)")
_HIGHLIGHT = re.compile(r"\*\*([^\n*]+)\*\*|\*([^\n*]+)\*|(?<!\w)_([^\n_]+)_(?!\w)")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,200}\]")
_BETWEEN_ITEMS = re.compile(
    r"[,;、，،\n]|\b(?:and|or|und|oder|y|o|et|ou)\b|[和与及]|(?<!\w)و(?=\w)"
)

_BETWEEN_NAMES = re.compile(r"[,、，،]| (?:and|or|und|oder|y|o|et|ou|&) |[和与及]")
_LONGEST_NAMES = 160
_NAME_WORDS = 3
_TOP_ITEM = re.compile(r"(?:\*\*)?\d{1,3}[.)](?=\s)|[-•*+](?=\s)")


@dataclass(frozen=True)
class Draft:
    text: str

    @cached_property
    def folded(self) -> str:
        return self.text.casefold()

    @cached_property
    def words(self) -> Span:
        """Letters and digits in a row, or what stands between spaces; in Chinese, characters."""
        text = self.text
        if "://" in text:
            text = _ADDRESS.sub("link", _LINK.sub("", text))
        apart = len(_WORD.findall(text))
        if text.count(" ") * 12 <= len(text):  # it is written without them
            return even(apart)
        return Span(len(_SPACED_WORD.findall(text)), apart)

    @cached_property
    def body(self) -> str:
        """Without a line that says no more than that it follows: "Here are two paragraphs:"."""
        return _LEAD_IN.sub("", self.text)

    @cached_property
    def sentences(self) -> Span:
        """At the least what ends in a full stop; at the most, also lines that end in none, the
        numbers of a list, and a short form that may end one ("at 5 p.m. She left.")."""
        stops, more = 0, len(_MAY_END.findall(self.body))
        for line in self.body.splitlines():
            number = _ITEM_NUMBER.match(line) if line.strip(" \t(")[:1].isdigit() else None
            line = line[number.end() :] if number else line
            found = _STOP.finditer(line) if _STOP_MARK.search(line) else ()
            ends = [m.end() for m in found if not m.lastgroup or not _is_abbreviated(m)]
            stops += len(ends)
            rest = line[ends[-1] :] if ends else line
            more += bool(number) + _is_open(rest)
        return Span(max(stops, 1), max(stops + more, 1))

    @cached_property
    def characters(self) -> Span:
        text = self.text.strip()
        return Span(len(text) - sum(map(str.isspace, text)), len(text))

    @cached_property
    def lines(self) -> Span:
        return even(sum(bool(line.strip()) for line in self.text.splitlines()))

    @cached_property
    def blocks(self) -> list[str]:
        """What blank lines set apart."""
        return [block for block in re.split(r"\n[ \t]*\n", self.text.strip()) if block.strip()]

    @cached_property
    def paragraphs(self) -> Span:
        """A title may or may not be called one; a heading, and a line of nothing but marks, not."""
        said = [block for block in self.blocks if re.search(r"\w", block)]
        said = said[bool(_LEAD_IN.match(self.text)) :]
        plain = [block for block in said if "\n" in block or not block.startswith("#")]
        full = [block for block in plain if not _is_title(block)]
        return Span(len(full), len(plain))

    @cached_property
    def bullets(self) -> Span:
        return even(len(_BULLET.findall(self.text)))

    @cached_property
    def numbered(self) -> Span:
        return even(len(_NUMBERED.findall(self.text)))

    @cached_property
    def items(self) -> Span:
        """Of a list, whether it has bullets, numbers or neither; a number is no item of its own."""
        marked = self.bullets.high + self.numbered.high
        sentences = self.sentences.high - self.numbered.high
        loose = len(_BETWEEN_ITEMS.findall(self.text)) + 1
        return Span(marked or 1, max(marked, loose, sentences))

    @cached_property
    def listed(self) -> int:
        """The items of a draft that is one list, with a line before it and one after at most, or
        names in a line; 0 of any other. What is indented belongs to an item."""
        lines = [line for line in self.text.strip().splitlines() if line.strip()]
        top = [line for line in lines if not line[0].isspace()]
        marks = [found.group() if (found := _TOP_ITEM.match(line)) else "" for line in top]
        items = [mark for mark in marks if mark]
        if not items:
            return _named(top[0]) if len(lines) == 1 else 0
        first = marks.index(items[0])
        is_one = items == marks[first : first + len(items)] and _go_on(items)
        return len(items) if is_one and first <= 1 and len(marks) - first - len(items) <= 1 else 0

    @cached_property
    def headings(self) -> Span:
        return even(sum(1 for _ in _HEADING.finditer(self.text)))

    @cached_property
    def highlights(self) -> Span:
        return even(sum(any(map(str.strip, parts)) for parts in _HIGHLIGHT.findall(self.text)))

    @cached_property
    def placeholders(self) -> Span:
        return even(sum(1 for _ in _PLACEHOLDER.finditer(self.text)))

    @cached_property
    def capital_words(self) -> Span:
        """Words without a small letter; a lone letter, as "I", is one only to some."""
        words = [word for word in re.findall(r"[\w'’-]+", self.text) if word.isupper()]
        return Span(sum(len(word) > 1 for word in words), len(words))

    def parts(self, mark: re.Pattern[str]) -> list[str]:
        """What `mark` sets apart; nothing before the first or after the last is no part."""
        parts = [part.strip() for part in mark.split(self.text)]
        return parts[not parts[0] : len(parts) - (len(parts) > 1 and not parts[-1])]


def _go_on(marks: list[str]) -> bool:
    """Whether they count from one, or are all of one sort."""
    numbers = [re.sub(r"\D", "", mark) for mark in marks]
    return numbers == [str(at + 1) for at in range(len(marks))] or len(set(marks)) == 1


def _named(line: str) -> int:
    """How many names of a few words stand in a line that says nothing else."""
    apart = ";" if ";" in line else _BETWEEN_NAMES
    names = [name.split() for name in re.split(apart, line) if name.strip(" .")]
    is_short = len(line) <= _LONGEST_NAMES and all(len(name) <= _NAME_WORDS for name in names)
    return len(names) if is_short else 0


def even(count: int) -> Span:
    """Of what can be counted in one way only."""
    return Span(count, count)


def _is_abbreviated(stop: re.Match[str]) -> bool:
    if _DATED.fullmatch(stop["word"]):
        behind = stop.string[stop.end() : stop.end() + 11]
        return bool(re.match(_GOES_ON, behind)) or behind.lstrip()[:1].isdigit()
    return bool(_ABBREVIATED.fullmatch(stop["word"]))


def _is_open(rest: str) -> bool:
    """More than a word, and not going on in the next line."""
    rest = rest.strip(" \t*-#•_")
    return (" " in rest or len(rest) > 15) and not rest.endswith((",", ";", "，", "、"))


def _is_title(block: str) -> bool:
    """A line of its own that ends like no sentence."""
    line = block.strip()
    return "\n" not in line and len(line) < 80 and line[-1] not in '.!?\u3002\uff01\uff1f\u061f"”'
