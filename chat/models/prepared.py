"""Queries that every turn asks, built and compiled once.

That takes Django some ten times as long as either database takes to answer one.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Given(Expression):
    """A value of a prepared query that is given when it is asked: of a list, the one `at`."""

    def __init__(self, name: str, field: "Field[Any, Any]", at: int | None = None) -> None:
        super().__init__(output_field=field)
        self.name, self.at = name, at

    def as_sql(self, *_: Any) -> Any:
        return "%s", [self]

    def value(self, given: Mapping[str, Any], _changed: Mapping[str, Any]) -> Any:
        """As the database is told it."""
        found = given[self.name] if self.at is None else given[self.name][self.at]
        return self.output_field.get_db_prep_value(found, connection)


def each(name: str, count: int, field: "Field[Any, Any]") -> Any:
    """The values of a list, for a lookup by `in`."""
    return [Given(name, field, at) for at in range(count)]


class _Changed(Given):
    """A value that a column is set to."""

    def value(self, _given: Mapping[str, Any], changed: Mapping[str, Any]) -> Any:
        return self.output_field.get_db_prep_save(changed[self.name], connection)


class Prepared(Generic[Row]):
    """What `build` builds: rows as it has them, of a model or of `values_list`; no prefetches.

    A list is given to `each`, of which `build` is told the length under the list's name. It is
    built and compiled once for each of the lengths that were given last.
    """

    def __init__(self, build: "Callable[..., QuerySet[Any, Row]]") -> None:
        self._build = build
        # For long lists it is large, and most lists are short.
        self._select = lru_cache(maxsize=8)(self._compiled_select)
        self._update = lru_cache(self._compiled_update)

    def __call__(self, **given: Any) -> list[Row]:
        lengths = {name: len(value) for name, value in given.items() if isinstance(value, list)}
        if 0 in lengths.values():
            return []
        rows, compiler, sql, values = self._select(connection.vendor, **lengths)
        with connection.cursor() as cursor:
            cursor.execute(sql, _told(values, given))
            asked = _Asked(compiler, cursor.fetchall())
        return list(rows._iterable_class(QuerySet(rows.model, query=asked)))  # type: ignore[arg-type]  # all of a query that is needed

    def update(self, changed: Mapping[str, Any], **given: Any) -> int:
        """Set columns of these rows, foreign keys by `attname`; returns how many rows there are."""
        sql, values = self._update(connection.vendor, tuple(changed))
        with connection.cursor() as cursor:
            cursor.execute(sql, _told(values, given, changed))
            return int(cursor.rowcount)

    def _compiled_select(self, _vendor: str, **lengths: int) -> Any:
        rows = self._build(**lengths)
        compiler = rows.query.get_compiler(connection=connection)
        return rows, compiler, *compiler.as_sql()

    def _compiled_update(self, _vendor: str, names: tuple[str, ...]) -> Any:
        rows = self._build()
        fields = {field.attname: field for field in rows.model._meta.concrete_fields}
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_fields(
            [(fields[name], None, _Changed(name, fields[name])) for name in names]
        )
        return query.get_compiler(connection=connection).as_sql()


prepared = Prepared
"""As a decorator of what builds a query, with a `Given` for each value."""


class _Asked:
    """What makes rows takes this for a query, and for its compiler: its answer is there."""

    def __init__(self, compiler: SQLCompiler, answer: list[Any]) -> None:
        self._compiler, self._answer = compiler, answer

    def get_compiler(self, *_: Any, **__: Any) -> "_Asked":
        return self

    def execute_sql(self, *_: Any, **__: Any) -> Any:
        return [self._answer]

    def results_iter(self, *_: Any, tuple_expected: bool = False, **__: Any) -> Any:
        return self._compiler.results_iter([self._answer], tuple_expected=tuple_expected)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler, name)


def _told(
    values: Any, given: Mapping[str, Any], changed: Mapping[str, Any] | None = None
) -> list[Any]:
    return [
        value.value(given, changed or {}) if isinstance(value, Given) else value for value in values
    ]
