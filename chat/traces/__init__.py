"""What a process tells of each turn to a collector of traces, where TRACES asks for it.

The callers know no more than `tracer`; OpenTelemetry is imported only where it is used. Spans are
made of a turn that has ended: nothing is done for a chunk, nor for anything else while it is
played.
"""

from contextvars import ContextVar
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.models import Turn
from chat.turns.state import TurnState

traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The header of that name of the request being answered, where traces are asked for."""


class Tracer(Protocol):
    def turn_ended(self, turn: Turn, state: TurnState, began_ns: int) -> None:
        """`began_ns`, by the clock: when its player began. A turn's times count from there."""

    async def flush(self, within_s: float) -> None:
        """Send what waits to be sent, or leave it."""


class Untold:
    """Nobody asks."""

    def turn_ended(self, turn: Turn, state: TurnState, began_ns: int) -> None:
        pass

    async def flush(self, within_s: float) -> None:
        pass


def _chosen() -> Tracer:
    if not settings.TRACES:
        return Untold()
    try:
        from chat.traces.export import to_collector  # an extra: it may not be installed
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            f"TRACES is set, but {error.name} is not installed: install requirements-traces.lock"
        ) from error
    return to_collector()


tracer: Tracer = _chosen()
"""Of this process."""
