"""What can go wrong, for callers to catch and readers to act on.

    CascadeError
    ├── ConfigError             a setting or an argument is wrong; names it and what is accepted
    ├── ToolError               a tool call cannot be read or run; its message is for the model
    └── ProviderError           a model did not answer
        ├── RateLimited         rate_limited, quota_exceeded
        ├── Unavailable         unavailable: not reached, overloaded, broken
        ├── TimedOut            timeout
        ├── Rejected            unauthorized, not_found, bad_request, context_length
        ├── Refused             refused, empty: the model ended without an answer to keep
        ├── Incomplete          incomplete: the stream ended without a finish signal
        ├── BadResponse         bad_response: not the format the provider promised
        └── OverBudget          over_budget: the caller's `admit` refused, nothing was sent

A `ProviderError`'s message is our own sentence, fit for any reader. What the provider said is in
`detail`, with keys redacted, for operators and logs only.
"""

from typing import ClassVar


class CascadeError(Exception):
    """Everything this package raises on purpose."""


class ConfigError(CascadeError):
    pass


class ToolError(CascadeError):
    """A tool's function may raise it too: the model then reads its message as it stands."""


class ProviderError(CascadeError):
    """`retryable` says that asking again later may work; `retry_after_s` is the provider's wish."""

    default_code: ClassVar[str] = "unavailable"
    default_retryable: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        retryable: bool | None = None,
        retry_after_s: float | None = None,
        status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.retryable = self.default_retryable if retryable is None else retryable
        self.retry_after_s = retry_after_s
        self.status = status
        self.detail = detail


class RateLimited(ProviderError):
    default_code = "rate_limited"


class Unavailable(ProviderError):
    pass


class TimedOut(ProviderError):
    default_code = "timeout"


class Rejected(ProviderError):
    default_code = "bad_request"
    default_retryable = False


class Refused(ProviderError):
    default_code = "refused"
    default_retryable = False


class Incomplete(ProviderError):
    default_code = "incomplete"


class BadResponse(ProviderError):
    default_code = "bad_response"


class OverBudget(ProviderError):
    default_code = "over_budget"
    default_retryable = False
