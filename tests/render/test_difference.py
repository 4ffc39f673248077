"""Two texts word by word: nothing lost, and never for long."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.render.difference import LIMIT_S, Piece, TooLong, difference
from tests.pace import cpu_seconds

TEXTS = st.lists(st.sampled_from(["a", "b", "the", " ", "\n\n", "tide", "."])).map(" ".join)


def test_what_both_say_and_what_only_one_does() -> None:
    assert difference("The Moon pulls.", "The Sun pulls.") == [
        Piece("both", "The"),
        Piece("draft", " Moon"),
        Piece("answer", " Sun"),
        Piece("both", " pulls."),
    ]


def test_a_word_is_the_same_whatever_spaces_are_before_it() -> None:
    assert difference("I think the Moon\n\npulls.", "the Moon pulls.") == [
        Piece("draft", "I think"),
        Piece("both", "the Moon pulls."),
    ]


def test_spaces_are_apart_from_the_words_of_a_line() -> None:
    code = Piece("answer", "\n\ndef rise():\n    return sea_level\n")
    assert code.parts == ["\n\n", "def rise():", "\n    ", "return sea_level", "\n"]


@given(TEXTS)
def test_the_parts_of_a_piece_are_all_of_it(text: str) -> None:
    assert "".join(Piece("both", text).parts) == text


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_it(draft: str, answer: str) -> None:
    pieces = difference(draft, answer)
    assert "".join(piece.text for piece in pieces if piece.kind != "draft") == answer
    words = " ".join(piece.text for piece in pieces if piece.kind != "answer").split()
    assert words == draft.split()


HEAVY = {
    "too many words": ("a " * 15_000, "b " * 15_000),
    "few different words": (" ".join("abc"[i % 3] for i in range(9_000)),) * 2,
    "shuffled": tuple(
        " ".join(random.Random(seed).choices([str(n) for n in range(150)], k=9_900))
        for seed in (1, 2)
    ),
    "one word each": ("x" * 1_000_000, "y" * 1_000_000),
    "a wide gap": (f"sea{' ' * 100_000}level", f"high{' ' * 100_000}tide"),
}


@pytest.mark.parametrize(("draft", "answer"), HEAVY.values(), ids=HEAVY.keys())
def test_it_never_takes_long(draft: str, answer: str) -> None:
    def compare() -> None:
        with contextlib.suppress(TooLong):
            for piece in difference(draft, answer):
                assert piece.parts

    assert cpu_seconds(compare, tries=1) < 2 * LIMIT_S + 1
