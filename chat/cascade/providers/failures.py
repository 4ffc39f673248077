"""A vendor's refusal in its many shapes -> our errors with our words.

Classed by status, code and message together, because vendors disagree: a wrong key is a 400 at xAI
and Gemini, a prompt that is too long a 413 at Groq and six different 400s elsewhere. What else
stands in an answer may be the user's or the model's own words, and decides nothing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chat.cascade.errors import (
    BadResponse,
    ProviderError,
    RateLimited,
    Refused,
    Rejected,
    Unavailable,
)
from chat.cascade.providers.base import Request, clean
from chat.cascade.retries import LONGEST_WAIT_S, retry_after_s

_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|spend_limit|billing|credits?\b"
)
_NO_CREDIT = re.compile(r"insufficient_quota|credit balance")  # a 400 at Anthropic
_KEY = re.compile(
    r"(?:incorrect|invalid|missing|expired|wrong)[ _]api[ _-]?key"
    r"|api[ _-]?key[ _](?:is )?(?:not|invalid|incorrect|missing|expired|required)"
    r'|"(?:type|code|status)": "(?:authentication_error|unauthori[sz]ed|unauthenticated|'
    r'permission_denied)"'
)
_LENGTH = re.compile(
    r"context[ _-]?(?:length|window|size|limit)|maximum context|too long|too many tokens"
    r"|reduce the length|maximum number of tokens|maximum (?:allowed )?(?:prompt|input) length"
)
_FILTER = re.compile(r"content_filter|content_policy|content management policy|safety")
# The question's refusal, which looks like the key's: OpenRouter, xAI.
_REFUSED = re.compile(r"flagged|violates usage guidelines|safety_check")
_PAGE = re.compile(r"\s*<(?:!doctype )?html")
_BUSY = re.compile(r"rate.?limit|too many requests")
_UNKNOWN_MODEL = re.compile(r"model_not_found|invalid_model|model .{0,80}(?:not exist|not found)")
# That a parameter cannot be sent at all. That its value is too large says nothing of the next one.
_UNTAKEN = re.compile(
    r"unsupported|(?:not|n't) (?:support|permitted|allowed|enabled)|unknown|unrecogni[sz]ed|extra"
    r"|deprecated"
)
_SECRET = re.compile(
    r"(?i)\b(?:sk|gsk|pk|xai|hf|org|user)[-_][\w*.-]{6,}|\bAIza[\w-]{6,}|bearer\s+\S+"
)
# Google states in the body when to come again, and whether it is a day's quota that is used up.
_DELAY = re.compile(r'"retrydelay": "([0-9]{1,6}(?:\.[0-9]+)?)s"')
_DAILY = re.compile(r"per ?day")
# "Upgrade at https://console.groq.com/settings/billing" is advice, and no word on what went wrong.
_URL = re.compile(r'https?://[^\s"\\]+')


@dataclass(frozen=True, slots=True)
class _Said:
    """What the vendor said; `words` is what is its own of it, in lower case, to search in."""

    status: int
    words: str
    detail: str
    param: str


def from_response(
    status: int, headers: Mapping[str, str], body: bytes, request: Request
) -> tuple[ProviderError, str]:
    """The error, and the name of the request's parameter that the model does not take, or ""."""
    if 300 <= status < 400:
        message = REDIRECTED.format(model=request.model)
        return BadResponse(message, retryable=False, status=status), ""
    said = _read(_parse(body), status, request)
    wait_s = retry_after_s(headers, is_limited=status == 429)
    error = _classify(said, request, wait_s)
    if headers.get("x-should-retry") == "false":  # Anthropic's own word on it
        error.retryable = False
    return error, said.param if _UNTAKEN.search(said.words) else ""


def from_event(error: object, request: Request) -> ProviderError:
    """An error object inside a stream that began well (HTTP 200)."""
    return _classify(_read({"error": error}, 500, request), request, None)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")  # HTML of a gateway; only ever searched and logged


def _read(payload: Any, status: int, request: Request) -> _Said:
    try:
        return _said(payload, status, request)
    except RecursionError:  # nested as no vendor's word is, though JSON's own reader bears it
        return _said("", status, request)


def _said(payload: Any, status: int, request: Request) -> _Said:
    if isinstance(payload, list) and payload:
        payload = payload[0]
    error = payload.get("error", payload) if isinstance(payload, dict) else payload
    fields = error if isinstance(error, dict) else {"message": error}
    code = fields.get("status_code") or fields.get("code")
    if status == 500 and isinstance(code, int | str) and re.fullmatch("[45][0-9][0-9]", str(code)):
        status = int(code)
    own = payload if isinstance(payload, str) else json.dumps(_own(payload), ensure_ascii=False)
    words = _URL.sub("", own[:8000].lower())
    detail = redact(
        f"{fields.get('type') or ''} {code or ''} {fields.get('message') or ''}", request
    )
    return _Said(status, words, detail.strip(), str(fields.get("param") or ""))


def _own(said: Any, name: str = "message") -> Any:
    """The vendor's own words, by the names they go under; of other fields the names alone."""
    if name not in _OWN:
        return None
    if isinstance(said, dict):
        return {name: _own(value, name) for name, value in said.items()}
    if isinstance(said, list):
        return [_own(value, name) for value in said]
    return _own(_parse(said.encode())) if name == "raw" and isinstance(said, str) else said


_OWN = {
    *("error", "errors", "message", "msg", "type", "code", "status", "status_code", "detail"),
    *("details", "reason", "violations", "quotaId", "retryDelay"),
    *("metadata", "raw"),  # OpenRouter, of the provider behind it: JSON, mostly
}


def redact(text: str, request: Request) -> str:
    """At most 500 characters, without anything that is or looks like a credential."""
    for secret in (request.api_key, *request.extra_headers.values()):
        if len(secret) >= 6:
            text = text.replace(secret, "[redacted]")
    return clean(_SECRET.sub("[redacted]", text)[:500])


def _classify(said: _Said, request: Request, wait_s: float | None) -> ProviderError:
    status, words = said.status, said.words
    if wait_s is None and (delay := _DELAY.search(words)):
        wait_s = float(delay[1])

    def is_client_error(*statuses: int) -> bool:
        return status in statuses or (status == 500 and "invalid_request" in words)

    def error(kind: type[ProviderError], message: str, **more: Any) -> ProviderError:
        return kind(message.format(model=request.model), status=status, detail=said.detail, **more)

    if status == 402 or (status == 429 and _is_used_up(words, wait_s)) or _NO_CREDIT.search(words):
        return error(RateLimited, QUOTA, code="quota_exceeded", retryable=False)
    if status == 403 and _REFUSED.search(words):
        return error(Refused, FILTERED)
    if status == 403 and _PAGE.match(words):  # of a gateway that does not like a word in the prompt
        return error(Unavailable, BROKEN)
    if status in (401, 403) or (is_client_error(400) and _KEY.search(words)):
        return error(Rejected, UNAUTHORIZED, code="unauthorized")
    if status == 413 or (is_client_error(400, 422) and _LENGTH.search(words)):
        return error(Rejected, TOO_LONG, code="context_length")
    if is_client_error(400) and _FILTER.search(words):
        return error(Refused, FILTERED)
    if status in (404, 410) or (is_client_error(400) and _UNKNOWN_MODEL.search(words)):
        return error(Rejected, NOT_FOUND, code="not_found")
    if status == 429 or (status == 500 and _BUSY.search(words)):
        return error(RateLimited, BUSY, retry_after_s=wait_s)
    if status in (408, 409) or status >= 498:
        return error(Unavailable, BROKEN, retry_after_s=wait_s)
    return error(Rejected, BAD_REQUEST)


QUOTA = "The quota or credit of the account that {model} runs on is used up."
UNAUTHORIZED = "The provider does not accept the API key for {model}. Check the model's settings."
TOO_LONG = "The conversation is too long for {model}."
FILTERED = "The provider's content filter stopped this request to {model}."
NOT_FOUND = (
    "The provider does not know {model}, or its address is wrong. Check the model's settings."
)
BUSY = "{model} is receiving too many requests at the moment."
BROKEN = "{model} is not available at the moment."
REDIRECTED = "The address of {model} redirects elsewhere, and redirects are never followed."
BAD_REQUEST = "The provider did not accept the request to {model}. Check the model's settings."


def _is_used_up(words: str, wait_s: float | None) -> bool:
    """Of a day's limit, too, something may be free again soon. Of a minute's limit vendors speak as
    of quota and billing, but say when to return or that it is a matter of rate."""
    speaks_of_quota = bool(_QUOTA.search(words))
    if _DAILY.search(words):
        return speaks_of_quota or (wait_s or 0) > LONGEST_WAIT_S
    return speaks_of_quota and not (_DELAY.search(words) or "rate_limit_exceeded" in words)
