"""Databases for servers of their own: new ones on PostgreSQL, and any as `migrate` leaves it."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def new_database(kind: str) -> Iterator[str]:
    default = "postgres://cascade:cascade@127.0.0.1:5432/postgres"
    url = os.environ.get("TEST_DATABASE_URL", default)
    name = f"{kind}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        # No commit waits for the disk: whatever is killed here, PostgreSQL itself is not.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
        try:
            yield re.sub(r"/[^/]*$", f"/{name}", url)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


class Migrated:
    """What `migrate` makes of an empty database: made once, and copied, which takes a hundredth of
    the time. What a start does with an empty one is for tests that say so.

    `folder` is that of all processes of a run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, folder: Path) -> Path:
        """An SQLite database, there."""
        database = folder / "db.sqlite3"
        self.put(f"sqlite:///{database}")
        return database

    def put(self, url: str) -> None:
        """Into a database that is empty, or a file that is not there yet."""
        if url.startswith("sqlite:///"):
            shutil.copy(self._made("migrated.sqlite3", _sqlite), url.removeprefix("sqlite:///"))
            return
        made = self._made("migrated.sql", _postgresql)
        to = ["--output", os.devnull, "--file", str(made), url]
        quietly = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
        subprocess.run(["psql", *quietly, *to], check=True)

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        """Others wait for whoever is the first to need it."""
        made = self._folder / name
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                half = self._folder / f"half-{name}"
                make(half)
                half.rename(made)
        return made


def _sqlite(to: Path) -> None:
    _migrate(f"sqlite:///{to}")
    assert not to.with_name(f"{to.name}-wal").exists(), "not all of it is in the file"


def _postgresql(to: Path) -> None:
    with new_database("migrated") as url:
        _migrate(url)
        subprocess.run(["pg_dump", "--no-owner", "--file", str(to), url], check=True)


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True)
