"""The message and what was said before it, read once, so that values can be looked up in it."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chat.cascade.providers.base import Message
from chat.cascade.quality.case import Case, excerpt
from chat.cascade.quality.checks.calls.figures import figures, spelled
from chat.cascade.quality.checks.calls.words import language, plain, stems, telling

_LONGEST = 12_000
"""Characters of the message, and as many of its history, that values are looked for in."""

_MESSAGES = 40
_MOST_FIGURES = 400
_MOST_WORDS = 60
"""Words with the same first letter that an abbreviation is looked for in."""

_CONVERTED = 60
_PAIRED = 16
"""The smallest numbers of a message, of which conversions, and sums and products, are tried."""

_UNITS = (7, 12, 24, 30, 52, 60, 365, 3600, 1.609344, 1.60934, 0.3048, 2.54, 0.45359, 1.8)
"""Days, months, hours, minutes, seconds; miles, feet, inches, pounds, degrees."""

_AFTERNOON = re.compile(r"(?i)\d ?p\.?m\b")
_NEGATIVE = re.compile(r"[-\u2212\u2013] ?(\d[\d.,]{0,40})")
_BELOW = re.compile(
    r"(?i)\b(?:minus|negativ\w{0,3}|below|under|loss|lose|debt|owe|withdraw\w{0,3}|cost|expens\w{0,3}"
    r"|invest\w{0,5}|subtract\w{0,3}|decreas\w{0,3}|south\w{0,3}|west\w{0,3})\b|\d\W{0,2}[WS]\b"
)
_NOT_WORD = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_MONTHS = (
    "jan ene", "feb fev", "mar", "apr abr avr", "may mai", "jun juin",
    "jul juil", "aug ago aou", "sep", "oct okt", "nov", "dec dez dic",
)  # fmt: skip
_MONTH_OF = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()}


def bare(text: str) -> str:
    """Letters and digits alone: `x**2 + 1` and `x^2+1` are the same."""
    return _NOT_WORD.sub("", plain(text))


_PERCENT = re.compile(r"(?i)[%\u066a\uff05]|\bper ?cent|\bprozent\b|\bpor ciento\b|\bpour cent\b")


@dataclass(frozen=True)
class Asked:
    """`prompt` is what the last turn asks; `known` is that and all that was said before."""

    prompt: str
    known: str

    @classmethod
    def of(cls, case: Case) -> "Asked":
        prompt = excerpt(case.prompt, _LONGEST)
        return cls(prompt, f"{prompt}\n{_said(case.history)}")

    @cached_property
    def bare(self) -> str:
        return bare(self.known)

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stems(self.known))

    @cached_property
    def telling(self) -> frozenset[str]:
        return telling(self.prompt)

    @cached_property
    def language(self) -> str:
        return language(self.prompt)

    def can_be_compared_with(self, text: str) -> bool:
        """Whether both are in one language, as far as can be told."""
        theirs = language(text)
        return self.language == theirs or not self.language or (self.language, theirs) == ("en", "")

    @cached_property
    def initials(self) -> str:
        return "".join(word[0] for word in self._words)

    @cached_property
    def by_letter(self) -> Mapping[str, Sequence[str]]:
        """By their first letter, words with the two that follow each, run together."""
        found: dict[str, list[str]] = defaultdict(list)
        for at, word in enumerate(self._words):
            if len(found[word[0]]) < _MOST_WORDS:
                found[word[0]].append("".join(self._words[at : at + 3]))
        return found

    @cached_property
    def _words(self) -> Sequence[str]:
        return _LETTERS.findall(plain(self.known))

    @cached_property
    def numbers(self) -> Sequence[tuple[float, ...]]:
        """Those of the prompt in digits, each in its readings."""
        return tuple(figures(self.prompt))[:_MOST_FIGURES]

    @cached_property
    def values(self) -> frozenset[float]:
        known = [reading for number in figures(self.known) for reading in number]
        months = {float(_MONTH_OF[w[:3]]) for w in self._words if w[:3] in _MONTH_OF}
        hundred = {100.0} if _PERCENT.search(self.known) else set()
        return frozenset(known[:_MOST_FIGURES]) | frozenset(spelled(self.known)) | months | hundred

    @cached_property
    def _digits(self) -> frozenset[str]:
        return frozenset(map(digits, self.values))

    def has_number(self, value: float) -> bool:
        """As it is written, or with the point elsewhere: percent, kilo, milli."""
        return abs(value) in self.values or (value != 0 and digits(value) in self._digits)

    @cached_property
    def _below_zero(self) -> frozenset[str]:
        return frozenset(
            digits(reading)
            for written in _NEGATIVE.findall(self.known)[:_MOST_FIGURES]
            for number in figures(written)
            for reading in number
        )

    def turns(self, value: float) -> bool:
        """Whether it is below zero, and the message has the same number above it."""
        return value < 0 and not (digits(value) in self._below_zero or _BELOW.search(self.known))

    def follows(self, value: float) -> bool:
        """Whether it is a number of the message in another unit, or made of two of them."""
        return digits(value) in self._derived

    @cached_property
    def _derived(self) -> frozenset[str]:
        some = sorted(value for value in self.values if 0 < value < 1e12)[:_CONVERTED]
        few = some[:_PAIRED]
        pairs = [(a, b) for a in few for b in few]
        made = {made for a, b in pairs for made in (a + b, a - b, a - b + 1, a * b, a / b)}
        made |= {made for a in some for unit in _UNITS for made in (a * unit, a / unit)}
        made |= {made for a in some for made in (100 - a, 1 - a / 100)}
        if _AFTERNOON.search(self.known):
            made |= {a + 12 for a in some}
        return frozenset(map(digits, made))


def _said(history: Sequence[Message]) -> str:
    texts = [message["content"] for message in history[-_MESSAGES:] if message["content"]]
    return excerpt("\n".join(texts), _LONGEST)


def digits(value: float) -> str:
    """The first six that count: the same of 5, 0.05 and -5000."""
    return f"{abs(value):.5e}".partition("e")[0] if math.isfinite(value) else ""
