"""The columns that several tables share."""

from decimal import Decimal
from typing import Any

from django.db import models


class UsdField(models.DecimalField):  # type: ignore[type-arg]  # generic only in the stubs
    """An amount in USD, exact to 10 digits after the point: a token may cost $0.00000005."""

    def __init__(self, **options: object) -> None:
        super().__init__(**({"max_digits": 20, "decimal_places": 10} | options))  # type: ignore[arg-type]  # the stubs know no dict of options

    def value_from_object(self, obj: models.Model) -> Any:
        """As a form shows it: without the zeros that the column adds."""
        amount = super().value_from_object(obj)
        return Decimal(f"{amount.normalize():f}") if isinstance(amount, Decimal) else amount
