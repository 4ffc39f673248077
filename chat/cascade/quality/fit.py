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
INTERCEPT_PENALTY = 0.01
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


def fit(
    examples: Sequence[Example], start: Scorer, *, intercept_penalty: float = INTERCEPT_PENALTY
) -> Scorer:
    """The scorer under which these labels are likeliest, not further from `start` than they show.

    Its bias is the upper quartile of the sets' intercepts: a pair that nobody has seen yet is taken
    to draft like the better of those that were, as models get better. Needs an example at least.
    """
    columns = _columns(examples, start)
    sources = sorted({example.source for example in examples})
    design, penalty, prior = _problem(examples, columns, sources, start)
    penalty[: len(sources), : len(sources)] = intercept_penalty * np.eye(len(sources))
    good = np.array([example.good for example in examples])
    weight = np.array([example.weight for example in examples])
    found = _solve(design, penalty, prior, good, weight)
    intercepts, at = dict(zip(sources, found, strict=False)), len(sources)
    shapes = dict(start.shapes)
    for name, knots in columns.items():
        heights = found[at : at + len(knots)]
        known = _known_throughout(examples, name)
        shift = _mean(examples, name, knots, heights) if known else 0.0
        intercepts |= {source: intercepts[source] + shift for source in known}
        shapes[name] = tuple(
            (x, round(float(y), 4)) for x, y in zip(knots, heights - shift, strict=True)
        )
        at += len(knots)
    return Scorer(round(float(np.quantile(list(intercepts.values()), 0.75)), 4), shapes)


def _known_throughout(examples: Sequence[Example], name: str) -> list[str]:
    """The sets in which each draft has such a finding; none where any set has it now and then.

    Of these the mean is no news about a draft. So it goes to the intercepts, and a draft of which
    the like is not known, as where a provider tells no probabilities, is taken for an average one.
    """
    has: dict[str, set[bool]] = {}
    for example in examples:
        found = any(finding.name == name for finding in example.findings)
        has.setdefault(example.source, set()).add(found)
    if any(len(both) > 1 for both in has.values()):
        return []
    return [source for source, found in has.items() if found == {True}]


def _mean(examples: Sequence[Example], name: str, knots: Sequence[float], heights: Array) -> float:
    values = [finding.value for e in examples for finding in e.findings if finding.name == name]
    return float(np.interp(values, knots, heights).mean())


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
    return sorted({round(float(value), 6) for value in distinct} | {value for value, _ in shape})


def _problem(
    examples: Sequence[Example],
    columns: Mapping[str, Sequence[float]],
    sources: Sequence[str],
    start: Scorer,
) -> tuple[Array, Array, Array]:
    """Intercepts first, then the hats of each check: the design, the penalty of the hats as a
    square matrix, and the heights to which both are pulled. Findings without a column count as they
    did."""
    width = len(sources) + sum(map(len, columns.values()))
    design, penalty, prior = (
        np.zeros((len(examples), width)),
        np.zeros((width, width)),
        np.zeros(width),
    )
    place = {source: at for at, source in enumerate(sources)}
    for row, example in enumerate(examples):
        design[row, place[example.source]] = 1
    seen = _seen(examples)
    at = len(sources)
    prior[:at] = start.bias
    for name, knots in columns.items():
        span = slice(at, at + len(knots))
        rows, values = seen[name]
        design[rows, span] = _hats(values, knots)
        penalty[span, span] = _roughness(len(knots))
        if shape := start.shapes.get(name):
            prior[span] = [value_on(shape, knot) for knot in knots]
        at += len(knots)
    return design, penalty, prior


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


def _roughness(size: int) -> Array:
    steps = np.diff(np.eye(size), axis=0)
    return SIZE_PENALTY * np.eye(size) + BEND_PENALTY * steps.T @ steps


def _solve(design: Array, penalty: Array, prior: Array, good: Array, weight: Array) -> Array:
    """Newton's method; the problem is convex, and the penalty makes it strictly so. Where a whole
    step leads uphill, as far from the minimum, it is halved."""

    def height(at: Array) -> float:
        odds, off = design @ at, at - prior
        return float(weight @ (np.logaddexp(0, odds) - good * odds) + off @ penalty @ off / 2)

    found, lowest = prior.copy(), height(prior)
    for _ in range(_ITERATIONS):
        expected = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (weight * (good - expected)) - penalty @ (found - prior)
        curvature = (design * (weight * expected * (1 - expected))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 5.0 / max(1e-9, float(np.abs(step).max())))
        while (reached := height(found + step)) > lowest and np.abs(step).max() >= 1e-6:
            step /= 2
        found, lowest = found + step, reached
        if np.abs(step).max() < 1e-6:
            break
    return found
