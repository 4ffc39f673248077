"""Queries that every turn asks, built and compiled once.

That takes Django some ten times as long as either database takes to answer one.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet


class Given(Expression):
    """A value of a prepared query that is given when it is asked."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, *_: Any) -> Any:
        return "%s", [self]


def prepared(build: Callable[[], QuerySet[Any, Any]]) -> Callable[..., list[Any]]:
    """Asks for the rows of what `build` builds, a `values_list` with a `Given` for each value."""

    @cache
    def compiled(_vendor: str) -> Any:
        compiler = build().query.get_compiler(connection=connection)
        return compiler, *compiler.as_sql()

    def ask(**given: Any) -> list[Any]:
        compiler, sql, values = compiled(connection.vendor)
        with connection.cursor() as cursor:
            cursor.execute(sql, [_value(value, given) for value in values])
            rows = cursor.fetchall()
        return list(compiler.results_iter([rows], tuple_expected=True))

    return ask


def _value(value: Any, given: dict[str, Any]) -> Any:
    if not isinstance(value, Given):
        return value
    return value.output_field.get_db_prep_value(given[value.name], connection)
