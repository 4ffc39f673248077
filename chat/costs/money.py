"""Exact sums of money in SQL, on both databases."""

from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, F, Func, Q, Sum
from django.db.models.sql.compiler import SQLCompiler

_PLACES = 10


class Units(Func):
    """An amount in ten-billionths of a dollar, the smallest that is stored, as a whole number.

    SQLite keeps decimals as floats, exact to 15 digits: so every amount up to $99,999 is exact
    here, and sums are to $922 million. Adding the floats themselves would drift.
    """

    output_field = BigIntegerField()
    template = "CAST(%(expressions)s * 10000000000 AS BIGINT)"

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "CAST(ROUND(%(expressions)s * 10000000000) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def total(field: str, filter: Q | None = None) -> Sum:
    """The sum of an amount in units; None where there is none to add."""
    return Sum(Units(F(field)), filter=filter, output_field=BigIntegerField())


def usd(units: int | Decimal | None) -> Decimal:
    """PostgreSQL gives sums of whole numbers as decimals."""
    return Decimal(int(units or 0)).scaleb(-_PLACES)


def units(amount_usd: Decimal | None) -> int:
    return int((amount_usd or Decimal(0)).scaleb(_PLACES))
