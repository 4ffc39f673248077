"""One process at a time: a database is prepared by one, however many start at once."""

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

KEY = 0x43617363
"""Of the advisory lock in PostgreSQL: any number nobody else uses."""


@contextmanager
def start_lock() -> Iterator[None]:
    """Waits for whoever holds it. A process that dies lets go of it."""
    if connection.vendor == "sqlite":
        with _locked_file(Path(f"{connection.settings_dict['NAME']}.lock")):
            yield
    else:
        with _advisory_lock():
            yield


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory_lock() -> Iterator[None]:
    """On a connection of its own: it belongs to the connection, and others may be given back."""
    with closing(connection.copy()) as own, own.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [KEY])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])
