"""How long to let things gather that go on all the time: briefly where there are few, twice as long
where there are some, and longer still where there are very many, so that a busy process gives up
smoothness before it falls behind.
"""

SOME = 20

MOST_A_SECOND = 1500
"""Of all that keep a pace together; a core of the machine it was measured on does some more."""


class Pace:
    """Whatever keeps it is counted: `with pace: ... await asyncio.sleep(pace.s)`."""

    def __init__(self, shortest_s: float) -> None:
        self.shortest_s = shortest_s
        self._count = 0

    def __enter__(self) -> None:
        self._count += 1

    def __exit__(self, *_: object) -> None:
        self._count -= 1

    @property
    def s(self) -> float:
        return self.among(self._count)

    def among(self, count: int) -> float:
        """Seconds: the shortest for one, twice as long for `SOME`, four times at the most."""
        share = (min(count, SOME) - 1) / (SOME - 1)
        eased_s = (1 + share) * self.shortest_s
        return min(max(eased_s, count / MOST_A_SECOND), 4 * self.shortest_s)
