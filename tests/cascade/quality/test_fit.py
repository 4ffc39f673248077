"""Fitting: finds what tells good drafts from bad, and leaves what labels do not speak of."""

import random

import pytest

from chat.cascade.quality.case import Finding
from chat.cascade.quality.fit import Example, fit
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.scorer import Scorer
from chat.cascade.quality.training import train

START = Scorer(1.0, {"refusal": ((0.0, -5.0), (1.0, 0.0))})


def drafts(source: str, good_share: float, count: int = 400) -> list[Example]:
    """Good ones mostly have a high `sums`; `noise` tells nothing; `refusal` never fires."""
    dice = random.Random(source)
    made = []
    for _ in range(count):
        good = dice.random() < good_share
        sums = dice.gauss(1 if good else 0, 0.7)
        findings = [
            Finding("sums", sums, True, ""),
            Finding("noise", dice.random(), True, ""),
            Finding("refusal", 1.0, True, ""),
        ]
        made.append(Example(findings, float(good), source))
    return made


def shown(scorer: Scorer, name: str, value: float) -> float:
    return scorer.contribution(Finding(name, value, True, ""))


def test_what_tells_drafts_apart_is_found_and_noise_is_not():
    scorer = fit(drafts("one", 0.6), START)
    assert shown(scorer, "sums", 1.5) - shown(scorer, "sums", -0.5) > 2
    assert abs(shown(scorer, "noise", 0.9) - shown(scorer, "noise", 0.1)) < 0.8


def test_what_no_label_speaks_of_stays_as_the_rules_have_it():
    scorer = fit(drafts("one", 0.6), START)
    assert shown(scorer, "refusal", 0.0) == -5
    assert shown(scorer, "refusal", 1.0) == pytest.approx(0, abs=0.01)


def test_sets_of_different_strength_do_not_teach_their_difference():
    """A check that only tells the sets apart would win by it in a fit with one intercept."""
    weak, strong = drafts("weak", 0.2), drafts("strong", 0.9)
    marked = [
        Example(
            [*e.findings, Finding("mark", float(e.source == "strong"), True, "")], e.good, e.source
        )
        for e in [*weak, *strong]
    ]
    scorer = fit(marked, START)
    assert abs(shown(scorer, "mark", 1) - shown(scorer, "mark", 0)) < 0.5


def test_scores_of_a_fit_are_calibrated():
    held_out = drafts("other", 0.6, 2000)
    scorer = fit(drafts("one", 0.6, 2000), START)
    scored = sorted((scorer.score(e.findings), e.good) for e in held_out)
    for part in (scored[:500], scored[500:1000], scored[1000:1500], scored[1500:]):
        expected = sum(score for score, _ in part) / 500
        assert sum(good for _, good in part) / 500 == pytest.approx(expected, abs=0.08)


def test_a_check_seen_a_few_times_keeps_its_shape():
    examples = drafts("one", 0.6)
    rare = [
        Example([*e.findings, Finding("rare", 0.0, False, "")], 0.0, e.source) for e in examples[:5]
    ]
    start = Scorer(1.0, {"rare": ((0.0, -1.0), (1.0, 0.0))})
    assert fit([*examples, *rare], start).shapes["rare"] == start.shapes["rare"]


def test_kinds_with_too_few_drafts_are_not_fitted():
    labelled = [(Kind.NUMBER, e) for e in drafts("one", 0.6)]
    labelled += [(Kind.PROSE, e) for e in drafts("two", 0.6, 10)]
    assert train(labelled).keys() == {Kind.NUMBER}


def test_a_fit_far_from_its_start_arrives():
    """Whole steps of Newton's method go to and fro between two places here."""
    start = Scorer(2.0, {})
    doubted = [
        Example(
            [Finding("one", float(n % 2), True, ""), Finding("two", float(n % 4 > 1), True, "")],
            0.25,
        )
        for n in range(60)
    ]
    scorer = fit(doubted, start)
    assert [scorer.score(e.findings) for e in doubted] == pytest.approx([0.25] * 60, abs=0.02)


def test_an_intercept_can_be_held_to_its_start():
    good = [Example([], 1.0) for _ in range(50)]
    free, held = fit(good, START), fit(good, START, intercept_penalty=1.5)
    assert START.bias < held.bias < free.bias - 1
