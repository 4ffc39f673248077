"""The engine's sentences in the language of the reader.

What is kept of a turn is language-neutral: the engine knows no languages, and its sentences are
kept as it said them, in English. They are told here, from what they say: each is one of `SENTENCES`
with its blanks filled in, or put together from the phrases of `instructions.py`. One that is
neither is shown as it is.
"""

import re
from functools import cache, lru_cache
from typing import Final

from django.utils.translation import get_language, gettext

from chat.localised import dollars, localised
from chat.sentences import instructions
from chat.sentences.blanks import compiled
from chat.sentences.engine import SENTENCES

TOLD_TOO: Final = frozenset({"reason", "more", "error"})
"""Blanks that hold such sentences themselves. Where they do is tried first: a sentence of few
words of its own would else be taken for the longer one that is in it."""

_FIGURE = re.compile(r"(\$?)([\d,]*\.?\d+(?: ?%)?)")


def told(sentence: str) -> str:
    """`sentence`, which was kept in English, as the reader's language has it."""
    return known(sentence) or sentence


def known(sentence: str) -> str:
    """The same, or "" where the reader's language has no words for it."""
    language = get_language() or "en"
    if not sentence or language.startswith("en"):
        return sentence
    return _told(sentence, language)


@lru_cache(maxsize=4096)
def _told(sentence: str, language: str) -> str:
    if (whole := gettext(sentence)) != sentence:
        return whole
    if (composed := instructions.told(sentence)) is not None:
        return composed
    for pattern, said in _patterns(TOLD_TOO):
        found = pattern.fullmatch(sentence)
        if found and all(
            known(value) for name, value in found.groupdict().items() if name in TOLD_TOO
        ):
            return _said(said, found)
    for pattern, said in _patterns(frozenset()):
        if found := pattern.fullmatch(sentence):
            return _said(said, found)
    return ""


def _said(sentence: str, found: re.Match[str]) -> str:
    blanks = {name: _filled(name, value) for name, value in found.groupdict().items()}
    return gettext(sentence).format(**blanks)


def _filled(name: str, value: str) -> str:
    if name in TOLD_TOO:
        return told(value)
    if name == "language":
        return gettext(value)  # by `LANGUAGES`, or as Django has it
    found = _FIGURE.fullmatch(value)
    if not found:
        return value
    return dollars(found[2]) if found[1] else localised(found[2])


@cache
def _patterns(having: frozenset[str]) -> list[tuple[re.Pattern[str], str]]:
    """Of those with blanks, with one of `having` where it names some; the more of a sentence is
    its own words, the earlier it is tried."""
    wanted = [f"{{{name}}}" for name in having] or ["{"]
    said = [sentence for sentence in SENTENCES if any(blank in sentence for blank in wanted)]
    said.sort(key=lambda sentence: -len(re.sub(r"{\w+}", "", sentence)))
    return [(compiled(sentence), sentence) for sentence in said]
