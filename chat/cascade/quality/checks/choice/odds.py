"""What the question and its options alone tell of how likely a choice among them is right.

Alike options are easily mistaken, long questions and questions of numbers are harder, and whoever
writes wrong options puts them round the right one. Where the model itself tells how sure it is, or
has taken pains to show its working, most of that is known better.
"""

import math
from collections.abc import Iterator

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.choice.chosen import Chosen, figures
from chat.cascade.question import question_before


def odds(seen: Chosen) -> Iterator[Finding]:
    yield _alike(seen)
    if seen.is_told:
        return
    question = question_before(seen.case.prompt, seen.case.options)
    yield from _question(question)
    if seen.label:
        yield from _place(seen)
        if not seen.is_of_numbers:
            yield from _length(seen)


def _alike(seen: Chosen) -> Finding:
    """`options_alike`: the share of the options' words that occur in more than one of them."""
    total = sum(seen.shared.values())
    share = sum(n for n in seen.shared.values() if n > 1) / max(1, total)
    note = f"{share:.0%} of the options' words are in more than one."
    return Finding("options_alike", share, True, note)


def _question(question: str) -> Iterator[Finding]:
    """`choice_question_length`: the logarithm of its characters. `choice_question_figures`: the
    share of digits among them."""
    size = len(question)
    yield Finding(
        "choice_question_length", math.log1p(size), True, f"A question of {size} characters."
    )
    share = sum(map(str.isdecimal, question)) / max(20, size)
    yield Finding(
        "choice_question_figures", share, True, f"{share:.0%} of the question is figures."
    )


def _length(seen: Chosen) -> Iterator[Finding]:
    """`option_length`: the rank of a worded option by its length, 0 the shortest, 1 the longest."""
    lengths = [len(option) for option in seen.case.options.values()]
    size = len(seen.case.options[seen.label])
    note = f"The option has {size} characters, the options have {min(lengths)} to {max(lengths)}."
    yield Finding("option_length", _rank(size, lengths), True, note)


def _place(seen: Chosen) -> Iterator[Finding]:
    """`option_place`: where an option chosen without working stands, 0 the first, 1 the last.
    `option_extreme`: how far from the middle its number is among the options', 0 to 1."""
    labels = list(seen.case.options)
    if not seen.working:
        at = labels.index(seen.label)
        note = f"Option {at + 1} of {len(labels)}, and no working."
        yield Finding("option_place", at / (len(labels) - 1), True, note)
    values = [figures(text) for text in seen.case.options.values()]
    if all(len(value) == 1 for value in values):
        rank = _rank(values[labels.index(seen.label)][0], [value for (value,) in values])
        note = "Chooses among numbers " + (
            "near the middle." if 0.2 < rank < 0.8 else "at the edge."
        )
        yield Finding("option_extreme", abs(2 * rank - 1), True, note)


def _rank(value: float, values: list[float] | list[int]) -> float:
    """0 the lowest, 1 the highest; equals share the middle of their places."""
    below, equal = sum(v < value for v in values), sum(v == value for v in values)
    return (below + (equal - 1) / 2) / (len(values) - 1)
