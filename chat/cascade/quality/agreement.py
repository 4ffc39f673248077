"""Whether two answers to one question say the same, told without a model.

Only where an answer has a part that can be compared: a letter, a number, a short fact, tool calls.
A comparison becomes a label, so that in doubt there is none.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from chat.cascade.quality.amounts import same_amounts
from chat.cascade.quality.arithmetic import read_arithmetic
from chat.cascade.quality.arithmetic.question import question_with_numbers
from chat.cascade.quality.case import Case, excerpt
from chat.cascade.quality.checks.choice.chosen import Chosen
from chat.cascade.quality.content import content_words
from chat.cascade.quality.kinds import Kind, kind_of

_LONGEST = 2000
"""Characters of an answer that are compared."""

_LETTER = re.compile(r"(?<![\w'])\(?([A-Z])\)?(?![\w'])")
_YES = re.compile(r"\W*(?:yes|ja|oui|s[ií]|true|是|对|نعم)(?!\w)")
_NO = re.compile(r"\W*(?:no|nein|non|false|不|没|لا)(?!\w)")
_TURNS = frozenset(
    """
    no not never nor or but except perhaps maybe possibly kein keine keinen nicht nie oder aber
    vielleicht ne pas jamais ou mais peut nunca o pero quizás
    """.split()
)
"""Words that make something else of the same words."""


def comparable(case: Case) -> bool:
    """Whether answers to this question can be compared at all."""
    return kind_of(case) in COMPARED


def agree(one: Case, other: Case) -> bool | None:
    """None where it cannot be told. Both answer the same question."""
    same = _AGREE.get(kind_of(one))
    return same(one, other) if same else None


def _choices(one: Case, other: Case) -> bool | None:
    first, second = _chosen(one), _chosen(other)
    return first == second if first and second else None


def _chosen(case: Case) -> set[str]:
    """The options named, or else the only one whose letter occurs."""
    if labels := set(Chosen(case).labels):
        return labels
    letters = {letter for letter in _LETTER.findall(_final(case)) if letter in case.options}
    return letters if len(letters) == 1 else set()


def _numbers(one: Case, other: Case) -> bool | None:
    return same_amounts(_final(one), _final(other), question_with_numbers(one.prompt))


def _facts(one: Case, other: Case) -> bool | None:
    """The shorter answer is part of the longer one, or they have nothing in common but what the
    question says."""
    first, second = _plain(_final(one)), _plain(_final(other))
    if (yes := _says_yes(first)) is not None and (also := _says_yes(second)) is not None:
        return yes == also
    if same_amounts(first, second, one.prompt) is False:
        return False
    mine, theirs = _said(first), _said(second)
    if mine & _TURNS != theirs & _TURNS:
        return None
    asked = _said(_plain(excerpt(one.prompt, _LONGEST)))
    if mine - asked or theirs - asked:
        mine, theirs = mine - asked, theirs - asked
    if not mine or not theirs:
        return None
    if mine <= theirs or theirs <= mine:
        return True
    # Eight may be 8.
    return None if mine & theirs or _has_digits(first) != _has_digits(second) else False


def _says_yes(said: str) -> bool | None:
    if _YES.match(said):
        return True
    return False if _NO.match(said) else None


def _said(text: str) -> frozenset[object]:
    """Its numbers and the words that say something."""
    words = content_words(text)
    denied = {"not" for word in words if word.endswith("n't")}
    return frozenset({*words, *denied, *(f.value for f in read_arithmetic(text).figures)})


def _has_digits(text: str) -> bool:
    return any(map(str.isdigit, text))


def _calls(one: Case, other: Case) -> bool:
    """Both making none agree."""
    return _called(one) == _called(other)


def _called(case: Case) -> list[str]:
    return sorted(f"{call.call.name} {_flat(call.call.arguments)}" for call in case.calls)


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return str(sorted((key, _flat(item)) for key, item in value.items()))
    if isinstance(value, list):
        return str([_flat(item) for item in value])
    return str(value).casefold().strip()


def _final(case: Case) -> str:
    """The marked answer, else the last line."""
    lines = case.draft.strip().splitlines()
    return excerpt(case.answer.final or (lines[-1] if lines else ""), _LONGEST)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace("\u2019", "'")


_AGREE: Mapping[Kind, Callable[[Case, Case], bool | None]] = {
    Kind.CHOICE: _choices,
    Kind.NUMBER: _numbers,
    Kind.FACT: _facts,
    Kind.TOOLS: _calls,
}

COMPARED: Final = frozenset(_AGREE)
"""The kinds of work whose answers have such a part."""
