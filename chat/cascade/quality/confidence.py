"""How sure the draft's own model was of its tokens, where its provider tells."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from chat.cascade.providers.base import TokenLogprob
from chat.cascade.quality.answer import Answer

MOST_KEYS = 256
"""Key tokens that are kept; of more every second, third and so on."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Natural log probabilities, 0 or below: of the tokens of the final answer, and of the tokens
    that carry the working (numbers, names), in their order. Either may be empty."""

    answer: tuple[float, ...] = ()
    key: tuple[float, ...] = ()

    @classmethod
    def of(cls, tokens: Sequence[TokenLogprob], answer: Answer) -> "Confidence":
        """`tokens` spell the draft that `answer` was read from. Where they do not spell an answer,
        `answer` stays empty: a confidence is never guessed."""
        pieces = [piece.token for piece in tokens]
        text = "".join(pieces)
        start, end = _place(text, answer)
        within: list[float] = []
        key: list[float] = []
        for (at, after, before), piece in zip(_spans(pieces), tokens, strict=True):
            if math.isnan(piece.logprob):
                continue
            if at < end and after > start and piece.token.strip():
                within.append(min(0.0, piece.logprob))
            elif _is_key(piece.token, before):
                key.append(min(0.0, piece.logprob))
        return cls(tuple(within), tuple(key[:: 1 + len(key) // MOST_KEYS]))


def _spans(pieces: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Where each begins and ends in the text, and the last sign before it that is no space."""
    before = ""
    for piece, after in zip(pieces, accumulate(map(len, pieces)), strict=True):
        yield after - len(piece), after, before
        before = piece.rstrip(" \t")[-1:] or before


_FIELD = re.compile(r'"(?:(?:final[_ ]?)?answer|result|solution|output)"[ \t]*:', re.IGNORECASE)
_LABEL = re.compile(r"\(?([A-Za-z]|\d{1,2})[).:](?=\s|$)")


def _place(text: str, answer: Answer) -> tuple[int, int]:
    """From where to where the text spells the answer; of a labelled option only the label."""
    label = _LABEL.match(answer.final)
    spelt = re.escape(label.group(1) if label else answer.final)
    whole = re.compile(rf"(?<![A-Za-z0-9]){spelt}(?![A-Za-z0-9])")
    found = whole.search(text, _mark(text, answer)) if spelt else None
    return found.span() if found else (0, 0)


def _mark(text: str, answer: Answer) -> int:
    """From where to look for the answer: not before what marks it."""
    match answer.marked:
        case "phrase" | "hashes":
            return len(text) - len(text.lstrip()) + len(answer.working)
        case "box":
            return max(0, text.rfind("\\boxed{") + len("\\boxed{"))
        case "field":
            return max((found.end() for found in _FIELD.finditer(text)), default=0)
        case _:
            return 0


_ENDS = frozenset(".!?:\n\u3002\uff01\uff1f\u2026*#")


def _is_key(token: str, before: str) -> bool:
    """Figures, capitals within a sentence, and words of scripts that have no capitals."""
    if any(map(str.isdigit, token)):
        return True
    word = token.strip()
    if not word[:1].isalpha():
        return False
    if word[0].lower() == word[0].upper():
        return True
    return word[0].isupper() and before not in _ENDS and bool(before)
