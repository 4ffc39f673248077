"""How long to let things gather that go on all the time: briefly where there are few, up to twice
as long where there are many, so that a busy process gives up smoothness before it falls behind.
"""

MANY = 20


class Pace:
    """Whatever keeps it is counted: `with pace: ... await asyncio.sleep(pace.s)`."""

    def __init__(self, shortest_s: float) -> None:
        self.shortest_s = shortest_s
        self.longest_s = 2 * shortest_s
        self._count = 0

    def __enter__(self) -> None:
        self._count += 1

    def __exit__(self, *_: object) -> None:
        self._count -= 1

    @property
    def s(self) -> float:
        """Seconds: the shortest for one, the longest for `MANY` and more."""
        share = (min(self._count, MANY) - 1) / (MANY - 1)
        return self.shortest_s + share * (self.longest_s - self.shortest_s)
