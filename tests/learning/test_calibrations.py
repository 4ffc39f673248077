"""From labels to what drafts are judged with, for each pair of models and kind of work."""

import random
from decimal import Decimal

import pytest

from chat.agents import cast
from chat.cascade.quality.calibration import SHIPPED
from chat.cascade.quality.case import Finding
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.promise import Promise
from chat.learning import promised
from chat.learning.calibrations import (
    ENOUGH,
    SEEN_ENOUGH,
    count_decision,
    judged_with,
    note_label,
    recalibrate_all,
)
from chat.learning.labels import DOUBT
from chat.models import Attempt, Calibration, Cascade, CascadeStep, Label
from tests.people import make_cascade

pytestmark = pytest.mark.django_db

TWO_PERCENT = Promise(0.02)


def add_labels(
    count: int,
    *,
    loss: float | None = None,
    seed: int = 1,
    source: str = "shadow",
    good: float | None = None,
) -> None:
    """Of drafts that are good where `sums` is high, or all alike; `refusal` never fires."""
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
                source=source,
                draft_model="small",
                last_model="large",
                kind="fact",
                question=f"{dice.getrandbits(256):064x}",
                findings=[["sums", sums], ["refusal", 1.0]],
                score=0.8,
                good=float(sums > 0.5) if good is None else good,
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


@pytest.mark.parametrize(
    ("source", "good"),
    [("thumb", 1.0), ("thumb", 0.0), ("retry", DOUBT), ("edit", DOUBT)],
)
def test_labels_that_all_agree_change_nothing(source, good):
    add_labels(3 * ENOUGH, source=source, good=good)
    recalibrate_all()
    assert judged().scorers == SHIPPED.scorers
    assert Calibration.objects.get().labels == 3 * ENOUGH


def test_doubts_count_for_nothing_until_some_drafts_were_said_to_be_bad():
    add_labels(ENOUGH, source="thumb", good=1.0)
    add_labels(ENOUGH, source="retry", good=DOUBT, seed=2)
    recalibrate_all()
    assert judged().scorers == SHIPPED.scorers

    add_labels(ENOUGH, source="thumb", good=0.0, seed=3)
    recalibrate_all()
    assert judged().scorers != SHIPPED.scorers


def test_a_refusal_is_refused_however_many_drafts_are_good():
    add_labels(1200, source="thumb", good=1.0)
    add_labels(40, source="thumb", good=0.0, seed=2)
    recalibrate_all()
    learnt, shipped = judged().scorers[Kind.FACT], SHIPPED.scorers[Kind.FACT]
    assert learnt.bias > shipped.bias
    for fault in ("refusal", "no_access", "loop"):
        found = [Finding(fault, 0.0, False, "")]
        assert learnt.score(found) == pytest.approx(shipped.score(found), abs=0.001)


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


@pytest.mark.parametrize("saved", ["the cascade", "a step of it"])
def test_a_promise_made_after_its_evidence_is_tested_at_once(
    saved, django_capture_on_commit_callbacks, monkeypatch
):
    cascade = make_cascade("small", "large")
    add_labels(400, loss=0.0)
    recalibrate_all()
    monkeypatch.setattr(promised, "begin_off_loop", lambda work, *given: work(*given))
    if saved == "a step of it":
        Cascade.objects.update(promise_percent=2)
    with django_capture_on_commit_callbacks(execute=True):
        if saved == "the cascade":
            cascade.promise_percent = Decimal(2)
            cascade.save()
        else:
            CascadeStep.objects.get(cascade=cascade, position=1).save()
    kept = judged(TWO_PERCENT).promises[Kind.FACT]
    assert kept.threshold is not None
    assert "compared answers" in kept.sentence


def test_a_cascade_is_kept_where_its_promise_cannot_be_tested(
    django_capture_on_commit_callbacks, monkeypatch, caplog
):
    def at_the_end_of_a_process(*_: object) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(promised, "begin_off_loop", at_the_end_of_a_process)
    cascade = make_cascade("small", "large")
    cascade.promise_percent = Decimal(2)
    with django_capture_on_commit_callbacks(execute=True):
        cascade.save()
    assert "Error calling _cascade_saved" in caplog.text


def test_a_cascade_that_promises_nothing_tests_nothing(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as called:
        make_cascade("small", "large")
    assert called == []


def test_a_promise_of_prose_says_that_prose_cannot_be_compared():
    kinds = judged(TWO_PERCENT).promises
    told = {kind for kind in Kind if "cannot be compared" in kinds[kind].sentence}
    assert told == {Kind.PROSE, Kind.CODE, Kind.INSTRUCTIONS}


def test_what_a_scorer_was_fitted_to_proves_no_promise():
    promising("2")
    add_labels(400, loss=0.0)
    add_labels(60, loss=1.0, seed=2)
    recalibrate_all()
    row = Calibration.objects.get()
    assert row.scorer is not None
    assert 180 < row.compared < 280


def test_a_promise_rests_on_one_half_also_where_nothing_could_be_fitted():
    """Were it tested on all where few were lost among those to be fitted to, luck would count."""
    promising("2")
    add_labels(400, loss=0.0)
    recalibrate_all()
    row = Calibration.objects.get()
    assert row.scorer is None
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


def test_the_admin_says_how_far_a_promise_is_proved(admin_client):
    promising("2")
    add_labels(60, loss=0.0)
    recalibrate_all()
    page = admin_client.get("/admin/chat/calibration/").content.decode()
    assert "small → large" in page and "a short fact" in page
    assert "60 of 100 labels until its own" in page
    assert "At most 2 % worse: not yet enough evidence, 60 of 114 answers." in page
    row = Calibration.objects.get()
    assert admin_client.get(f"/admin/chat/calibration/{row.pk}/change/").status_code == 200


def test_the_admin_says_why_enough_labels_may_be_too_few(admin_client):
    add_labels(ENOUGH, source="thumb", good=1.0)
    recalibrate_all()
    page = admin_client.get("/admin/chat/calibration/").content.decode()
    assert "the shipped numbers, as too few labels say good or too few say bad" in page
