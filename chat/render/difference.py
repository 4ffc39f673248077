"""A draft and an answer, word by word: what they share, what only one of them says. Pure."""

import re
import time
from collections import Counter
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from typing import Any, Literal

MAX_WORDS = 20_000
"""Of both together."""

MAX_WORK = 2_000_000
"""Pairs of equal words, as each step may look at all of them: half a second of it."""

LIMIT_S = 1.0

_WORDS = re.compile(r"\s*\S+|\s+$")
_SPACES = re.compile(r"(^\s+|(?<!\s)[^\S\n]*+\n\s*|(?<!\s)\s+$)")


class TooLong(Exception):
    """What cannot be compared in the time there is."""


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Literal["both", "draft", "answer"]
    text: str

    @property
    def parts(self) -> list[str]:
        """Its words, line by line, and the spaces around them, which nobody has to see marked."""
        return [part for part in _SPACES.split(self.text) if part]


def difference(draft: str, answer: str) -> list[Piece]:
    """In reading order; a word is the same whatever spaces are before it. Takes about two seconds
    at the most, or raises `TooLong`."""
    one, other = _WORDS.findall(draft), _WORDS.findall(answer)
    words = [word.strip() for word in one], [word.strip() for word in other]
    if len(one) + len(other) > MAX_WORDS or _work(*words) > MAX_WORK:
        raise TooLong
    pieces: list[Piece] = []
    for kind, start, end, begin, stop in _Bounded(*words).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("both", "".join(other[begin:stop])))
            continue
        if start < end:
            pieces.append(Piece("draft", "".join(one[start:end])))
        if begin < stop:
            pieces.append(Piece("answer", "".join(other[begin:stop])))
    return pieces


def _work(one: list[str], other: list[str]) -> int:
    """The matcher leaves out words that are more than one in a hundred of a long text."""
    there, most = Counter(other), len(other) // 100 + 1 if len(other) >= 200 else len(other)
    return sum(there[word] for word in one if there[word] <= most)


class _Bounded(SequenceMatcher[str]):
    def __init__(self, one: list[str], other: list[str]) -> None:
        super().__init__(None, one, other)
        self._until = time.monotonic() + LIMIT_S

    def find_longest_match(self, *bounds: Any, **named: Any) -> Match:
        if time.monotonic() > self._until:
            raise TooLong
        return super().find_longest_match(*bounds, **named)
