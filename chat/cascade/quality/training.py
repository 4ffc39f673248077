"""Labelled records -> scorers by kind: how `manage.py calibrate` makes the numbers as shipped."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from chat.cascade.quality.case import Case
from chat.cascade.quality.checks import CHECKS
from chat.cascade.quality.fit import Example, fit
from chat.cascade.quality.kinds import Kind, kind_of
from chat.cascade.quality.records import UnreadableRecord, read_record
from chat.cascade.quality.rules import RULES
from chat.cascade.quality.scorer import Scorer

FEWEST = 100
"""Drafts of one set and kind below which they are not fitted to: they would teach noise."""

FULL_WEIGHT = 700
"""Drafts from which on a larger set weighs no more."""

_FOLDS = 5


def examples(records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Kind, Example]]:
    """Records whose draft was recorded, judged. Raises UnreadableRecord."""
    for record in records:
        if record.get("weak_answer") is None:
            continue
        case = Case(**read_record(record))
        kind = kind_of(case)
        found = tuple(finding for check in CHECKS[kind] for finding in check(case))
        yield kind, Example(found, good(record), str(record.get("dataset", "")))


def good(record: Mapping[str, Any]) -> float:
    """1 where the draft is correct, or was judged no worse than the strong answer; else 0."""
    try:
        weak, strong = float(record["weak_score"]), float(record["strong_score"])
    except (KeyError, TypeError, ValueError):
        raise UnreadableRecord("weak_score and strong_score must be numbers.") from None
    return float(weak >= 0.5 if record.get("score_kind") == "correct" else weak >= strong)


def train(labelled: Iterable[tuple[Kind, Example]]) -> dict[Kind, Scorer]:
    """A scorer for each kind that has enough drafts, fitted from the rules on."""
    ordered = sorted(labelled, key=lambda pair: pair[0])
    found = {}
    for kind, pairs in groupby(ordered, key=lambda pair: pair[0]):
        if mine := _weighted([example for _, example in pairs]):
            found[kind] = fit(mine, RULES[kind])
    return found


def crossed(
    records: Sequence[Mapping[str, Any]], left_out: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Each record's id with the score it gets from numbers fitted without its part of the
    questions. Sets in `left_out`, by the beginning of their name, are scored and not fitted to."""
    judged = list(zip(records, examples(records), strict=True))
    for fold in range(_FOLDS):
        rest = (
            pair
            for record, pair in judged
            if _fold(record) != fold and not pair[1].source.startswith(left_out)
        )
        scorers = {**RULES, **train(rest)}
        for record, (kind, example) in judged:
            if _fold(record) == fold:
                yield record["id"], scorers[kind].score(example.findings)


def _fold(record: Mapping[str, Any]) -> int:
    question = str(record.get("group") or record["prompt"])
    return int(hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:8], 16) % _FOLDS


def _weighted(mine: list[Example]) -> list[Example]:
    sizes = Counter(example.source for example in mine)
    return [
        Example(e.findings, e.good, e.source, min(1.0, FULL_WEIGHT / sizes[e.source]))
        for e in mine
        if sizes[e.source] >= FEWEST
    ]
