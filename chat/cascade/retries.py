"""When a request is tried again, and how long to wait before.

Three tries, only before the first content, only for what can pass. The provider's own wish is
honoured up to 20 s; beyond that waiting would be worse than asking the next model.
"""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from chat.cascade.errors import ProviderError, RateLimited, Unavailable

MAX_TRIES = 3
LONGEST_WAIT_S = 20.0
BACKOFF_S = 0.5
BACKOFF_CAP_S = 8.0


def wait_before_next(error: ProviderError, tries: int) -> float | None:
    """Seconds until the next try after `tries` of them, or None to give up."""
    if tries >= MAX_TRIES or not error.retryable:
        return None
    if not isinstance(error, RateLimited | Unavailable):
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= LONGEST_WAIT_S else None
    return random.uniform(0, min(BACKOFF_CAP_S, BACKOFF_S * 2**tries))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asks us to wait, never negative; None when it says nothing readable."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    return _until(value) if seconds is None else seconds


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return max(0.0, number) if number == number else None


def _until(value: str) -> float | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
