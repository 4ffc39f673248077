"""What is told of a turn's cost while an attempt is written."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from chat.agents import Cast
from chat.turns.attempts import AttemptState
from chat.turns.calls import ToolCallState
from chat.turns.spending import Spending
from chat.turns.state import TurnState

PRICES = {"input": "1", "output": "10"}


def spending(prices: dict[str, str]) -> Spending:
    agent: Any = None
    steps: Any = [SimpleNamespace(name="small"), SimpleNamespace(name="large")]
    return Spending(Cast(agent, steps, [prices, prices]), asked_tokens=1_000)


def turn(*, total_usd: Decimal | None = Decimal(0)) -> TurnState:
    attempt = AttemptState(1, "draft", "small", "scripted")
    return TurnState(
        "1", "Why?", models=["small", "large"], attempts=[attempt], total_usd=total_usd
    )


def told(prices: dict[str, str], state: TurnState, *, until_ms: int = 3_000) -> list[Decimal]:
    """A word every 10 ms."""
    counts = spending(prices)
    figures = [counts.add(state, "word ", at_ms) for at_ms in range(0, until_ms, 10)]
    return [usd for usd in figures if usd is not None]


def test_it_grows_and_is_told_twice_a_second_at_most() -> None:
    figures = told(PRICES, turn())
    assert len(figures) == 5
    assert figures == sorted(set(figures))
    assert figures[0] > Decimal("0.001"), "the question costs as well"
    assert figures[-1] == pytest.approx(Decimal("0.0035"), rel=Decimal("0.1"))


def test_what_earlier_attempts_cost_is_part_of_it_and_their_words_are_not() -> None:
    counts, state = spending(PRICES), turn(total_usd=Decimal(7))
    for at_ms in range(0, 1_300, 10):
        counts.add(state, "word ", at_ms)
    state.attempts.append(AttemptState(2, "verifier", "large", "scripted"))
    assert counts.add(state, "word ", 2_000) is None
    assert counts.add(state, "word ", 2_500) == pytest.approx(Decimal("7.00102"))


def test_what_tools_gave_is_read_and_paid_for_by_the_next_step() -> None:
    counts, state = spending(PRICES), turn()
    given = ToolCallState(1, "c", "sum", "{}", "done", "word " * 100_000)
    state.attempts[0].tool_calls.append(given)
    state.attempts.append(AttemptState(2, "draft", "small", "scripted"))
    counts.add(state, "word ", 0)
    figure = counts.add(state, "word ", 500)
    assert figure == pytest.approx(Decimal("0.101"), rel=Decimal("0.01"))


def test_an_answer_that_comes_at_once_is_counted_in_no_time() -> None:
    counts, state = spending(PRICES), turn()
    counts.add(state, "word " * 1_000_000, 0)
    figure = counts.add(state, "word ", 500)
    assert figure == pytest.approx(Decimal(10), rel=Decimal("0.1"))


@pytest.mark.parametrize(
    ("prices", "total_usd"),
    [({}, Decimal(0)), ({"input": "0", "output": "0"}, Decimal(0)), (PRICES, None)],
    ids=["unknown", "free", "unknown before"],
)
def test_where_nothing_can_be_said_nothing_is(
    prices: dict[str, str], total_usd: Decimal | None
) -> None:
    assert told(prices, turn(total_usd=total_usd)) == []
