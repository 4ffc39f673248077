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


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_it(draft: str, answer: str) -> None:
    pieces = difference(draft, answer)
    assert "".join(piece.text for piece in pieces if piece.kind != "draft") == answer
    words = "".join(piece.text for piece in pieces if piece.kind != "answer").split()
    assert words == draft.split()


HEAVY = {
    "too many words": ("a " * 15_000, "b " * 15_000),
    "few different words": (" ".join("abc"[i % 3] for i in range(9_000)),) * 2,
    "shuffled": tuple(
        " ".join(random.Random(seed).choices([str(n) for n in range(150)], k=9_900))
        for seed in (1, 2)
    ),
    "one word each": ("x" * 1_000_000, "y" * 1_000_000),
}


@pytest.mark.parametrize(("draft", "answer"), HEAVY.values(), ids=HEAVY.keys())
def test_it_never_takes_long(draft: str, answer: str) -> None:
    def compare() -> None:
        with contextlib.suppress(TooLong):
            difference(draft, answer)

    assert cpu_seconds(compare, tries=1) < 2 * LIMIT_S + 1
