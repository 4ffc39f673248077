"""Numbers and signs, as written from left to right, to their exact value."""

from collections.abc import Sequence
from fractions import Fraction

Item = Fraction | str
"""A number, one of the signs + - * / ^, `n` for a minus before a number, or a bracket."""

PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "n": 3, "^": 4}
_MOST_BITS = 400
_HIGHEST_POWER = 64


def evaluate(items: Sequence[Item]) -> Fraction | None:
    """None where it is not arithmetic, or grows beyond what anybody would write down.

    A bracket that is not closed closes at the end.
    """
    values: list[Fraction] = []
    signs: list[str] = []
    try:
        for item in items:
            if isinstance(item, str):
                _take(item, signs, values)
            else:
                values.append(item)
        while signs:
            _apply(signs.pop(), values)
    except (ArithmeticError, IndexError):
        return None
    return values[0] if len(values) == 1 else None


def _take(sign: str, signs: list[str], values: list[Fraction]) -> None:
    if sign in "(n":
        signs.append(sign)
        return
    least = 0 if sign == ")" else PRECEDENCE[sign]
    while signs and signs[-1] != "(" and PRECEDENCE[signs[-1]] >= least:
        _apply(signs.pop(), values)
    if sign != ")":
        signs.append(sign)
    elif signs:
        signs.pop()


def _apply(sign: str, values: list[Fraction]) -> None:
    """Raises ArithmeticError, or IndexError where an operand is missing."""
    if sign == "(":
        return
    right = values.pop()
    left = Fraction(0) if sign == "n" else values.pop()
    match sign:
        case "+":
            result = left + right
        case "-" | "n":
            result = left - right
        case "*":
            result = left * right
        case "/":
            result = left / right
        case _:
            result = _power(left, right)
    if max(abs(result.numerator), result.denominator).bit_length() > _MOST_BITS:
        raise OverflowError
    values.append(result)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > _HIGHEST_POWER:
        raise OverflowError
    return Fraction(base ** int(exponent))
