"""Fitting the shapes of a scorer to labelled drafts: an additive logistic model, penalised.

For each check a few knots at quantiles of its values, straight lines between them, and a penalty on
how far and how unevenly a shape leaves the one it started from. So what the labels say nothing of,
as of refusals among sums, stays as the rules have it.

Sets of different models and tasks differ in how many drafts are good; each has an intercept of its
own, so that shapes learn what tells drafts of one set apart. Needs numpy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chat.cascade.quality.case import Finding
from chat.cascade.quality.scorer import Scorer, Shape, value_on

KNOTS = 6
SIZE_PENALTY = 0.5
BEND_PENALTY = 2.0
FEWEST = 25
"""Findings below which a shape stays as it was."""

_ITERATIONS = 40

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A judged draft: what was found, how good it was (0 to 1), which set of drafts it belongs to,
    and what it weighs in the fit."""

    findings: Sequence[Finding]
    good: float
    source: str = ""
    weight: float = 1.0


def fit(examples: Sequence[Example], start: Scorer) -> Scorer:
    """The scorer under which these labels are likeliest, not further from `start` than they show.

    Its bias is the mean of the sets' intercepts, each counted alike. Needs at least one example.
    """
    columns = _columns(examples, start)
    sources = sorted({example.source for example in examples})
    design, penalty, prior = _problem(examples, columns, sources, start)
    good = np.array([example.good for example in examples])
    weight = np.array([example.weight for example in examples])
    found = _solve(design, penalty, prior, good, weight)
    shapes: dict[str, Shape] = dict(start.shapes)
    at = len(sources)
    for name, knots in columns.items():
        heights = found[at : at + len(knots)]
        shapes[name] = tuple(
            (round(x, 6), round(float(y), 4)) for x, y in zip(knots, heights, strict=True)
        )
        at += len(knots)
    return Scorer(round(float(found[: len(sources)].mean()), 4), shapes)


def _columns(examples: Sequence[Example], start: Scorer) -> dict[str, list[float]]:
    """By check, the values at which its shape has points."""
    values: dict[str, list[float]] = {}
    for example in examples:
        for finding in example.findings:
            values.setdefault(finding.name, []).append(finding.value)
    return {
        name: knots
        for name, seen in sorted(values.items())
        if len(seen) >= FEWEST
        and (knots := _knots(seen, start.shapes.get(name, ()), always=len(seen) == len(examples)))
    }


def _knots(seen: Sequence[float], shape: Shape, *, always: bool) -> list[float]:
    """What is always found alike tells nothing."""
    distinct = np.unique(seen)
    if always and len(distinct) == 1:
        return []
    if len(distinct) > KNOTS:
        distinct = np.unique(np.quantile(seen, np.linspace(0.02, 0.98, KNOTS)))
    return sorted({float(value) for value in distinct} | {value for value, _ in shape})


def _problem(
    examples: Sequence[Example],
    columns: Mapping[str, Sequence[float]],
    sources: Sequence[str],
    start: Scorer,
) -> tuple[Array, Array, Array]:
    """Intercepts first, then the hats of each check: the design, the penalty as a square matrix,
    and the heights to which it pulls. Findings without a column count as they did."""
    width = len(sources) + sum(map(len, columns.values()))
    design, penalty, prior = (
        np.zeros((len(examples), width)),
        np.zeros((width, width)),
        np.zeros(width),
    )
    place = {source: at for at, source in enumerate(sources)}
    for row, example in enumerate(examples):
        design[row, place[example.source]] = 1
    at = len(sources)
    penalty[:at, :at] = 0.01 * np.eye(at)
    prior[:at] = start.bias
    for name, knots in columns.items():
        span = slice(at, at + len(knots))
        rows = [(r, f.value) for r, e in enumerate(examples) for f in e.findings if f.name == name]
        design[[row for row, _ in rows], span] = _hats([value for _, value in rows], knots)
        penalty[span, span] = _roughness(len(knots))
        if shape := start.shapes.get(name):
            prior[span] = [value_on(shape, knot) for knot in knots]
        at += len(knots)
    return design, penalty, prior


def _hats(values: Sequence[float], knots: Sequence[float]) -> Array:
    return np.stack([np.interp(values, knots, unit) for unit in np.eye(len(knots))], axis=1)


def _roughness(size: int) -> Array:
    steps = np.diff(np.eye(size), axis=0)
    return SIZE_PENALTY * np.eye(size) + BEND_PENALTY * steps.T @ steps


def _solve(design: Array, penalty: Array, prior: Array, good: Array, weight: Array) -> Array:
    """Newton's method; the problem is convex, and the penalty makes it strictly so."""
    found = prior.copy()
    for _ in range(_ITERATIONS):
        expected = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weight * (good - expected)) - penalty @ (found - prior)
        curvature = (design * (weight * expected * (1 - expected))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        found = found + step * min(1.0, 5.0 / max(1e-9, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-6:
            break
    return found
