"""How sure the model was of its numbers, where its provider tells."""

import math
from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding

_UNSURE = math.log(0.5)


def sureness(case: Case) -> Iterator[Finding]:
    """Log probabilities: `sure_answer` of the least sure token of the answer, `sure_mean` of the
    tokens of the working; `unsure_tokens` counts those that were rather something else, to 8."""
    if not case.confidence:
        return
    if answer := case.confidence.answer:
        least = max(-10.0, min(answer))
        note = f"The least sure token of the answer had {math.exp(least):.0%}."
        yield Finding("sure_answer", least, least > _UNSURE, note)
    if key := case.confidence.key:
        mean = max(-10.0, sum(key) / len(key))
        unsure = sum(value < _UNSURE for value in key)
        note = f"{unsure} of {len(key)} tokens of the working had less than 50 %."
        yield Finding("sure_mean", mean, mean > _UNSURE, note)
        yield Finding("unsure_tokens", min(8, unsure), not unsure, note)
