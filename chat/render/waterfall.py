"""Where the time of a turn went: a row for each attempt, drawn over the whole. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState


@dataclass(frozen=True, slots=True)
class Span:
    """From and to in milliseconds since the turn began; `x` and `width` are shares of 100."""

    kind: str
    word: str
    start_ms: int
    end_ms: int
    x: str
    width: str

    @property
    def ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Row:
    """`attempt` None: what was before the first one."""

    attempt: AttemptState | None
    spans: list[Span] = field(default_factory=list)


def waterfall(turn: TurnState) -> list[Row]:
    """Empty where nobody took the times, as of a turn whose process died."""
    measured = [row for row in turn.attempts if row.began_ms is not None and row.receipt]
    ends = [_end(attempt) for attempt in measured]
    whole = max([turn.latency_ms or 0, *(end for end in ends if end)], default=0)
    if not measured or not whole:
        return []
    rows = [Row(attempt, list(_spans(attempt, whole))) for attempt in measured]
    route = _span("route", _("route chosen in"), 0, measured[0].began_ms or 0, whole)
    return [Row(None, [route]), *rows]


def _end(attempt: AttemptState) -> int | None:
    took = attempt.receipt.latency_ms if attempt.receipt else None
    return None if took is None else (attempt.began_ms or 0) + took


def _spans(attempt: AttemptState, whole: int) -> Iterator[Span]:
    began, end = attempt.began_ms or 0, _end(attempt)
    if attempt.receipt is None or end is None:
        return
    first = attempt.receipt.first_token_ms
    begun = end if first is None else min(began + first, end)
    yield _span("wait", _("first word after"), began, begun, whole)
    if first is not None:
        yield _span("write", _("written in"), begun, end, whole)
    if attempt.decided_ms is not None:
        yield _span("check", _("checked in"), end, max(end, attempt.decided_ms), whole)
    times = [call.time_ms for call in attempt.tool_calls if call.time_ms is not None]
    if times:
        after = max(end, attempt.decided_ms or end)
        yield _span("tool", _("tools took"), after, min(after + max(times), whole), whole)


def _span(kind: str, word: str, start: int, end: int, whole: int) -> Span:
    """Never too thin to be seen."""
    width = max(0.4, 100 * (end - start) / whole)
    x = min(100 * start / whole, 100 - width)
    return Span(kind, word, start, end, f"{x:.2f}", f"{width:.2f}")
