"""What a process counts of its work, where METRICS_ADDRESS asks for it.

The callers know no more than `meters`; Prometheus' library is imported only where it is used.
Nothing is counted for a chunk: tokens and costs come from the receipts of a turn that has ended.
"""

from typing import Protocol

from django.conf import settings

from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState


class Meters(Protocol):
    def turn_ended(self, state: TurnState) -> None: ...

    def attempt_ended(self, attempt: AttemptState) -> None:
        """One of no turn that is told of: a shadow check, a title, what a deleted one has left."""

    def frame_sent(self, lag_s: float) -> None:
        """To one viewer, so long after the first of its events was put on the log."""

    def loop_late(self, seconds: float) -> None:
        """So much later than asked the event loop came back to a task."""


class Unread:
    """Nobody reads them."""

    def turn_ended(self, state: TurnState) -> None:
        pass

    def attempt_ended(self, attempt: AttemptState) -> None:
        pass

    def frame_sent(self, lag_s: float) -> None:
        pass

    def loop_late(self, seconds: float) -> None:
        pass


def _chosen() -> Meters:
    if not settings.METRICS_ADDRESS:
        return Unread()
    from chat.metrics.prometheus import Prometheus  # a tenth of a second of imports

    return Prometheus()


meters: Meters = _chosen()
"""Of this process."""
