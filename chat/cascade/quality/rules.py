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

CALLS: Final[Mapping[str, Shape]] = {
    # That one cannot answer without a tool is an honest answer where no tool is for it.
    "refusal": ((0.0, -2.0), (1.0, 0.0)),
    "tool_calls": ((0.0, -4.0), (0.99, -2.5), (1.0, 0.0)),
    "call_in_text": ((0.0, 0.6), (1.0, -3.0)),
    "silence": ((0.0, 1.0), (0.4, 0.2), (0.6, -0.7), (1.0, -2.5)),
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

RULES: Final[Scorers] = {
    Kind.TOOLS: Scorer(1.6, {**FORM, **CALLS}),
    Kind.CHOICE: Scorer(1.6, FORM),
    Kind.CODE: Scorer(1.6, FORM),
    Kind.NUMBER: Scorer(1.6, FORM),
    Kind.INSTRUCTIONS: Scorer(1.6, FORM),
    Kind.FACT: Scorer(1.6, FORM),
    Kind.PROSE: Scorer(1.6, FORM),
}
