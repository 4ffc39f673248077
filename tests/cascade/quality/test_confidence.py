"""What a provider's log probabilities tell of the answer and of the tokens that matter."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.providers.base import TokenLogprob
from chat.cascade.quality import Confidence
from chat.cascade.quality.answer import read_answer
from chat.cascade.quality.case import Case
from chat.cascade.quality.checks.confidence import confidence
from chat.cascade.quality.confidence import MOST_KEYS
from tests.pace import cpu_seconds


def pieces(draft: str) -> list[TokenLogprob]:
    """Words with the space before them and signs; each as probable as its place, from -0 down."""
    tokens = re.findall(r"\s*\w+|\s*[^\w\s]|\s+", draft)
    return [TokenLogprob(token, -float(at)) for at, token in enumerate(tokens)]


def spelt(draft: str) -> list[str]:
    """The tokens that were taken for the answer's."""
    tokens = pieces(draft)
    told = Confidence.of(tokens, read_answer(draft))
    return [tokens[int(-value)].token.strip() for value in told.answer]


SPELT = {
    "a letter": ("B", ["B"]),
    "a letter in brackets": ("It rains. The answer is (B).", ["B"]),
    "a letter that begins another word": ("Answer: A", ["A"]),
    "a labelled option": ("The answer is B. Because a plum is B too.", ["B"]),
    "the last of several": ("The answer is A. No, the answer is C.", ["C"]),
    "a number": ("6 apples and 6 pears are 12.\n#### 12", ["12"]),
    "a number in a box": ("6 + 6 = 12, so \\boxed{12}.", ["12"]),
    "a field": ('{"reasoning": "6 + 6 is 12", "answer": "12"}', ["12"]),
    "a field before the reasoning": ('{"answer": "B", "reasoning": "B is red"}', ["B"]),
    "a name": ("Marie Curie", ["Marie", "Curie"]),
    "Chinese": ("因为六加六等于十二。答案是 十二", ["十二"]),
    "blanks before": ("\n\n  The answer is 7", ["7"]),
    "no answer": ("First it rained for days.\nThen the sun came out.", []),
}


@pytest.mark.parametrize(("draft", "expected"), SPELT.values(), ids=SPELT)
def test_the_tokens_that_spell_the_answer(draft: str, expected: list[str]) -> None:
    assert spelt(draft) == expected


def test_figures_and_capitals_within_a_sentence_are_key() -> None:
    draft = "So Anna has 12 apples. She eats one.\nThe answer is 11"
    tokens = pieces(draft)
    key = Confidence.of(tokens, read_answer(draft)).key
    assert [tokens[int(-value)].token.strip() for value in key] == ["Anna", "12"]


def test_an_answer_that_the_tokens_do_not_spell_is_not_guessed() -> None:
    assert Confidence.of(pieces("something else"), read_answer("42")).answer == ()
    assert Confidence.of([], read_answer("")) == Confidence()


def test_key_tokens_are_bounded_and_spread_over_the_draft() -> None:
    draft = "1 " * 10_000
    key = Confidence.of(pieces(draft), read_answer(draft)).key
    assert MOST_KEYS / 2 < len(key) <= MOST_KEYS
    assert key[-1] < -9_000


def test_what_is_no_probability_is_left_out_or_held_to_one() -> None:
    told = Confidence.of([TokenLogprob("4", math.nan), TokenLogprob("2", 0.3)], read_answer("42"))
    assert told.answer == (0.0,)


@given(st.lists(st.tuples(st.text(max_size=5), st.floats(allow_nan=True))))
def test_any_tokens_are_taken(tokens: list[tuple[str, float]]) -> None:
    given_ = [TokenLogprob(*token) for token in tokens]
    told = Confidence.of(given_, read_answer("".join(token for token, _ in tokens)))
    assert all(value <= 0 for value in told.answer + told.key)
    assert len(told.answer) <= len(tokens)


def test_time_is_linear() -> None:
    draft = "The answer is 12 Apples. " * 4_000
    tokens, answer = pieces(draft), read_answer(draft)
    assert cpu_seconds(lambda: Confidence.of(tokens, answer)) < 0.05


def found(told: Confidence | None) -> dict[str, float]:
    case = Case("Who?", "Anna", confidence=told)
    return {finding.name: finding.value for finding in confidence(case)}


def test_the_least_sure_token_of_the_answer_counts() -> None:
    assert found(Confidence(answer=(0.0, math.log(0.9)))) == {"answer_doubt": pytest.approx(-1)}


def test_key_tokens_count_at_their_lower_tenth() -> None:
    key = (math.log(0.01), *[math.log(0.5)] * 10, *[0.0] * 9)
    assert found(Confidence(key=key)) == {"key_doubt": pytest.approx(math.log10(0.5))}


@pytest.mark.parametrize(("log", "doubt"), [(0.0, -8), (-1e-12, -8), (-50.0, 0), (-math.inf, 0)])
def test_doubt_is_bounded(log: float, doubt: float) -> None:
    assert found(Confidence(answer=(log,)))["answer_doubt"] == pytest.approx(doubt)


@pytest.mark.parametrize("told", [None, Confidence()])
def test_without_probabilities_nothing_is_found(told: Confidence | None) -> None:
    assert found(told) == {}
