"""A promise about quality: "at most x % worse than always the strong model".

From past drafts whose strong answer is known, the lowest threshold is found at which the promise
holds with confidence 1 - delta, whatever the distribution of the questions is. Thresholds are
tested from the safest down, each only while all safer ones have passed (fixed-sequence testing), so
trying many costs no confidence: Angelopoulos et al., "Learn then Test", arXiv 2110.01052.

The loss of a question is 1 where a draft was kept that is worse than the strong answer, 0 where it
is as good, -1 where it is better (or a share between). Repeated drafts of one question are one
observation, their mean.

With few questions losses are tested by Hoeffding's and Bentkus' bounds, which take a better draft
for an equal one. From `MANY` on they are tested by betting, which counts both; it keeps 1.2 times
as many drafts on the public sets (docs/decision.md), and loses to the bounds below.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

STEPS = 200
"""Thresholds that are tried, at quantiles of the scores."""

MANY = 300
"""Questions from which on betting is the sharper test."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A draft beside the strong answer: its score, and how much worse it was, -1 to 1."""

    question: str
    score: float
    loss: float


@dataclass(frozen=True, slots=True)
class Promise:
    """`worse` and `delta` are shares: at most 0.02 worse, wrong at most 0.1 of the times."""

    worse: float
    delta: float = 0.1

    def threshold(self, compared: Sequence[Compared]) -> float | None:
        """The lowest score a draft may be kept at; None while the evidence allows none."""
        questions = _by_question(compared)
        found = None
        for threshold in _candidates([draft.score for draft in compared]):
            losses = [_kept_loss(drafts, threshold) for drafts in questions]
            if p_value(losses, self.worse) > self.delta:
                break
            found = threshold
        return found

    @property
    def needs(self) -> int:
        """How many questions without any loss it takes to keep a single draft."""
        return math.ceil(math.log(self.delta) / math.log(1 - self.worse))


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise over the drafts compared so far: in force from `threshold` up, or not yet; never
    where answers are of a kind that cannot be compared."""

    promise: Promise
    threshold: float | None
    questions: int
    comparable: bool = True

    @property
    def sentence(self) -> str:
        promise = f"At most {self.promise.worse:.1%} worse".replace(".0%", "%").replace("%", " %")
        if self.threshold is not None:
            return f"{promise} than always the last model, by {self.questions} compared answers."
        if not self.comparable:
            return f"{promise}: answers of this kind cannot be compared."
        if self.questions < (needs := self.promise.needs):
            return f"{promise}: not yet enough evidence, {self.questions} of {needs} answers."
        return f"{promise}: not proved by the {self.questions} answers compared so far."


def keep(promise: Promise, compared: Sequence[Compared]) -> Kept:
    questions = len({draft.question for draft in compared})
    return Kept(promise, promise.threshold(compared), questions)


def p_value(losses: Sequence[float], worse: float) -> float:
    """Of the claim that the mean loss is above `worse`, for losses from -1 to 1 in random order."""
    if len(losses) >= MANY:
        return by_betting(losses, worse)
    return by_bounds([max(0.0, loss) for loss in losses], worse)


def by_bounds(losses: Sequence[float], worse: float) -> float:
    """For losses from 0 to 1: the least of Hoeffding's and Bentkus' bounds (Bates et al., arXiv
    2101.02703, theorem 3)."""
    count = len(losses)
    mean = sum(losses) / count if count else 1.0
    if mean >= worse:
        return 1.0
    hoeffding = math.exp(-count * _divergence(mean, worse))
    bentkus = math.e * _binomial_tail(math.ceil(count * mean), count, worse)
    return min(1.0, hoeffding, bentkus)


_PRIOR = 10
"""Losses that the first bets are made as if had been seen, of a variance of `_SPREAD`."""

_SPREAD = 0.1
_BOLDEST = 0.75
"""The most of the money that is ever at stake."""


def by_betting(losses: Sequence[float], worse: float) -> float:
    """For losses from -1 to 1: one bets on each next loss being below `worse`, by those before it.
    Were the claim true, the money would grow p-fold with a chance of at most 1/p (Waudby-Smith and
    Ramdas, arXiv 2010.09686)."""
    money = richest = 0.0  # logarithms
    total, squares = _PRIOR * worse / 4, _PRIOR * _SPREAD
    for seen, loss in enumerate(losses, _PRIOR):
        mean, variance = total / seen, squares / seen
        stake = (worse - mean) / (variance + (worse - mean) ** 2)
        stake = min(max(stake, 0.0), _BOLDEST / (1 - worse))
        money += math.log1p(stake * (worse - loss))
        richest = max(richest, money)
        total += loss
        squares += (loss - mean) ** 2
    return math.exp(-richest)


def _divergence(a: float, b: float) -> float:
    """Kullback-Leibler, between two coins."""
    tails = (1 - a) * math.log((1 - a) / (1 - b))
    return tails + a * math.log(a / b) if a else tails


def _binomial_tail(most: int, count: int, chance: float) -> float:
    """Of at most so many successes."""
    logs = [
        math.lgamma(count + 1)
        - math.lgamma(i + 1)
        - math.lgamma(count - i + 1)
        + i * math.log(chance)
        + (count - i) * math.log1p(-chance)
        for i in range(most + 1)
    ]
    return math.fsum(map(math.exp, logs))


def _by_question(compared: Sequence[Compared]) -> list[list[Compared]]:
    """In an order that has nothing to do with what they are."""
    ordered = sorted(compared, key=_shuffled)
    return [list(drafts) for _, drafts in groupby(ordered, key=_shuffled)]


def _shuffled(draft: Compared) -> bytes:
    return hashlib.sha256(draft.question.encode("utf-8", "replace")).digest()


def _candidates(scores: Sequence[float]) -> list[float]:
    ordered = sorted(set(scores), reverse=True)
    step = max(1, len(ordered) / STEPS)
    return [ordered[int(at * step)] for at in range(int(len(ordered) / step))]


def _kept_loss(drafts: Sequence[Compared], threshold: float) -> float:
    kept = [draft.loss if draft.score >= threshold else 0.0 for draft in drafts]
    return sum(kept) / len(kept)
