"""One process at a time: a database is prepared by one, however many start at once."""

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import CommandError
from django.db import OperationalError, connection

KEY = 0x43617363
"""Of the advisory lock in PostgreSQL: any number nobody else uses."""


@contextmanager
def start_lock() -> Iterator[None]:
    """Waits for whoever holds it. A process that dies lets go of it. Raises `CommandError` where
    there is no database to prepare."""
    if connection.vendor == "sqlite":
        with _locked_file(Path(f"{connection.settings_dict['NAME']}.lock")):
            yield
    else:
        with _advisory_lock():
            yield


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    try:
        file = path.open("w")
    except OSError as error:
        raise no_database(error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory_lock() -> Iterator[None]:
    """On a connection of its own: it belongs to the connection, and others may be given back."""
    with closing(connection.copy()) as own:
        try:
            own.ensure_connection()
        except OperationalError as error:
            raise no_database(error) from error
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [KEY])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])


def no_database(error: Exception) -> CommandError:
    return CommandError(f"There is no database where DATABASE_URL points: {error}")
