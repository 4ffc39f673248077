"""How sure the draft's own model was of its tokens, where its provider tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confidence:
    """Natural log probabilities, 0 or below: of the tokens of the final answer, and of the tokens
    that carry the working (numbers, names), in their order. Either may be empty."""

    answer: tuple[float, ...] = ()
    key: tuple[float, ...] = ()
