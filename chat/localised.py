"""Figures as they are written in the language of whoever reads them."""

from decimal import Decimal
from functools import cache

from django.utils.formats import get_format
from django.utils.translation import get_language, pgettext


def localised(figure: str) -> str:
    """`1,234.5` with the marks of the language that is active."""
    return figure.translate(_marks(get_language()))


@cache
def _marks(language: str | None) -> dict[int, str]:
    thousand, point = (
        get_format(name, language) for name in ("THOUSAND_SEPARATOR", "DECIMAL_SEPARATOR")
    )
    return str.maketrans({",": thousand, ".": point})


def number(value: int) -> str:
    return localised(f"{value:,}")


def percent(share: float) -> str:
    """`78 %`, of 0.78."""
    return localised(f"{share:.0%}").replace("%", "\u00a0%")


def dollars(figure: str) -> str:
    """With the sign where it belongs; `figure` as `localised` takes it."""
    # Translators: an amount of money.
    return pgettext("amount", "${figure}").format(figure=localised(figure))


def price(value: Decimal) -> str:
    """Every digit of it, as it was typed."""
    return dollars(f"{value.normalize():,f}")
