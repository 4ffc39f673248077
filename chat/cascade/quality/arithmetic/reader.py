"""The equations of a text, `3 apples * $2.50 = $7.50`, `20% of 50 is 10`, and all its numbers.

One pass over tokens, without a grammar: numbers and signs gather into a run, an equals sign ends
one and begins the next, and whatever is no arithmetic lets go of what was gathered. Phrases that
count nothing, most of prose, are passed over.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from chat.cascade.quality.arithmetic.equation import Equation, Run, equate
from chat.cascade.quality.arithmetic.numerals import (
    NUMBER,
    has_decimal_commas,
    may_part_thousands,
    plain,
    read_number,
)

_TOKEN = re.compile(
    r"(?! )(?:"  # where a space is, none of the others is tried
    r"(?P<part>\b(?:[Hh]alf|(?:a|one) (?:third|quarter)|[Dd]ie Hälfte|[Ll]a mitad|[Ll]a moitié)"
    r"(?= (?:of|von|de|des|del|du)\b))"
    r"|(?P<unit>°[CF]\b|(?<=\d )(?:[kcdm]?m|in|ft|yd|mi)\^[23](?!\d))"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
    rf"|(?P<mixed>\d{{1,4}} \d/\d{{1,3}}(?![\d.]))|(?P<number>{NUMBER})"
    r"|(?P<latex>\\[a-zA-Z]+)"
    r"|(?P<stop>\n|[.!?]+(?=\s|$|\")|[;:,<>≤≥≠→\u3002\u3001|]|->|=>)|(?P<equals>=+|≈)"
    r"|(?P<sign>\*\*|[*/+^-])|(?P<open>[({])|(?P<close>[)}])|(?P<percent>%)|(?P<odd>[_!°√])"
    r")"
)
_STOP = re.compile(r"\n|[.!?;:,](?=\s)|\Z")
"""Where one phrase ends and the next begins: of `_TOKEN`'s stops those that no number holds."""
_COUNTS = re.compile(r"\d|[Hh]alf|third|quarter|[Hh]älfte|[Ll]a m")
"""What every phrase has that holds a number, or a part of one."""
_SIGNS = {
    "times": "*", "multiplied": "*", "plus": "+", "minus": "-", "divided": "/", "mal": "*",
    "geteilt": "/", "fois": "*", "divisé": "/", "moins": "-", "por": "*", "dividido": "/",
    "más": "+", "menos": "-", "entre": "/",
}  # fmt: skip
_EQUALS = frozenset(
    """
    is are equals equal gives makes ist sind ergibt gleich macht es son est égale font vaut
    """.split()
)
_FILLERS = frozenset(
    """
    by to about equal approximately a the of only just durch par
    """.split()
)
_OF = frozenset(("of", "von", "de", "des", "del", "du"))
_COMPARING = frozenset(
    """
    more less fewer times percent mehr weniger más menos plus moins
    """.split()
)
_PERCENT = frozenset(("percent", "prozent"))
_ENDS = frozenset(
    """
    quad qquad implies Rightarrow rightarrow to leq geq neq because therefore
    """.split()
)
_NO_UNKNOWN = frozenset("aAIyYoOeEàéÀ")
"""Words of one letter."""
_UNITS = frozenset("hgmsltWVANCF")
_UNKNOWN_SET = re.compile(r"(?<![\w/])(?<!\d )([hgmsltWVANCF]) ?=")
"""`h = 3`, but not `180 min / 3 h =`."""

MOST_FIGURES, MOST_EQUATIONS = 500, 200
"""Of a text, after which it is not read on: nobody writes so many."""
MOST_TELLING = 100
"""Figures by whose sums a longer text tells whether it writes decimal commas."""

_MOST_WORDS = 6
"""Words after a number, its unit, over which a run still reaches to the next sign."""

_NOTHING = Run()
"""Before the first equals sign; nothing is gathered on that side."""

_Token = re.Match[str]


class Figure(NamedTuple):
    """A number of the text, where it stands in `Arithmetic.text`, and the word after it.

    `is_percent` is of 20 %, whose value is 20 here and 1/5 in an equation.
    """

    value: Fraction
    at: int
    unit: str = ""
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """In reading order; `text` is as `plain` leaves it."""

    text: str
    figures: Sequence[Figure]
    equations: Sequence[Equation]

    def signed(self, figure: Figure) -> Fraction:
        """Its value with the minus before it, which a figure does not have."""
        before = self.text[: figure.at].rstrip(" {(€")
        is_negative = before.endswith("-") and not before[-2:-1].isalnum()
        return -figure.value if is_negative else figure.value


def read_arithmetic(text: str, *, decimal_commas: bool | None = None) -> Arithmetic:
    """Of any text; it costs less than a microsecond a character.

    Where it is not given, the text tells whether it writes 3,5 for 3.5, and where it does not, its
    sums do: 1.200 / 4 = 300 holds in one reading alone.
    """
    text = plain(text)
    commas = has_decimal_commas(text) if decimal_commas is None else decimal_commas
    read = _read(text, commas, MOST_FIGURES)
    if decimal_commas is None and not commas and _wrong(read) and may_part_thousands(text):
        most = MOST_FIGURES if len(read.figures) <= MOST_TELLING else MOST_TELLING
        if _wrong(_read(text, True, most)) < _wrong(_read(text, False, most)):
            return _read(text, True, MOST_FIGURES)
    return read


def _wrong(read: Arithmetic) -> int:
    return sum(equation.holds is False for equation in read.equations)


@lru_cache(maxsize=4)
def _read(text: str, commas: bool, most: int) -> Arithmetic:
    """Cached: several checks read one draft, and some of them in two ways."""
    reader = _Reader(text, commas)
    for token in _tokens(text):
        _TAKE[token.lastgroup or ""](reader, token)
        reader.follows_word = token.lastgroup == "word"
        if len(reader.figures) >= most:
            break
    reader.finish()
    return Arithmetic(reader.text, reader.figures, reader.equations)


def _tokens(text: str) -> Iterator[_Token]:
    """Of the phrases that count something: nothing is gathered beyond a stop."""
    end = 0
    for stop in _STOP.finditer(text):
        start, end = end, stop.end()
        if _COUNTS.search(text, start, end):
            yield from _TOKEN.finditer(text, start, end)


class _Reader:
    """`left` is the side before the equals sign that was met last; `is_worded` if it was a word.

    `fractions` counts those of LaTeX whose upper part is being read.
    """

    def __init__(self, text: str, commas: bool) -> None:
        self.text, self.commas = text, commas
        self.figures: list[Figure] = []
        self.equations: list[Equation] = []
        self.fractions = 0
        self.run, self.left = Run(), _NOTHING
        self.is_worded = self.follows_word = False
        self.units = _UNITS.difference(_UNKNOWN_SET.findall(text) if "=" in text else ())

    def finish(self, token: _Token | None = None) -> None:
        self._compare()
        self.run, self.left, self.is_worded, self.fractions = Run(), _NOTHING, False, 0

    def number(self, token: _Token) -> None:
        read = read_number(token.group(), decimal_commas=self.commas)
        before = self.text[token.start() - 1 : token.start()]
        is_part = before.isdigit() and token.group().startswith(".")  # of an address, 10.0.0.1
        if read is None or before == "_" or (before.isascii() and before.isalpha()) or is_part:
            self.run.known = False  # x2; in scripts without spaces a number follows any letter
        else:
            self._gather(*read, token)

    def mixed(self, token: _Token) -> None:
        whole, over, under = map(int, re.split("[ /]", token.group()))
        if under:
            self._gather(whole + Fraction(over, under), 0, token)

    def part(self, token: _Token) -> None:
        parts = {"third": 3, "quarter": 4}
        if not self.run.awaits:
            self.finish()
        self._append(Fraction(1, parts.get(token.group().split()[-1], 2)), 0, token)
        self.run.has_percent = True

    def percent(self, token: _Token) -> None:
        run = self.run
        if not run.items or run.words or not isinstance(run.items[-1], Fraction):
            return
        run.items[-1] /= 100
        run.decimals += 2
        run.has_percent, run.end = True, token.end()
        self.figures[-1] = self.figures[-1]._replace(is_percent=True)

    def word(self, token: _Token) -> None:
        word, run = token.group().lower(), self.run
        if word in _PERCENT:
            self.percent(token)
        elif run.awaits:
            self._word_before(word, token)
        elif word in _SIGNS and run.words <= _MOST_WORDS:
            run.items.append(_SIGNS[word])
            if _SIGNS[word] in "+-":
                run.joined = len(run.items)
        elif word == "x" and self._number_follows(token.end()):
            run.items.append("*")
        elif word in _EQUALS and run.signs and run.known:
            self.equals(token)
            self.is_worded = True
        elif word in _OF and not run.words and (run.has_percent or run.signs.endswith("/")):
            run.items.append("*")
        elif self._is_unknown(token):
            self.doubt(token)
        else:
            self._name_unit(word)

    def unit(self, token: _Token) -> None:
        if not self.run.awaits:
            self._name_unit(token.group())

    def doubt(self, token: _Token) -> None:
        self.run.known = False

    def latex(self, token: _Token) -> None:
        name = token.group()[1:]
        if name == "frac" and self.text[token.end() : token.end() + 1] == "{":
            self.fractions += 1
            if not self.run.awaits:
                self.run.known = False  # 2 \frac{1}{3} adds for some and multiplies for others
                self.run.items.append("*")
        elif name in _ENDS or (name[0] == "n" and name[1:2].isupper()):  # \nThen, of broken JSON
            self.finish()
        else:
            self.doubt(token)

    def equals(self, token: _Token) -> None:
        self._compare()
        self.left, self.run, self.is_worded = self.run, Run(), False

    def sign(self, token: _Token) -> None:
        sign = "^" if token.group() == "**" else token.group()
        before, after = self._beside(token)
        if sign in "-/" and after.isalpha() and before.isalnum():
            return  # 5-inch, days/week
        if self.run.awaits:
            self._sign_before(sign, after)
        elif self.run.words > _MOST_WORDS:
            self.finish()
            self.run.known = False
        else:
            self.run.items.append(sign)

    def opens(self, token: _Token) -> None:
        before, _ = self._beside(token)
        if before.isalpha() and not self.fractions:
            self.run.known = False  # a function's argument
        if not self.run.awaits:
            if before.isdigit() or before == ")":
                self.run.items.append("*")
            else:
                self.finish()
        if self.run.start < 0:
            self.run.start = token.start()
        self.run.items.append("(")
        self.run.depth += 1

    def closes(self, token: _Token) -> None:
        run = self.run
        if not run.depth:
            self._close_aside(token)
            return
        if run.awaits:
            run.known = False
            run.items.append(Fraction(0))
        run.items.append(")")
        run.depth -= 1
        run.end = token.end()
        if self.fractions and token.group() == "}" and self._beside(token)[1] == "{":
            run.items.append("/")
            self.fractions -= 1

    def _close_aside(self, token: _Token) -> None:
        """`(5 * 3 = 15) + 2`: the result is what goes on."""
        value, start = self.run.value, self.run.start
        self.finish()
        if value is not None:
            self.run.start = start
            self._append(value, 0, token)

    def _gather(self, value: Fraction, decimals: int, token: _Token) -> None:
        if not self.run.awaits:
            self.finish()
        self.figures.append(Figure(value, token.start()))
        self._append(value, decimals, token)

    def _append(self, value: Fraction, decimals: int, token: _Token) -> None:
        run = self.run
        if run.start < 0:
            run.start = token.start()
        run.items.append(value)
        run.decimals, run.words, run.end = decimals, 0, token.end()

    def _word_before(self, word: str, token: _Token) -> None:
        """A word where a number is due: it stands for one, unless nothing was begun."""
        if self._is_unknown(token):
            self.doubt(token)
        elif word not in _FILLERS and self.run.items:
            self.run.known = False
        elif word not in _FILLERS and self.is_worded:
            self.left, self.is_worded = _NOTHING, False

    def _sign_before(self, sign: str, after: str) -> None:
        """A sign where a number is due: a minus, a bullet, or the end of what a word stood for."""
        if sign == "-" and (self.run.items or after.isdigit()):
            self.run.items.append("n")
        elif self.follows_word or self.run.items:
            self.run.known = False

    def _name_unit(self, word: str) -> None:
        run = self.run
        run.words += 1
        if run.words > 1:
            return
        run.units.add(word.rstrip("s"))
        last = self.figures[-1] if self.figures else None
        if last and not last.unit and last.at >= run.start:
            self.figures[-1] = last._replace(unit=word)
        if self.is_worded and word in _COMPARING:  # `is 5 more than` states nothing yet
            self.left, self.is_worded = _NOTHING, False

    def _is_unknown(self, token: _Token) -> bool:
        """A letter alone or beside a digit; `8 a day` and `I` are words, `3 h` and `km/h` units."""
        if len(token.group()) > 1 or not token.group().isascii():
            return False
        before = self.text[max(0, token.start() - 2) : token.start()]
        is_measured = before[:1].isdigit() and before[1:] == " "
        is_rate = before[:1].isalpha() and before[1:] == "/"
        if token.group() in self.units and (is_measured or is_rate):
            return False
        return any(map(str.isdigit, self._beside(token))) or token.group() not in _NO_UNKNOWN

    def _number_follows(self, at: int) -> bool:
        rest = self.text[at : at + 8].lstrip(" €")
        return rest[:1].isdigit() or rest.startswith(("(", ".", "\\frac"))

    def _beside(self, token: _Token) -> tuple[str, str]:
        at, end = token.span()
        return self.text[max(0, at - 1) : at], self.text[end : end + 1]

    def _compare(self) -> None:
        if self.left.items and self.run.items and len(self.equations) < MOST_EQUATIONS:
            equation = equate(self.text, self.left, self.run)
            if equation:
                self.equations.append(equation)


_TAKE: Mapping[str, Callable[[_Reader, _Token], None]] = {
    "mixed": _Reader.mixed,
    "number": _Reader.number,
    "part": _Reader.part,
    "latex": _Reader.latex,
    "unit": _Reader.unit,
    "word": _Reader.word,
    "stop": _Reader.finish,
    "equals": _Reader.equals,
    "sign": _Reader.sign,
    "open": _Reader.opens,
    "close": _Reader.closes,
    "percent": _Reader.percent,
    "odd": _Reader.doubt,
}
