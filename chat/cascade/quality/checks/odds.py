"""What the question and its options alone tell of how likely a choice among them is right.

Alike options are easily mistaken, long questions and questions of numbers are harder, and whoever
writes wrong options puts them round the right one. Where the model itself tells how sure it is, or
has taken pains to show its working, most of that is known better.
"""

import math
import re
from collections.abc import Iterator, Mapping

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.choice import Chosen, figures, words


def odds(case: Case) -> Iterator[Finding]:
    if not case.options:
        return
    seen = Chosen(case)
    yield _alike(seen)
    if case.confidence and case.confidence.answer:
        return
    question = question_of(case.prompt, case.options)
    yield from _question(question)
    if seen.label:
        yield from _option(seen, question)
        yield from _place(seen)


def _alike(seen: Chosen) -> Finding:
    """`options_alike`: the share of the options' words that occur in more than one of them."""
    total = sum(seen.shared.values())
    share = sum(n for n in seen.shared.values() if n > 1) / max(1, total)
    note = f"{share:.0%} of the options' words are in more than one."
    return Finding("options_alike", share, True, note)


def _question(question: str) -> Iterator[Finding]:
    """`question_length`: the logarithm of its characters; `question_figures`: its share of digits."""
    size = len(question)
    yield Finding("question_length", math.log1p(size), True, f"A question of {size} characters.")
    share = sum(map(str.isdecimal, question)) / max(20, size)
    yield Finding("question_figures", share, True, f"{share:.0%} of the question is figures.")


_OF_OPTIONS = re.compile(
    r"(?i)\b(?:none|all|both|neither) (?:of )?(?:the |these )?(?:above|options|answers|choices"
    r"|correct|are)\b|\b(?:all|none) of\b|\bcannot be determined\b|\bkeine? (?:der|von)\b"
    r"|\bningun[ao] de\b|\btodas las anteriores\b|\baucune? d|\btoutes les réponses\b"
    r"|以上(?:都|皆)|都不(?:是|对)|كل ما سبق|لا شيء مما"
)


def _option(seen: Chosen, question: str) -> Iterator[Finding]:
    """`option_of_options`: it is of the kind “none of the above” (1). `option_echo`: the share of
    its words that the question has, less the mean of all options. `option_length`: its rank by
    length, 0 the shortest."""
    text = seen.case.options[seen.label]
    is_of_options = bool(_OF_OPTIONS.search(text))
    note = (
        "Chooses what speaks of the other options." if is_of_options else "Chooses a plain option."
    )
    yield Finding("option_of_options", is_of_options, True, note)
    if seen.is_of_numbers:
        return
    asked = words(question)
    shares = {k: len(own & asked) / max(1, len(own)) for k, own in seen.words.items()}
    echo = shares[seen.label] - sum(shares.values()) / len(shares)
    note = f"The option repeats {shares[seen.label]:.0%} of its words from the question."
    yield Finding("option_echo", echo, True, note)
    lengths = [len(option) for option in seen.case.options.values()]
    note = (
        f"The option has {len(text)} characters, the options have {min(lengths)} to {max(lengths)}."
    )
    yield Finding("option_length", _rank(len(text), lengths), True, note)


def _place(seen: Chosen) -> Iterator[Finding]:
    """`option_place`: where an option chosen without working stands, 0 the first, 1 the last.
    `option_extreme`: how far from the middle its number is among the options', 0 to 1."""
    labels = list(seen.case.options)
    if seen.is_unexplained:
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


_BREAK = re.compile(r"\n[ \t]*\n")
_LABEL = re.compile(r"[^\W\d_][\w ]{0,20}[:\uff1a]\s+")
_SHORTEST = 25


def question_of(prompt: str, options: Mapping[str, str]) -> str:
    """The last paragraph before the options, without a word like `Question:` or `Options:`."""
    first = next(iter(options.values()))
    before = prompt[: max(0, prompt.rfind(first))]
    lines = before.split("\n")[:-1] or [before]
    while lines and (not lines[-1].strip() or _is_label(lines[-1])):
        lines.pop()
    paragraph = _BREAK.split("\n".join(lines))[-1].strip()
    return _LABEL.sub("", paragraph, count=1) if _LABEL.match(paragraph) else paragraph


def _is_label(line: str) -> bool:
    return len(line) < _SHORTEST and line.rstrip().endswith((":", "\uff1a", ":**"))
