"""The numbers before anything was learnt: set by hand from what each check means, no label seen.

Contributions are log-odds (see `scorer.py`): -0.7 halves the odds that the draft is good, -2.3
leaves a tenth of them.
"""

from collections.abc import Mapping
from typing import Final

from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.scorer import Scorer, Scorers, Shape

FORM: Final[Mapping[str, Shape]] = {
    "empty": ((0.0, -9.0), (1.0, 0.0)),
    "truncated": ((0.0, -4.0), (0.4, -2.5), (1.0, 0.0)),
    "refusal": ((0.0, -5.0), (1.0, 0.0)),
    "repetition": ((0.0, -5.0), (1.0, 0.0)),
    "hedging": ((0.0, -3.0), (1.0, 0.0)),
    "off_topic": ((0.0, -3.0), (1.0, 0.0)),
    "missing_format": ((0.0, -4.0), (1.0, 0.0)),
}

CALLS: Final[Mapping[str, Shape]] = {"tool_calls": ((0.0, -6.0), (1.0, 0.0))}

NUMBERS: Final[Mapping[str, Shape]] = {
    "sums_wrong": ((0.0, 0.3), (1.0, -1.6), (2.0, -2.0)),
    "results_unused": ((0.0, 0.2), (1.0, -0.5), (2.0, -0.8), (4.0, -1.2)),
    "operands_unexplained": ((0.0, 0.0), (1.0, -0.1), (4.0, -0.5)),
    "numbers_unexplained": ((0.0, 0.1), (3.0, -0.3)),
    "answer_marked": ((0.0, -1.0), (1.0, 0.0)),
    "answer_in_working": ((0.0, -1.2), (1.0, 0.0)),
    "answer_last": ((0.0, -0.5), (0.5, -0.3), (1.0, 0.1)),
    "answer_whole": ((0.0, -1.8), (0.5, -0.9), (1.0, 0.0)),
    "answer_positive": ((0.0, -1.0), (1.0, 0.0)),
    "answer_given": ((0.0, 0.0), (1.0, -0.3)),
    "answer_scale": ((-2.0, -0.6), (-1.0, 0.0), (1.5, 0.0), (3.0, -0.8)),
    "given_unused": ((0.0, 0.4), (1.0, -0.6), (2.0, -1.2)),
    "words_unused": ((0.0, 0.1), (2.0, -0.4)),
    "sign_contrary": ((0.0, 0.0), (1.0, -0.3), (2.0, -0.5)),
    "question_length": ((5.0, 0.5), (6.5, -0.7)),
    "new_words": ((0.2, 0.3), (0.7, -0.4)),
    "corrections": ((0.0, 0.0), (1.0, -0.7), (3.0, -1.2)),
    "solution_holds": ((0.0, -4.0), (1.0, 2.0)),
    "sure_answer": ((-3.0, -1.0), (-0.3, 0.0)),
    "sure_mean": ((-1.5, -1.0), (-0.1, 0.3)),
    "formal_sums_wrong": ((0.0, 0.0), (1.0, -1.2)),
    "formal_results_unused": ((0.0, 0.0), (4.0, -0.4)),
    "formal_operands_unexplained": ((0.0, 0.0), (4.0, -0.4)),
    "formal_numbers_unexplained": ((0.0, 0.0), (4.0, -0.4)),
    "formal_answer_in_working": ((0.0, -0.6), (1.0, 0.0)),
    "formal_corrections": ((0.0, 0.0), (1.0, -0.5), (3.0, -1.0)),
    "formal_figures": ((1.0, 0.0), (2.2, -1.0), (4.5, -2.2)),
}

RULES: Final[Scorers] = {
    Kind.TOOLS: Scorer(1.6, {**FORM, **CALLS}),
    Kind.CHOICE: Scorer(1.6, FORM),
    Kind.CODE: Scorer(1.6, FORM),
    Kind.NUMBER: Scorer(1.6, {**FORM, **NUMBERS}),
    Kind.INSTRUCTIONS: Scorer(1.6, FORM),
    Kind.FACT: Scorer(1.6, FORM),
    Kind.PROSE: Scorer(1.6, FORM),
}
