"""What is asked and answered in every measurement, so that all systems do the same work."""

import math
import re
from dataclasses import dataclass

PROMPT = "Why are there two high tides a day, and why do they come later each day?"

# One run of it takes about as many tokens as a real answer to the question.
ANSWER = """\
High tides come in pairs because the Moon pulls on the near side of the Earth more strongly than \
on its centre, and on the centre more strongly than on the **far side**.

The difference between these pulls stretches the ocean along the line to the Moon. Water is heaped \
up on both ends of that line:

1. On the near side it is drawn ahead of the solid Earth.
2. On the far side it is *left behind*, because the Earth itself is drawn away from it.
3. Between the two bulges the level sinks, and there it is low tide.

As the Earth turns once a day, each coast passes through both bulges, so most places see two high \
tides and two low ones.

## Why they come later

While the Earth turns, the Moon moves on in its orbit by about thirteen degrees a day. A coast has \
to turn a little further to catch up with it, which takes some `50 minutes`. So the next high tide \
comes about 12 hours and 25 minutes after the last one, and each day's tides are late by twice \
that quarter of an hour and a bit.
"""

MARK = re.compile(r"(\d+\.\d{6})/(\d+\.\d{6})")
"""The first token: when the request came and when this token was sent, by `time.monotonic()`, which
is one clock for all processes of a machine."""


def mark(asked: float, sent: float) -> str:
    return f"{asked:.6f}/{sent:.6f}"


def tokens() -> list[str]:
    """The answer that follows its mark, cut about as tokenizers do."""
    return re.findall(r"\s*\S{1,12}|\s+$", f" {ANSWER}")


def is_whole(text: str, answer: str = ANSWER) -> bool:
    """Whether all of it came, once and in order; white space is Markdown's to change."""
    return _dense(MARK.sub("", text, count=1)) == _dense(answer)


def _dense(text: str) -> str:
    return "".join(text.split())


@dataclass(frozen=True, slots=True)
class Seen:
    """What one stream showed, and when it was asked for and first seen, by `time.monotonic()`."""

    asked_at: float
    first_at: float
    text: str

    @property
    def request_ms(self) -> float:
        """From asking to the provider's having the request."""
        return (self._moments()[0] - self.asked_at) * 1000

    @property
    def first_ms(self) -> float:
        """From the provider's sending its first token to that token's being seen."""
        return (self.first_at - self._moments()[1]) * 1000

    def _moments(self) -> tuple[float, float]:
        found = MARK.search(self.text)
        return (float(found[1]), float(found[2])) if found else (math.nan, math.nan)
