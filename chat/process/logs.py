"""Lines of the log as JSON, each with the ids of what it is about.

The ids are context variables: a request sets its own, a player those of its turn and attempt, and
whatever is logged beneath them carries them.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from chat.process.redaction import redacted

request_id: ContextVar[str] = ContextVar("request_id", default="")
turn_id: ContextVar[str] = ContextVar("turn_id", default="")
attempt_number: ContextVar[int] = ContextVar("attempt_number", default=0)


@contextmanager
def about_turn(id: str) -> Iterator[None]:
    """While it is held, for whoever deals with one turn after another."""
    before = turn_id.set(id)
    try:
        yield
    finally:
        turn_id.reset(before)


SELDOM_S = 10.0

_MOST_TOLD = 500
"""Different warnings that are remembered."""


@dataclass(slots=True)
class _Told:
    at: float
    left_out: int = 0


class Seldom(logging.Filter):
    """A warning that is repeated within 10 s is counted, and told with the next one: while the
    database is away each of a thousand sockets would say so every second."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, str], _Told] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING or record.exc_info:
            return True
        key = record.name, record.getMessage()
        told = self._told.get(key)
        if told and record.created < told.at + SELDOM_S:
            told.left_out += 1
            return False
        if told and told.left_out:
            record.msg, record.args = "%s (and %d times before)", (key[1], told.left_out)
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told[key] = _Told(record.created)
        return True


class Outages(logging.Filter):
    """A page that could not be made without the database is told in a line, as whatever else waits
    for it is: a traceback would lead to the query that happened to be next."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 0) == 503 and record.exc_info and record.exc_info[1]:
            why = str(record.exc_info[1]).partition("\n")[0]
            record.msg, record.args = "%s: %s", (record.getMessage(), why)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = None
        return True


class JsonLines(logging.Formatter):
    """Never a prompt or a key: our own messages hold ids and figures, and of an exception its type
    and its place are told. What it says may quote what was being stored or sent."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        for name, held in (
            ("request", request_id.get()),
            ("turn", turn_id.get()),
            ("attempt", attempt_number.get()),
        ):
            if held:
                told[name] = redacted(held) if isinstance(held, str) else held
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            told |= {"error": f"{kind.__module__}.{kind.__qualname__}", "trace": _places(trace)}
        return json.dumps(told)


def _places(trace: TracebackType | None) -> list[str]:
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
    ]
