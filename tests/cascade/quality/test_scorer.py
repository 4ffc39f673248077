"""The additive score: its parts add up, its shapes are lines between points, and it keeps."""

import math

import pytest

from chat.cascade.quality.calibration import FITTED
from chat.cascade.quality.case import Finding
from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.rules import RULES
from chat.cascade.quality.scorer import Scorer, as_json, from_json

SLOPED = Scorer(0.5, {"sums": ((0.0, -2.0), (1.0, 0.0), (3.0, 1.0)), "flat": ((0.0, 0.3),)})


def found(name: str, value: float) -> Finding:
    return Finding(name, value, passed=True, note="")


@pytest.mark.parametrize(
    ("value", "contribution"),
    [(-5, -2), (0, -2), (0.5, -1), (1, 0), (2, 0.5), (3, 1), (99, 1)],
)
def test_a_shape_is_straight_between_its_points_and_level_beyond(value, contribution):
    assert SLOPED.contribution(found("sums", value)) == pytest.approx(contribution)


def test_one_point_contributes_the_same_everywhere():
    assert [SLOPED.contribution(found("flat", value)) for value in (-1, 0, 7)] == [0.3] * 3


def test_what_is_not_weighed_changes_nothing():
    assert SLOPED.score([found("unknown", 0)]) == SLOPED.score([])


def test_the_score_is_the_probability_of_the_sum():
    score = SLOPED.score([found("sums", 0.5), found("flat", 0)])
    assert math.log(score / (1 - score)) == pytest.approx(0.5 - 1 + 0.3)


def test_extreme_sums_stay_within_0_and_1():
    assert 0 < Scorer(-1e9, {}).score([]) < Scorer(1e9, {}).score([]) <= 1


def test_numbers_survive_being_written():
    assert from_json(as_json({Kind.NUMBER: SLOPED})) == {Kind.NUMBER: SLOPED}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_numbers_by_hand_and_as_shipped(kind):
    assert kind in RULES
    assert kind in FITTED


@pytest.mark.parametrize("scorers", [RULES, FITTED], ids=["rules", "fitted"])
def test_points_come_by_rising_value(scorers):
    for scorer in scorers.values():
        for shape in scorer.shapes.values():
            values = [value for value, _ in shape]
            assert values == sorted(set(values))
