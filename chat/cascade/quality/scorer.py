"""From what the checks found to the probability that the draft is good.

    log-odds = bias + sum of the contributions          score = 1 / (1 + exp(-log-odds))

Each check contributes by a shape of its own: points of (value, contribution), straight lines
between them, level beyond the outer ones. So a score *is* its explanation, whether the points were
set by hand (`rules.py`) or fitted (`fit.py`).
"""

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chat.cascade.quality.case import Finding
from chat.cascade.quality.kinds import Kind

Shape = tuple[tuple[float, float], ...]
"""(value, contribution) by rising value; one point contributes the same whatever the value is."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """`bias` is the log-odds of a draft of which nothing was found."""

    bias: float
    shapes: Mapping[str, Shape]

    def contribution(self, finding: Finding) -> float:
        """In log-odds; 0 of a check that this scorer does not weigh."""
        shape = self.shapes.get(finding.name)
        return value_on(shape, finding.value) if shape else 0.0

    def score(self, findings: Iterable[Finding]) -> float:
        log_odds = self.bias + sum(map(self.contribution, findings))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


Scorers = Mapping[Kind, Scorer]


def value_on(shape: Shape, value: float) -> float:
    """The contribution that a shape, of at least one point, gives to a value."""
    above = bisect_right(shape, value, key=lambda point: point[0])
    if above == 0:
        return shape[0][1]
    if above == len(shape):
        return shape[-1][1]
    (x0, y0), (x1, y1) = shape[above - 1], shape[above]
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def scorer_data(scorer: Scorer) -> dict[str, Any]:
    """As plain values, for JSON."""
    return {
        "bias": scorer.bias,
        "shapes": {name: [*shape] for name, shape in scorer.shapes.items()},
    }


def read_scorer(data: Mapping[str, Any]) -> Scorer:
    shapes = {name: tuple((x, y) for x, y in shape) for name, shape in data["shapes"].items()}
    return Scorer(data["bias"], shapes)


def as_json(scorers: Scorers) -> str:
    kinds = {kind: scorer_data(scorer) for kind, scorer in scorers.items()}
    return json.dumps(kinds, indent=1, sort_keys=True) + "\n"


def from_json(text: str) -> dict[Kind, Scorer]:
    return {Kind(kind): read_scorer(data) for kind, data in json.loads(text).items()}
