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
    "no_access": ((0.0, -5.0), (1.0, 0.0)),
    "gave_up": ((0.0, -5.0), (1.0, 0.0)),
    "repetition": ((0.0, -5.0), (1.0, 0.0)),
    "loop": ((0.0, -5.0), (1.0, 0.0)),
    "hedging": ((0.0, -3.0), (1.0, 0.0)),
    "off_topic": ((0.0, -3.0), (1.0, 0.0)),
    "instructions": ((0.0, -4.0), (0.5, -1.0), (1.0, 0.0)),
    "other_language": ((0.0, -4.0), (1.0, 0.0)),
}

CALLS: Final[Mapping[str, Shape]] = {
    # That one cannot know without a tool is an honest answer where no tool is for it.
    "no_access": ((0.0, -0.5), (1.0, 0.0)),
    # To be right in calling nothing says nothing of the text, whose faults must outweigh it.
    "truncated": ((0.0, -6.0), (0.4, -4.5), (1.0, 0.0)),
    "refusal": ((0.0, -7.0), (1.0, 0.0)),
    "gave_up": ((0.0, -7.0), (1.0, 0.0)),
    "repetition": ((0.0, -7.0), (1.0, 0.0)),
    "loop": ((0.0, -7.0), (1.0, 0.0)),
    "hedging": ((0.0, -5.0), (1.0, 0.0)),
    "off_topic": ((0.0, -5.0), (1.0, 0.0)),
    "instructions": ((0.0, -6.0), (0.5, -3.5), (1.0, 0.0)),
    "tool_calls": ((0.0, -4.0), (0.99, -2.5), (1.0, 0.0)),
    "call_in_text": ((0.0, 0.6), (1.0, -3.0)),
    "silence": ((0.0, 1.0), (0.4, 0.2), (0.6, -0.7), (1.0, -2.5)),
    "question_sum": ((0.0, -6.0), (1.0, 0.0)),
    "sums_wrong": ((0.0, 0.0), (1.0, -4.5), (2.0, -5.0)),
    "grounded": ((0.0, -1.0), (0.5, -0.8), (1.0, 0.4)),
    "invented": ((0.0, 0.0), (1.0, -0.7), (3.0, -1.4)),
    "placeholder": ((0.0, 0.0), (1.0, -2.5)),
    "percent": ((0.0, 0.0), (1.0, -2.5)),
    "numbers_unused": ((0.0, 0.4), (1.0, -0.8), (2.0, -1.5), (4.0, -2.5)),
    "names_unused": ((0.0, 0.0), (1.0, -0.3), (3.0, -0.6)),
    "left_out": ((0.0, 0.0), (1.0, -0.7), (2.0, -1.0)),
    "repeated": ((0.0, 0.0), (1.0, -2.0), (2.0, -2.5)),
    "split_list": ((0.0, 0.0), (1.0, -2.0)),
    "purpose": ((0.0, -2.0), (0.3, -0.5), (0.6, 0.4), (1.0, 0.8)),
    "opposite": ((0.0, 0.0), (1.0, -2.0)),
    "unexplained": ((0.0, 0.3), (0.4, 0.0), (0.7, -0.8), (1.0, -1.5)),
    "other_tool": ((-0.4, 0.8), (-0.1, 0.2), (0.1, -0.8), (0.4, -1.5)),
}

CHOICE: Final[Mapping[str, Shape]] = {
    "choice_given": ((0.0, -4.0), (1.0, 0.0), (2.0, -2.0)),
    "choice_reached": ((-1.0, -2.0), (0.0, -0.3), (1.0, 0.5)),
    "choice_numbers": ((0.0, -1.0), (1.0, 0.3)),
    "choice_taken_up": ((-0.5, -0.7), (0.0, 0.0), (0.5, 0.3)),
    "choice_words": ((0.0, -0.3), (1.0, 0.3)),
    "choice_computed": ((0.0, -1.2), (0.03, 0.0), (0.1, 0.3)),
    "choice_misfit": ((0.0, 0.0), (1.0, -1.0), (3.0, -1.6)),
    "choice_corrections": ((0.0, 0.0), (4.0, -0.8)),
    "choice_doubts": ((0.0, 0.0), (4.0, -0.8)),
    "choice_others": ((0.0, 0.0), (3.0, -0.5)),
    "choice_question_length": ((3.5, 0.2), (7.0, -0.4)),
    "options_alike": ((0.0, 0.2), (1.0, -0.3)),
}

CONFIDENCE: Final[Mapping[str, Shape]] = {
    # Half of the model's own log-odds, 0 where it is sure by nine to one: models are too sure.
    "answer_doubt": ((-8.0, 3.0), (-4.0, 2.0), (-2.0, 0.7), (-1.0, 0.0), (-0.3, -1.1), (0.0, -3.0)),
    "key_doubt": ((-2.0, 0.2), (-0.3, 0.0), (0.0, -0.7)),
}

QUESTION_SUM: Final[Mapping[str, Shape]] = {"question_sum": ((0.0, -4.0), (1.0, 1.0))}

SUMS: Final[Mapping[str, Shape]] = {
    **QUESTION_SUM,
    "sums_wrong": ((0.0, 0.0), (1.0, -2.3), (2.0, -3.0)),
}
"""Of answers to what is no calculation: only a sum that is wrong is found there, and weighs."""

FACT: Final[Mapping[str, Shape]] = {
    "fact_asked": ((1.0, 0.0),),
    "fact_form": ((0.0, -1.0), (1.0, 0.0)),
}

NUMBERS: Final[Mapping[str, Shape]] = {
    **QUESTION_SUM,
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

CODE: Final[Mapping[str, Shape]] = {
    # One example that fails is most often the code's fault, sometimes the example's.
    "examples": ((0.0, -4.0), (0.9, -2.0), (1.0, 1.0)),
    "prediction": ((0.0, -4.0), (1.0, 2.5)),
    "defined": ((0.0, -3.0), (1.0, 0.0)),
    "parameters": ((0.0, -1.5), (1.0, 0.0)),
    "returns": ((0.0, -2.0), (1.0, 0.0)),
    "parses": ((0.0, -2.0), (1.0, 0.0)),
    "finished": ((0.0, -2.0), (1.0, 0.0)),
    "literal": ((0.0, -0.5), (1.0, 0.0)),
    "working": ((100.0, 0.0), (400.0, -1.0)),
}

RULES: Final[Scorers] = {
    Kind.TOOLS: Scorer(1.6, {**FORM, **CALLS}),
    Kind.CHOICE: Scorer(0.9, {**FORM, **CONFIDENCE, **CHOICE}),
    Kind.CODE: Scorer(1.6, {**FORM, **CODE}),
    Kind.NUMBER: Scorer(1.6, {**FORM, **NUMBERS}),
    # What is said twice may have been asked for; alone it still keeps a draft below the threshold.
    Kind.INSTRUCTIONS: Scorer(
        1.6, {**FORM, **QUESTION_SUM, "repetition": ((0.0, -1.5), (1.0, 0.0))}
    ),
    Kind.FACT: Scorer(1.6, {**FORM, **CONFIDENCE, **SUMS, **FACT}),
    Kind.PROSE: Scorer(1.6, {**FORM, **SUMS}),
}
