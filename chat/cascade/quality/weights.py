"""What the checks weigh. Set by hand, fitted to nothing: change them here and nowhere else.

    score = BASE + sum of the contributions, kept within 0 and 1
    contribution = WEIGHTS[name] * (value - 1), so a check can only take away

The base is below 1 because rules that find no fault prove little.
"""

from typing import Final

BASE: Final = 0.92

WEIGHTS: Final = {
    "empty": 0.92,
    "truncated": 0.50,
    "refusal": 0.70,
    "repetition": 0.60,
    "hedging": 0.45,
    "off_topic": 0.40,
    "missing_format": 0.50,
}

# A check passes when its value is at least this.
PASSING: Final = 0.7

# Characters of a draft's (and a prompt's) beginning and end that are looked at.
EXCERPT: Final = 8000
