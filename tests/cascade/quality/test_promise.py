"""The promise: thresholds that keep it, as often as they say, and none where nothing is known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cascade.quality import Calibration, Kind, decide
from chat.cascade.quality.promise import Compared, Kept, Promise, by_betting, keep, p_value

TWO_PERCENT = Promise(worse=0.02)


def drafts(count: int, seed: int) -> list[Compared]:
    """The lower the score, the likelier a loss: at 1 none, at 0 one in five."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        score = dice.random()
        made.append(Compared(str(number), score, float(dice.random() < 0.2 * (1 - score))))
    return made


def loss(compared: list[Compared], threshold: float) -> float:
    return sum(draft.loss for draft in compared if draft.score >= threshold) / len(compared)


def test_nothing_is_promised_without_evidence():
    assert TWO_PERCENT.threshold([]) is None
    assert TWO_PERCENT.threshold([Compared(str(n), 0.9, 0.0) for n in range(100)]) is None


def test_the_questions_needed_are_enough_when_none_is_lost():
    needed = TWO_PERCENT.needs
    assert TWO_PERCENT.threshold([Compared(str(n), 0.9, 0.0) for n in range(needed)]) == 0.9
    assert TWO_PERCENT.threshold([Compared(str(n), 0.9, 0.0) for n in range(needed - 1)]) is None


@pytest.mark.parametrize("count", [250, 600], ids=["by bounds", "by betting"])
def test_a_promise_is_broken_at_most_as_often_as_it_says(count: int):
    truth = drafts(50_000, seed=1)
    thresholds = [TWO_PERCENT.threshold(drafts(count, seed)) for seed in range(2, 102)]
    broken = sum(loss(truth, t) > TWO_PERCENT.worse for t in thresholds if t is not None)
    assert sum(t is not None for t in thresholds) > 90
    assert broken <= 10


def test_drafts_better_than_the_strong_answer_make_room_for_worse_ones():
    dice = random.Random(1)
    scores = [dice.random() for _ in range(1000)]
    ties = [Compared(str(n), score, float(n % 25 == 0)) for n, score in enumerate(scores)]
    gains = [
        Compared(draft.question, draft.score, -1.0 if n % 25 == 1 else draft.loss)
        for n, draft in enumerate(ties)
    ]
    kept = [TWO_PERCENT.threshold(compared) for compared in (ties, gains)]
    assert None not in kept
    assert kept[1] < kept[0]


def test_answers_to_one_question_are_one_observation():
    once = [Compared(str(n), 0.9, 0.0) for n in range(60)]
    assert TWO_PERCENT.threshold(once * 5) is None


def test_a_looser_promise_keeps_no_fewer_drafts():
    compared = drafts(1000, seed=3)
    thresholds = [Promise(worse).threshold(compared) for worse in (0.02, 0.05, 0.1)]
    assert thresholds == sorted(thresholds, reverse=True)


@pytest.mark.parametrize(
    ("losses", "worse", "p"),
    [
        ([], 0.02, 1),
        ([0.0] * 100, 0.02, 0.98**100),
        ([0.0] * 98 + [1.0] * 2, 0.02, 1),
    ],
)
def test_p_values(losses, worse, p):
    assert p_value(losses, worse) == pytest.approx(p)


@given(st.lists(st.floats(0, 1), max_size=300), st.floats(0.001, 0.5))
def test_a_p_value_is_a_probability(losses, worse):
    assert 0 <= p_value(losses, worse) <= 1
    assert 0 <= by_betting([*losses, *(-loss for loss in losses)], worse) <= 1


def test_a_promise_without_evidence_says_how_much_it_lacks():
    kept = keep(TWO_PERCENT, [Compared(str(n), 0.9, 0.0) for n in range(40)])
    assert kept.sentence == "At most 2 % worse: not yet enough evidence, 40 of 114 answers."


def test_a_promise_that_enough_answers_do_not_prove_says_so():
    worse = [Compared(str(n), 0.9, float(n % 10 == 0)) for n in range(1000)]
    kept = keep(TWO_PERCENT, worse)
    expected = "At most 2 % worse: not proved by the 1000 answers compared so far."
    assert (kept.threshold, kept.sentence) == (None, expected)


def test_a_promise_of_what_cannot_be_compared_says_so():
    kept = Kept(TWO_PERCENT, None, 0, comparable=False)
    assert kept.sentence == "At most 2 % worse: answers of this kind cannot be compared."


def test_a_promise_in_force_says_what_it_rests_on():
    kept = keep(Promise(0.025), [Compared(str(n), 0.9, 0.0) for n in range(200)])
    expected = "At most 2.5 % worse than always the last model, by 200 compared answers."
    assert (kept.threshold, kept.sentence) == (0.9, expected)


def test_a_promise_lowers_no_threshold():
    """Drafts below it were not kept, so that none was compared."""
    sure = Calibration(promises={Kind.FACT: Kept(TWO_PERCENT, 0.5, 400)})
    asked = "Who painted the ceiling?", "Michelangelo."
    assert decide(*asked, threshold=0.75, calibration=sure).threshold == 0.75


def test_the_threshold_of_a_promise_in_force_is_the_one_applied():
    sure = Calibration(promises={Kind.FACT: Kept(TWO_PERCENT, 0.99, 200)})
    unsure = Calibration(promises={Kind.FACT: Kept(TWO_PERCENT, None, 40)})
    asked = ("What is the capital of France?", "Paris")
    assert decide(*asked, threshold=0.5, calibration=sure).threshold == 0.99
    decision = decide(*asked, threshold=0.5, calibration=unsure)
    assert decision.threshold == 0.5
    assert decision.as_data()["promise"].endswith("40 of 114 answers.")
