"""From labels to what drafts are judged with, for each pair of models and kind of work."""

import random
from decimal import Decimal

import pytest

from chat.agents import cast
from chat.cascade.quality.calibration import SHIPPED
from chat.cascade.quality.case import Finding
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.promise import Promise
from chat.learning.calibrations import (
    ENOUGH,
    SEEN_ENOUGH,
    count_decision,
    judged_with,
    note_label,
    recalibrate_all,
)
from chat.models import Attempt, Calibration, Cascade, Label
from tests.people import make_cascade

pytestmark = pytest.mark.django_db

TWO_PERCENT = Promise(0.02)


def add_labels(count: int, *, loss: float | None = None, seed: int = 1) -> None:
    """Of drafts that are good where `sums` is high; `refusal` never fires."""
    dice = random.Random(seed)
    attempts = Attempt.objects.bulk_create(
        Attempt(number=1, role="draft", model="small") for _ in range(count)
    )
    rows = []
    for attempt in attempts:
        sums = dice.random()
        rows.append(
            Label(
                attempt=attempt,
                source="shadow",
                draft_model="small",
                last_model="large",
                kind="fact",
                question=f"{dice.getrandbits(256):064x}",
                findings=[["sums", sums], ["refusal", 1.0]],
                score=0.8,
                good=float(sums > 0.5),
                loss=loss,
            )
        )
    Label.objects.bulk_create(rows)


def judged(promise: Promise | None = None):
    return judged_with("small", "large", promise)


def test_without_labels_drafts_are_judged_as_shipped():
    assert judged().scorers == SHIPPED.scorers


def test_a_pair_has_numbers_of_its_own_once_it_has_enough_labels():
    add_labels(ENOUGH - 1)
    recalibrate_all()
    assert judged().scorers[Kind.FACT] == SHIPPED.scorers[Kind.FACT]

    add_labels(200, seed=2)
    recalibrate_all()
    scorer = judged().scorers[Kind.FACT]
    high, low = (Finding("sums", value, True, "") for value in (0.9, 0.1))
    assert scorer.contribution(high) > scorer.contribution(low) + 1
    assert scorer.shapes["refusal"] == SHIPPED.scorers[Kind.FACT].shapes["refusal"]
    assert judged().scorers[Kind.NUMBER] == SHIPPED.scorers[Kind.NUMBER]


def test_labels_of_one_pair_change_no_other():
    add_labels(300)
    recalibrate_all()
    assert judged_with("small", "other", None).scorers == SHIPPED.scorers


def promising(percent: str, **setup: str) -> Cascade:
    cascade = make_cascade("small", "large", **setup)
    cascade.promise_percent = Decimal(percent)
    cascade.save()
    return cascade


def test_a_promise_is_in_force_once_comparisons_prove_it():
    promising("2")
    add_labels(60, loss=0.0)
    recalibrate_all()
    kept = judged(TWO_PERCENT).promises[Kind.FACT]
    assert (kept.threshold, kept.questions) == (None, 60)

    add_labels(400, loss=0.0, seed=2)
    recalibrate_all()
    assert judged(TWO_PERCENT).promises[Kind.FACT].threshold is not None
    assert judged(TWO_PERCENT).promises[Kind.NUMBER].threshold is None


def test_what_a_scorer_was_fitted_to_proves_no_promise():
    promising("2")
    add_labels(400, loss=0.0)
    recalibrate_all()
    row = Calibration.objects.get()
    assert row.scorer is not None
    assert 150 < row.compared < 250


def test_a_label_is_learnt_from_when_it_comes():
    add_labels(ENOUGH + 1)
    note_label(Label.objects.latest("pk"))
    assert Calibration.objects.get().labels == ENOUGH + 1


def test_the_share_of_drafts_kept_is_counted_and_used_once_it_tells_something():
    for number in range(SEEN_ENOUGH):
        assert judged().acceptance == {}
        count_decision("small", "large", "fact", accepted=number % 4 == 0)
    assert judged().acceptance == {Kind.FACT: 0.25}


def test_a_stored_cascade_is_played_with_what_was_learnt():
    cascade = promising("2.5", kind="openai", base_url="http://127.0.0.1:1")
    policy = cast(cascade).agent.policy
    assert policy.calibration("small").promises[Kind.FACT].promise == Promise(0.025)
    assert policy.calibration("large") == SHIPPED
