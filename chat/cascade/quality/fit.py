"""Fitting the shapes of a scorer to labelled drafts: an additive logistic model, penalised.

For each check a few knots at quantiles of its values, straight lines between them, and a penalty on
bends and on size. Sets of different models and tasks differ in how many drafts are good; each has
an intercept of its own, so that shapes learn what tells drafts of one set apart. Needs numpy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chat.cascade.quality.case import Finding
from chat.cascade.quality.scorer import Scorer, Shape

KNOTS = 6
SIZE_PENALTY = 0.5
BEND_PENALTY = 2.0
FEWEST = 25
"""Rows with a finding below which its shape is not fitted."""

_ITERATIONS = 40

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A judged draft: what was found, if it was good (0 to 1), which set it belongs to, and what
    it weighs in the fit."""

    findings: Sequence[Finding]
    good: float
    source: str
    weight: float = 1.0


def fit(examples: Sequence[Example]) -> Scorer:
    """The scorer under which these labels are likeliest, within the penalties."""
    columns = _columns(examples)
    sources = sorted({example.source for example in examples})
    design, penalty = _design(examples, columns, sources)
    good = np.array([example.good for example in examples])
    weight = np.array([example.weight for example in examples])
    found = _solve(design, penalty, good, weight)
    intercepts, at = found[: len(sources)], len(sources)
    shapes: dict[str, Shape] = {}
    for name, knots in columns.items():
        shapes[name] = tuple(
            (round(x, 6), round(float(y), 4))
            for x, y in zip(knots, found[at : at + len(knots)], strict=True)
        )
        at += len(knots)
    share = {source: sum(e.weight for e in examples if e.source == source) for source in sources}
    bias = sum(intercepts[i] * share[s] for i, s in enumerate(sources)) / sum(share.values())
    return Scorer(round(float(bias), 4), shapes)


def _columns(examples: Sequence[Example]) -> dict[str, list[float]]:
    """By check, the values at which its shape has points."""
    values: dict[str, list[float]] = {}
    for example in examples:
        for finding in example.findings:
            values.setdefault(finding.name, []).append(finding.value)
    return {
        name: knots
        for name, seen in sorted(values.items())
        if len(seen) >= FEWEST and len(knots := _knots(seen, always=len(seen) == len(examples)))
    }


def _knots(seen: Sequence[float], *, always: bool) -> list[float]:
    """What is always found alike tells nothing."""
    distinct = np.unique(seen)
    if len(distinct) > KNOTS:
        distinct = np.unique(np.quantile(seen, np.linspace(0.02, 0.98, KNOTS)))
    return [] if always and len(distinct) == 1 else [float(value) for value in distinct]


def _design(
    examples: Sequence[Example], columns: Mapping[str, Sequence[float]], sources: Sequence[str]
) -> tuple[Array, Array]:
    """Intercepts first, then the hats of each check; and the penalty as a square matrix."""
    width = len(sources) + sum(map(len, columns.values()))
    design, penalty = np.zeros((len(examples), width)), np.zeros((width, width))
    place = {source: at for at, source in enumerate(sources)}
    for row, example in enumerate(examples):
        design[row, place[example.source]] = 1
    penalty[: len(sources), : len(sources)] = 0.01 * np.eye(len(sources))
    seen = _seen(examples)
    at = len(sources)
    for name, knots in columns.items():
        span = slice(at, at + len(knots))
        rows, values = seen[name]
        design[rows, span] = _hats(values, knots)
        penalty[span, span] = _roughness(knots)
        at += len(knots)
    return design, penalty


def _seen(examples: Sequence[Example]) -> dict[str, tuple[list[int], list[float]]]:
    """By check, the rows in which it found something, and what."""
    seen: dict[str, tuple[list[int], list[float]]] = {}
    for row, example in enumerate(examples):
        for finding in example.findings:
            rows, values = seen.setdefault(finding.name, ([], []))
            rows.append(row)
            values.append(finding.value)
    return seen


def _hats(values: Sequence[float], knots: Sequence[float]) -> Array:
    return np.stack([np.interp(values, knots, unit) for unit in np.eye(len(knots))], axis=1)


def _roughness(knots: Sequence[float]) -> Array:
    size = len(knots)
    steps = np.diff(np.eye(size), axis=0)
    return SIZE_PENALTY * np.eye(size) + BEND_PENALTY * steps.T @ steps


def _solve(design: Array, penalty: Array, good: Array, weight: Array) -> Array:
    """Newton's method; the problem is convex and the penalty makes it strictly so."""
    found: Array = np.zeros(design.shape[1])
    for _ in range(_ITERATIONS):
        expected = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weight * (good - expected)) - penalty @ found
        curvature = (design * (weight * expected * (1 - expected))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        found = found + step * min(1.0, 5.0 / max(1e-9, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-6:
            break
    return found
