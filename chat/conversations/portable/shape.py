"""What is in a file of ours, field by field: how long a text may be, which words and numbers."""

from collections.abc import Callable, Mapping
from datetime import MAXYEAR
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from chat.cascade.streaming.events import EXACTNESS
from chat.models import NOTE_LIMIT, PROMPT_LIMIT, TAG_LENGTH, TITLE_LIMIT, Only
from chat.turns.state import TurnStatus

LONGEST = 1_000_000
MOST_ATTEMPTS = 50
MOST_CALLS = 500
WHOLE = 2**31 - 1
MAY_LACK = ("pinned", "archived", "thought_ms", "began_ms")
"""Older files of this version are without these."""


class Unreadable(Exception):
    """A file that is none of ours; `str()` is a sentence for the reader."""


Check = Callable[[Any], bool]
Shape = Mapping[str, Check]


def text(most: int = LONGEST) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= most and _is_storable(value)


def one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def whole(most: int = WHOLE) -> Check:
    return lambda value: type(value) is int and 0 <= value <= most


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e9


def moment(value: Any) -> bool:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return False
    # What is in the last year there is may be after its end in UTC.
    return found is not None and timezone.is_aware(found) and 1970 < found.year < MAXYEAR


def money(value: Any) -> bool:
    try:
        amount = Decimal(value) if isinstance(value, str) and len(value) <= 40 else None
    except InvalidOperation:
        return False
    if amount is None or not amount.is_finite():
        return False
    places = amount.as_tuple().exponent  # written out, 1E-999999999 is as long
    return abs(amount) < 10**9 and isinstance(places, int) and places >= -40


def spent(value: Any) -> bool:
    return money(value) and Decimal(value) >= 0


def maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def each(check: Check, most: int) -> Check:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(check, value))


def of_shape(shape: Shape) -> Check:
    return lambda value: misfit(value, shape) is None


def prices(value: Any) -> bool:
    """A few amounts by name, as they are kept with an attempt; tiers among them."""
    return isinstance(value, dict) and _is_plain(value) and len(str(value)) < 10_000


def misfit(value: Any, shape: Shape) -> str | None:
    """The first field that is missing, unknown or not what it must be; None where all fit."""
    if not isinstance(value, dict):
        return _("what should be an object")
    for name in shape:
        if name not in value and name not in MAY_LACK:
            return _("no {name!r}").format(name=name)
        if name in value and not shape[name](value[name]):
            return _("a {name!r} that cannot be read").format(name=name)
    return next(
        (_("an unknown {name!r}").format(name=name[:40]) for name in value if name not in shape),
        None,
    )


def _is_storable(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_plain(value: Any, *, depth: int = 5) -> bool:
    """What JSON and both databases can hold, and no deeper than that."""
    match value:
        case dict() | list() if depth == 0:
            return False
        case dict():
            names = all(map(_is_storable, value))
            return names and all(_is_plain(part, depth=depth - 1) for part in value.values())
        case list():
            return all(_is_plain(part, depth=depth - 1) for part in value)
        case str():
            return _is_storable(value)
        case float():
            return isfinite(value)
    return True


_CHECK: Shape = {
    "name": text(100),
    "value": number,
    "contribution": number,
    "passed": flag,
    "note": text(),
}
_DECISION: Shape = {
    "accepted": flag,
    "score": number,
    "threshold": number,
    "confidence": number,
    "reason": text(2000),
    "kind": text(100),
    "checks": each(of_shape(_CHECK), 100),
    "promise": text(2000),
    "saves_usd": maybe(money),
    "early": flag,
}
_CALL: Shape = {
    "number": whole(MOST_CALLS),
    "id": text(),
    "name": text(),
    "arguments": text(),
    "status": one_of("done", "failed", "refused", "dropped", "broken_off"),
    "result": text(),
    "time_ms": maybe(whole()),
    "began_ms": maybe(whole()),
}
TOKENS = ("input", "output", "cached_input", "cache_write", "reasoning")
ATTEMPT: Shape = {
    "number": whole(MOST_ATTEMPTS),
    "role": one_of("draft", "verifier", "direct"),
    "model": text(120),
    "provider": text(20),
    "prices": prices,
    "status": one_of(
        *("accepted", "set_aside", "used", "answered", "failed", "stopped", "interrupted")
    ),
    "text": text(),
    "reasoning": text(),
    "tool_calls": each(of_shape(_CALL), MOST_CALLS),
    "decision": maybe(of_shape(_DECISION)),
    "switch_reason": text(40),
    "error": text(10_000),
    "settled": flag,
    **{f"{kind}_tokens": whole(2**53) for kind in TOKENS},
    "counted_by": one_of("", "provider", "estimate"),
    "cost_usd": maybe(spent),
    "exactness": one_of("", *EXACTNESS),
    "finish": text(40),
    "first_token_ms": maybe(whole()),
    "latency_ms": maybe(whole()),
    "began_ms": maybe(whole()),
    "decided_ms": maybe(whole()),
    "thought_ms": maybe(whole()),
}


def attempt(value: Any) -> bool:
    """One with a bill says how exact it is."""
    return misfit(value, ATTEMPT) is None and bool(value["exactness"] or not value["settled"])


_ATTACHMENT: Shape = {"name": text(300), "text": text()}
_FEEDBACK: Shape = {"value": lambda value: type(value) is int and value in (1, -1)}
FEEDBACK: Shape = {**_FEEDBACK, "note": text(NOTE_LIMIT)}
TURN: Shape = {
    "parent": maybe(whole()),
    "prompt": text(PROMPT_LIMIT),
    "attachments": each(of_shape(_ATTACHMENT), 100),
    "only": one_of("", *Only.values),
    "cascade": maybe(text(200)),
    "status": one_of(*(status.value for status in TurnStatus if not status.is_live)),
    "strategy": text(10),
    "complexity": text(10),
    "reason": text(10_000),
    "model_names": each(text(120), 50),
    "predicted_acceptance": maybe(number),
    "total_usd": maybe(spent),
    "baseline_usd": maybe(spent),
    "saved_usd": maybe(money),
    "only_draft_usd": maybe(spent),
    "draft_accepted": maybe(flag),
    "draft_score": maybe(number),
    "answered_by": text(120),
    "first_token_ms": maybe(whole()),
    "latency_ms": maybe(whole()),
    "exactness": one_of(*EXACTNESS),
    "error": text(10_000),
    "error_code": text(40),
    "notice": text(300),
    "created_at": moment,
    "ended_at": maybe(moment),
    "feedback": maybe(of_shape(FEEDBACK)),
    "attempts": each(attempt, MOST_ATTEMPTS),
}
CONVERSATION: Shape = {
    "format": one_of("cascade-chat"),
    "version": lambda value: type(value) is int and value == 1,
    "title": lambda value: text(TITLE_LIMIT)(value) and bool(value.strip()),
    "tags": each(text(TAG_LENGTH), 10),
    "pinned": flag,
    "archived": flag,
    "cascade": maybe(text(200)),
    "created_at": moment,
    "updated_at": moment,
    "head": maybe(whole()),
    "turns": each(lambda value: isinstance(value, dict), 5_000),
}
