"""When a request is tried again, and how long to wait before.

Three tries, only before the first content, only for what can pass. The provider's own wish is
honoured up to 20 s; beyond that waiting would be worse than asking the next model.
"""

import math
import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from chat.cascade.errors import Incomplete, ProviderError, RateLimited, Unavailable

MAX_TRIES = 3
_EMPTY_TRIES = 2  # an answer that ended before it began may have been an accident, once
LONGEST_WAIT_S = 20.0
BACKOFF_S = 0.5
BACKOFF_CAP_S = 8.0


def wait_before_next(error: ProviderError, tries: int) -> float | None:
    """Seconds until the next try after `tries` of them, or None to give up."""
    if tries >= MAX_TRIES or not error.retryable:
        return None
    if isinstance(error, Incomplete) and tries >= _EMPTY_TRIES:
        return None
    if not isinstance(error, RateLimited | Unavailable | Incomplete):
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= LONGEST_WAIT_S else None
    return random.uniform(0, min(BACKOFF_CAP_S, BACKOFF_S * 2**tries))


def retry_after_s(headers: Mapping[str, str], *, is_limited: bool = False) -> float | None:
    """Seconds the provider asks us to wait, never negative; None when it says nothing readable.

    `is_limited` says that a rate limit was met: only then is the reset of a limit, which any answer
    may state, a reason to wait for it.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    for read in (_number, _until_date):
        if (seconds := read(value)) is not None:
            return seconds
    return _until_reset(headers) if is_limited else None


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """Of the limits that say nothing remains, the last to be reset; else of all that are stated.

    A reset gone by says nothing: the usual wait is better than none.
    """
    used_up: list[float] = []
    stated: list[float] = []
    for name, read in _RESETS:
        seconds = read(headers.get(name, ""))
        if seconds:
            stated.append(seconds)
            if headers.get(name.replace("reset", "remaining"), "").strip() == "0":
                used_up.append(seconds)
    return max(used_up or stated, default=None)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) else max(0.0, number)


def _until(read: Callable[[str], datetime], value: str) -> float | None:
    try:
        moment = read(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):  # `email` checks little itself
        return None


_until_date = partial(_until, parsedate_to_datetime)
_until_timestamp = partial(_until, datetime.fromisoformat)  # RFC 3339


def _until_epoch_ms(value: str) -> float | None:
    number = _number(value)
    return None if number is None else max(0.0, number / 1000 - datetime.now(UTC).timestamp())


def _duration(value: str) -> float | None:
    """`6ms`, `1.4s`, `2m59.56s`, `6m0s`; a number alone is seconds."""
    if not _DURATION.fullmatch(value):
        return _number(value)
    return sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(value))


_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[dhms])")
_DURATION = re.compile(f"(?:{_PART.pattern})+")

# Where a limit's reset is stated, by whom, and how it is written. What remains of the limit stands
# under the same name with `remaining` for `reset`.
_RESETS: tuple[tuple[str, Callable[[str], float | None]], ...] = (
    ("x-ratelimit-reset-requests", _duration),  # OpenAI, Groq, Azure
    ("x-ratelimit-reset-tokens", _duration),
    ("anthropic-ratelimit-requests-reset", _until_timestamp),
    ("anthropic-ratelimit-tokens-reset", _until_timestamp),
    ("anthropic-ratelimit-input-tokens-reset", _until_timestamp),
    ("anthropic-ratelimit-output-tokens-reset", _until_timestamp),
    ("x-ratelimit-reset", _until_epoch_ms),  # OpenRouter
)
