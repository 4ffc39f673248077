"""The database that `DATABASE_URL` names, and how long anybody waits for it while it is away."""

import contextlib
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cascadeweb.environment import env

AWAY_S = 5
"""Whoever asks PostgreSQL waits so long for a connection, and that for a sign of its other end."""


def database(folder: Path) -> dict[str, Any]:
    """SQLite in `folder` by default. Its connections are kept for a minute by the few threads that
    query: opening one takes several times as long as what is asked of it. Those of PostgreSQL come
    from a pool, and go back to it at once."""
    url = env("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
    try:
        config: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=0)}
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error
    if config["ENGINE"].endswith("sqlite3"):
        if config["NAME"] == ":memory:":
            raise ImproperlyConfigured(
                "DATABASE_URL must name a file: in memory each thread would have a database of its "
                "own"
            )
        folder.mkdir(exist_ok=True)
        config["CONN_MAX_AGE"] = 60
        options = SQLITE
    elif config["ENGINE"].endswith("postgresql"):
        if not (config["NAME"] or "service" in config.get("OPTIONS", {})):
            raise ImproperlyConfigured("DATABASE_URL must end in the name of a database")
        _check(config.get("OPTIONS", {}))
        options = POSTGRESQL
        config["CONN_HEALTH_CHECKS"] = True  # a pool keeps what a restart of the database has cut
    else:
        raise ImproperlyConfigured("DATABASE_URL must begin with one of: sqlite, postgres")
    return {**config, "OPTIONS": {**options, **config.get("OPTIONS", {})}}


def _check(options: dict[str, Any]) -> None:
    """A name that is none of PostgreSQL's: a pool would try to connect with it till it gives up."""
    import psycopg  # only where PostgreSQL is used
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo(**{name: options[name] for name in options.keys() - _NOT_LIBPQS})
    except psycopg.ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {str(error).strip()}") from error


# Django's own, and one of psycopg's, which some poolers want to be 0.
_NOT_LIBPQS = {
    *("pool", "isolation_level", "assume_role", "server_side_binding"),
    "prepare_threshold",
}


def try_again(pool: Any) -> None:
    """A pool that gave up tries to connect when it is asked the next time, and while all who may
    ask wait for it nobody does: so it is asked here, and given nothing to wait for."""
    from psycopg_pool import PoolClosed, PoolTimeout  # only where PostgreSQL is used

    with contextlib.suppress(PoolClosed, PoolTimeout), pool.connection(timeout=0.001):
        pass


SQLITE: dict[str, Any] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    # Half a megabyte of cache each; the system keeps the file's pages as well.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512",
}

POSTGRESQL: dict[str, Any] = {
    # The pool doubles the pause between two tries to connect, and gives up after the reconnect
    # timeout: by its default of 5 minutes a database that was away for one was left alone for one
    # more. With these it is tried at least every two seconds.
    "pool": {
        "min_size": 2,
        "max_size": 8,
        "timeout": AWAY_S,
        "reconnect_timeout": AWAY_S,
        "reconnect_failed": try_again,
    },
    # Where packets are lost nothing fails by itself, in minutes or hours.
    "connect_timeout": 3,
    "tcp_user_timeout": AWAY_S * 1000,
    "keepalives_idle": AWAY_S,
    "keepalives_interval": AWAY_S,
}
