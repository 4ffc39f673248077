"""What a turn has cost so far, while an attempt is written: counted by us, since providers say at
the end, and told now and then."""

from dataclasses import dataclass, field
from decimal import Decimal

from chat.agents import Cast
from chat.cascade.pricing import Prices, Usage
from chat.cascade.tokens import estimate_tokens
from chat.turns.state import TurnState

EVERY_MS = 500

_COUNTED = 5_000
"""Characters of a text that are counted; of more, as many tokens are taken to be in each."""


@dataclass(slots=True)
class Spending:
    """Between two figures a piece of text costs no more than its place in a list."""

    cast: Cast
    asked_tokens: int
    _number: int = 0  # of the attempt that is counted
    _prices: Prices | None = None
    _told_ms: int = 0
    _given: int = 0
    _tokens: int = 0
    _pieces: list[str] = field(default_factory=list)

    def add(self, turn: TurnState, piece: str, at_ms: int) -> Decimal | None:
        """The figure, where it is time for one and the price is known."""
        if turn.attempts[-1].number != self._number:
            self._begin(turn, at_ms)
        if self._prices is None or turn.total_usd is None:
            return None
        self._pieces.append(piece)
        if at_ms < self._told_ms + EVERY_MS:
            return None
        self._count(at_ms)
        return turn.total_usd + self._prices.cost(Usage(self._given, self._tokens))

    def _begin(self, turn: TurnState, at_ms: int) -> None:
        attempt = turn.attempts[-1]
        prices = Prices.read(self.cast.prices[self.cast.step_of(turn, attempt)])
        self._prices = None if prices is None or prices.are_free else prices
        self._number, self._told_ms, self._tokens = attempt.number, at_ms, 0
        self._given = self.asked_tokens + _tokens_in(turn.read_of_tools(attempt))
        self._pieces.clear()

    def _count(self, at_ms: int) -> None:
        self._tokens += _tokens_in("".join(self._pieces))
        self._pieces.clear()
        self._told_ms = at_ms


def _tokens_in(text: str) -> int:
    counted = text[:_COUNTED]
    return estimate_tokens(counted) * len(text) // max(1, len(counted))
