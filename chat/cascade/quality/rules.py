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
    "loop": ((0.0, -5.0), (1.0, 0.0)),
    "hedging": ((0.0, -3.0), (1.0, 0.0)),
    "off_topic": ((0.0, -3.0), (1.0, 0.0)),
    "missing_format": ((0.0, -4.0), (1.0, 0.0)),
}

CALLS: Final[Mapping[str, Shape]] = {"tool_calls": ((0.0, -6.0), (1.0, 0.0))}

RULES: Final[Scorers] = {
    Kind.TOOLS: Scorer(1.6, {**FORM, **CALLS}),
    Kind.CHOICE: Scorer(1.6, FORM),
    Kind.CODE: Scorer(1.6, FORM),
    Kind.NUMBER: Scorer(1.6, FORM),
    Kind.INSTRUCTIONS: Scorer(1.6, FORM),
    Kind.FACT: Scorer(1.6, FORM),
    Kind.PROSE: Scorer(1.6, FORM),
}
