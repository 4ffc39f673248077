"""The calculator and the clock."""

import datetime
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.cascade import ToolCall, ToolError, ToolExecutor
from chat.cascade.tools.ready import CALCULATE, CURRENT_TIME, calculate, current_time
from tests.pace import cpu_seconds


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 * (3 + 4) ** 2", 98),
        ("-7 // 2 + 10 % 4", -2),
        ("sqrt(2) * pi", 4.442882938158366),
        ("round(2 / 3, 2)", 0.67),
        ("round(2.5)", 2),
        ("factorial(20)", 2432902008176640000),
        ("max(1, 2, abs(-3))", 3),
        ("2 ** -1", 0.5),
    ],
)
def test_the_calculator_calculates(expression: str, value: float) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("9**9**9", "too large"),
        ("4000000**4000000", "too large"),
        ("10.0**400", "too large"),
        ("factorial(500)" + "*factorial(500)" * 9, "too large"),
        ("factorial(10**9)", "up to 500"),
        ("round(1, -10**9)", "up to 100 digits"),
        ("1e400", "no finite number"),
        ("1e308 * 10", "no finite number"),
        ("(-8) ** 0.5", "real numbers"),
        ("log(0)", "no real result"),
        ("1 / 0", "divides by zero"),
        ("'a' * 10**9", "real numbers"),
        ("sqrt", "real numbers"),
        ("f'{1:9999999999}'", "understood are"),
        ("2 ^ 3", "understood are"),
        ("[1] * 10", "understood are"),
        ("(1).__class__", "understood are"),
        ("__import__('os')", "understood are"),
        ("(lambda: 1)()", "understood are"),
        ("max(*[1, 2])", "understood are"),
        ("a = 1", "understood are"),
        ("1; 2", "understood are"),
        ("", "understood are"),
        ("(" * 250, "understood are"),
        ("1+" * 200 + "1", "at most 300"),
    ],
)
def test_the_calculator_refuses_at_once_what_is_not_arithmetic(
    expression: str, reason: str
) -> None:
    def ask() -> None:
        with pytest.raises(ToolError, match=reason):
            calculate(expression)

    assert cpu_seconds(ask) < 0.2


@settings(max_examples=200, deadline=500)
@given(
    st.text(alphabet="0123456789.()+-*/%, e", max_size=300)
    | st.lists(
        st.sampled_from(["9", "2", "**", "*", "-", "(", ")", "factorial(", "e", "1e9", "//", "."])
    ).map("".join)
)
@pytest.mark.filterwarnings("ignore:invalid decimal literal")
def test_the_calculator_always_ends(expression: str) -> None:
    with suppress(ToolError):
        assert type(calculate(expression)) in (int, float)


def test_the_time_is_told_in_a_zone() -> None:
    told = current_time("Asia/Kathmandu")
    at = datetime.datetime.fromisoformat(told["time"])
    assert at.utcoffset() == datetime.timedelta(hours=5, minutes=45)
    assert abs(at - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(seconds=5)
    assert told["weekday"] == at.strftime("%A")


@pytest.mark.parametrize("zone", ["Paris", "", "../../etc/passwd", "Europe", "\0"])
def test_an_unknown_zone_is_an_error_that_helps(zone: str) -> None:
    with pytest.raises(ToolError, match="one is Europe/Paris"):
        current_time(zone)


async def test_both_run_in_an_executor() -> None:
    executor = ToolExecutor([CALCULATE, CURRENT_TIME])
    assert (
        await executor.execute(ToolCall("call_1", "calculate", {"expression": "6*7"}))
    ).result == 42
    assert (await executor.execute(ToolCall("call_2", "current_time", {}))).result["zone"] == "UTC"
