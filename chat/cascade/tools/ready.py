"""Two tools that need nothing but arithmetic and a clock."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from simpleeval import InvalidExpression, SimpleEval

from chat.cascade.errors import ToolError
from chat.cascade.tools.config import ToolConfig

LONGEST_EXPRESSION = 300
# About 1,200 decimal digits. One operation on such numbers takes microseconds; simpleeval's own
# bound, 4,000,000 ** 4,000,000, takes minutes in which no other thread of the process runs.
MOST_BITS = 4096
LARGEST_FACTORIAL = 500
MOST_DIGITS = 100
TOO_LARGE = "The numbers get too large."


def _bounded(operation: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(*values: Any) -> Any:
        return _number(operation(*values))

    return bounded


def _number(value: Any) -> Any:
    """A real, finite number of bounded size; ToolError otherwise."""
    if type(value) not in (int, float):
        raise ToolError("Only real numbers can be calculated with.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolError("The result is no finite number.")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ToolError(TOO_LARGE)
    return value


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int):
        _number(base)
        if abs(exponent) * base.bit_length() > MOST_BITS:
            raise ToolError(TOO_LARGE)
    return base**exponent


def _factorial(number: Any) -> int:
    if number > LARGEST_FACTORIAL:
        raise ToolError(f"factorial goes up to {LARGEST_FACTORIAL}.")
    return math.factorial(number)


def _round(number: Any, digits: int = 0) -> Any:
    if abs(digits) > MOST_DIGITS:
        raise ToolError(f"round goes up to {MOST_DIGITS} digits.")
    return round(number, digits) if digits else round(number)


OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log2", "log10")},
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{name: getattr(math, name) for name in ("floor", "ceil", "degrees", "radians", "hypot")},
    "abs": abs,
    "min": min,
    "max": max,
    "round": _round,
    "factorial": _factorial,
}
NAMES = {"pi": math.pi, "e": math.e}
UNDERSTOOD = f"numbers, + - * / // % ** ( ), {', '.join(NAMES)} and {', '.join(FUNCTIONS)}"


def calculate(
    expression: Annotated[str, "Like 2 * (3 + 4) ** 2 or sqrt(2) * pi; ** is the power"],
) -> int | float:
    """Calculate an arithmetic expression, with roots, logarithms and angles in radians."""
    if len(expression) > LONGEST_EXPRESSION:
        raise ToolError(f"An expression has at most {LONGEST_EXPRESSION} characters.")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        result = _evaluator().eval(expression, previously_parsed=tree.body)
    except ZeroDivisionError as exc:
        raise ToolError("It divides by zero.") from exc
    except OverflowError as exc:
        raise ToolError(TOO_LARGE) from exc
    except ValueError as exc:
        raise ToolError("It has no real result.") from exc
    except (InvalidExpression, SyntaxError, TypeError, RecursionError) as exc:
        raise ToolError(f"It cannot be read; understood are {UNDERSTOOD}.") from exc
    number: int | float = _number(result)
    return number


def _evaluator() -> Any:
    """Of all that simpleeval can evaluate, arithmetic only: no text, attributes or comparisons."""
    evaluator = SimpleEval(
        operators={kind: _bounded(operation) for kind, operation in OPERATORS.items()},
        functions={name: _bounded(function) for name, function in FUNCTIONS.items()},
        names=NAMES,
    )
    kept = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in kept}
    evaluator.nodes[ast.Constant] = lambda node: _number(node.value)
    return evaluator


def current_time(
    zone: Annotated[str, "An IANA time zone, like Europe/Paris"] = "UTC",
) -> dict[str, str]:
    """Tell what time, date and day it is now in a city or time zone."""
    try:
        now = datetime.now(ZoneInfo(zone))
    except (KeyError, ValueError, OSError) as exc:
        raise ToolError(f"There is no time zone {zone[:64]!r}; one is Europe/Paris.") from exc
    return {"zone": zone, "time": now.isoformat(timespec="seconds"), "weekday": f"{now:%A}"}


CALCULATE = ToolConfig.from_function(calculate)
CURRENT_TIME = ToolConfig.from_function(current_time)
