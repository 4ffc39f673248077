"""A model that keeps failing is left alone for a while, so that nobody waits for it in vain.

One breaker for each model at each endpoint with each key, process-wide and for one event loop: a
bad draft model never holds up the verifier at the same provider, and an edited key or address
begins afresh. Five failures within 60 s, with no success among them, open a breaker for 30 s; then
a single attempt, the probe, decides. A key that is not accepted opens it at once, and for longer:
it will hardly be before the settings change, but a vendor's word on it may be wrong. A 403 counts
as any other failure, for it may be about what one reader asked.
"""

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chat.cascade.config import ModelConfig
from chat.cascade.errors import (
    BadResponse,
    Incomplete,
    ProviderError,
    RateLimited,
    TimedOut,
    Unavailable,
)

FAILURES = 5
WINDOW_S = 60.0
REST_S = 30.0
KEY_REST_S = 300.0

State = Literal["closed", "open", "half_open"]
"""`half_open`: rested, and the next attempt is the probe."""

_FAILED = f"after {FAILURES} failures"
_KEY_REFUSED = "because its API key was not accepted"

_COUNTED = (Unavailable, TimedOut, Incomplete, BadResponse, RateLimited)


@dataclass(frozen=True, slots=True)
class Resting:
    """What an operator sees of one breaker."""

    provider: str
    base_url: str | None
    model: str
    state: State
    reason: str
    for_s: float


class Breaker:
    """`clock` gives seconds that never go back. Nothing here waits or does I/O."""

    def __init__(self, model: str, clock: Callable[[], float]) -> None:
        self._model = model
        self._clock = clock
        self._failed_at: deque[float] = deque(maxlen=FAILURES)
        self._rests_until: float | None = None
        self._probed_until = 0.0
        self._why = _FAILED

    @property
    def state(self) -> State:
        if self._rests_until is None:
            return "closed"
        return "open" if self.rests_for_s else "half_open"

    @property
    def rests_for_s(self) -> float:
        """At most: a probe that is under way may end sooner than it has to."""
        return max(0.0, max(self._rests_until or 0.0, self._probed_until) - self._clock())

    @property
    def reason(self) -> str:
        """Fit for any reader; "" while it is closed."""
        if self._rests_until is None:
            return ""
        return f"{self._model} is resting {self._why}"

    def admit(self, within_s: float = REST_S) -> bool:
        """Whether an attempt may begin, which ends within so many seconds. A probe renews the rest,
        and no second one joins it before `end_probe`; one that ends without deciding anything, as
        by a stop, locks nothing up."""
        if self.state == "half_open":
            self._rest(REST_S)
            self._probed_until = self._clock() + within_s
            return True
        return self.state == "closed"

    def end_probe(self) -> None:
        """However it ended; what it says of the model is for `record`."""
        self._probed_until = 0.0

    def record(self, error: ProviderError | None) -> None:
        """How an attempt ended, admitted or not. What a request itself caused counts as nothing."""
        if error is None:
            self._failed_at.clear()
            self._rests_until = None
            self.end_probe()
        elif error.code == "unauthorized" and error.status != 403:
            if error.status:  # else there is no key, and nobody was asked
                self._why = _KEY_REFUSED
                self._rest(KEY_REST_S)
        elif isinstance(error, _COUNTED) or error.code == "unauthorized":
            self._fail()

    def _fail(self) -> None:
        now = self._clock()
        self._failed_at.append(now)
        is_full = len(self._failed_at) == FAILURES and now - self._failed_at[0] <= WINDOW_S
        if is_full and self._rests_until is None:
            self._why = _FAILED
        if is_full or self._rests_until is not None:
            self._rest(REST_S)

    def _rest(self, seconds: float) -> None:
        self._rests_until = max(self._rests_until or 0.0, self._clock() + seconds)


class Breakers:
    """Every breaker of the process. A key enters as a hash that means nothing elsewhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._held: dict[tuple[str, str | None, str, bytes], Breaker] = {}

    def of(self, model: ModelConfig) -> Breaker:
        key = (model.provider, model.base_url, model.name, self._fingerprint(model))
        return self._held.setdefault(key, Breaker(model.name, self._clock))

    def states(self) -> list[Resting]:
        """Every breaker that was ever asked for, the closed ones too."""
        return [
            Resting(provider, base_url, name, held.state, held.reason, held.rests_for_s)
            for (provider, base_url, name, _), held in self._held.items()
        ]

    def reset(self) -> None:
        """Forget everything, as a restart would."""
        self._held.clear()

    def _fingerprint(self, model: ModelConfig) -> bytes:
        secret = repr((model.api_key, sorted(model.extra_headers.items())))
        return hashlib.blake2b(secret.encode(), key=self._salt, digest_size=16).digest()


breakers = Breakers()
