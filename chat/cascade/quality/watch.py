"""Watching a draft while it is written, to end one that nothing to come could save."""

from collections.abc import Callable

from chat.cascade.quality import Decision

FIRST = 60
"""Characters after which a draft is looked at first: a refusal is told by then."""

GROWTH = 1.25
"""From one look to the next; so all looks together read a few times what is written."""

STEP = 60


class Watch:
    """`judge` decides over the text so far, with a finish of None. Costs nothing between looks.

    A text longer than `most` is not looked at again before its end.
    """

    def __init__(self, judge: Callable[[str], Decision], most: int | None = None) -> None:
        self._judge = judge
        self._most = most
        self._pieces: list[str] = []
        self._size = 0
        self._next_look = FIRST

    def add(self, text: str) -> Decision | None:
        """A decision once the draft is lost."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size < self._next_look or (self._most is not None and self._size > self._most):
            return None
        self._next_look = int(max(self._size + STEP, self._size * GROWTH))
        decision = self._judge("".join(self._pieces))
        return None if decision.accepted else decision
