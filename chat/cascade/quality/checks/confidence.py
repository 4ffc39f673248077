"""How sure the draft's own model was, where its provider tells; never guessed where it does not."""

import math
from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding

_LEAST_DOUBT = 1e-8
_QUANTILE = 0.1


def confidence(case: Case) -> Iterator[Finding]:
    """`answer_doubt`: the decimal logarithm of 1 - p for the least sure token of the answer, -8 to
    0. `key_doubt`: the same of the working's key tokens, at their lower tenth."""
    if not case.confidence:
        return
    if case.confidence.answer:
        least = min(case.confidence.answer)
        note = f"The model gave its answer {math.exp(min(0.0, least)):.0%}."
        yield Finding("answer_doubt", _doubt(least), least > math.log(0.5), note)
    if case.confidence.key:
        ordered = sorted(case.confidence.key)
        low = ordered[int(_QUANTILE * (len(ordered) - 1))]
        note = f"One in ten of the tokens that matter had {math.exp(min(0.0, low)):.0%} or less."
        yield Finding("key_doubt", _doubt(low), low > math.log(0.5), note)


def _doubt(log_probability: float) -> float:
    return math.log10(max(_LEAST_DOUBT, -math.expm1(min(0.0, log_probability))))
