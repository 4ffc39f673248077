"""A case of options, and what its draft makes of them."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from chat.cascade.quality.case import Case, excerpt
from chat.cascade.quality.options import chosen, contrary

_SHORT = 40
"""Characters up to which what stands before an answer is no working."""

_LONGEST = 8000
_LONGEST_ANSWER = 1000

_FIGURES = 0.6
"""The share of options with a digit from which a question is one of numbers."""


@dataclass(frozen=True)
class Chosen:
    """A case of options, and what its draft makes of them."""

    case: Case

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """As the answer names them; of an answer that is not marked, the first or last line."""
        lines = self.case.draft.strip().split("\n")
        for text in (self.case.answer.final, lines[0], lines[-1]):
            if labels := chosen(text[:_LONGEST_ANSWER], self.case.options):
                return labels if len(labels) > 1 else (*labels, *self._said_before(labels[0]))
        return ()

    def _said_before(self, label: str) -> tuple[str, ...]:
        """The other option that the few words before an answer begin with."""
        before = "" if self.working else self.case.answer.working.strip()
        return contrary(before, label, self.case.options)

    @cached_property
    def label(self) -> str:
        return self.labels[0] if self.labels else ""

    @cached_property
    def working(self) -> str:
        """What stands before the answer, of much of it the beginning and the end; "" where it is
        too short to be any."""
        answer = self.case.answer
        text = (answer.working if answer.marked else self.case.draft).strip()
        return excerpt(text, _LONGEST) if len(text) > _SHORT else ""

    @cached_property
    def is_of_numbers(self) -> bool:
        options = self.case.options.values()
        return sum(any(map(str.isdecimal, text)) for text in options) > _FIGURES * len(options)

    @cached_property
    def words(self) -> Mapping[str, frozenset[str]]:
        return {label: words(text) for label, text in self.case.options.items()}

    @cached_property
    def shared(self) -> Counter[str]:
        """In how many options a word occurs."""
        return Counter(word for option in self.words.values() for word in option)

    @property
    def is_told(self) -> bool:
        """Whether the model told how sure it was: better than anything guessed from outside."""
        return bool(self.case.confidence and self.case.confidence.answer)


_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u4e00-\u9fff]+")


def words(text: str) -> frozenset[str]:
    """In small letters; of scripts without spaces each sign."""
    return frozenset(_WORD.findall(text.casefold()))


_NUMBER = re.compile(
    r"\d{1,3}(?:[ '\u2019\u00a0\u2009\u202f]\d{3})+(?!\d)(?:[.,]\d{1,20})?|\d[\d.,]{0,40}"
)
_SIGNS = str.maketrans({"\u066b": ".", "\u066c": ",", "\uff0e": ".", "\uff0c": ","})


def figures(text: str) -> list[float]:
    """1,234.5 and 1.234,5 alike; without signs, which options and working write differently."""
    return [_value(found.group()) for found in _NUMBER.finditer(text.translate(_SIGNS))]


def _value(written: str) -> float:
    """The last mark is of decimals, unless it comes again, or is a comma before three digits."""
    written = "".join(c for c in written.rstrip(".,") if c.isdecimal() or c in ".,")
    at = max(written.rfind(","), written.rfind("."))
    if at >= 0 and (
        written.count(written[at]) > 1 or (written[at] == "," and len(written) - at == 4)
    ):
        at = -1
    whole, part = (written[:at], written[at + 1 :]) if at >= 0 else (written, "")
    return float(f"{whole.replace(',', '').replace('.', '')}.{part}0")
