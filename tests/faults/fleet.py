"""The product in processes of its own, to be killed: two on PostgreSQL and Redis, or one alone."""

import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.line import Line, line_to
from tests.loopback import Loopback

ROOT = Path(__file__).resolve().parent.parent.parent
DRAIN_S = 3
CONVERSATIONS = 120


class Server:
    def __init__(self, environment: dict[str, str], output: Path) -> None:
        self._environment = environment
        self._output = output
        self.added: dict[str, str] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self, **environment: str) -> None:
        """Returns at once; `listens` waits. What is added to the environment is for this time."""
        self.added = environment
        self._began = self._output.stat().st_size if self._output.exists() else 0
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self._port)],
                cwd=ROOT,
                env=self._environment | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def listens(self) -> None:
        while "Ctrl+C" not in self.said[self._began :]:
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def end(self, with_signal: int = signal.SIGTERM) -> int:
        """Returns the exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=40)

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def rss_mib(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Fleet:
    """`redis` and `database` are lines that can be cut; None where there is no such service."""

    def __init__(
        self,
        provider: Loopback,
        database_url: str,
        servers: list[Server],
        account: dict[str, Any],
        *,
        redis: Line | None = None,
        database: Line | None = None,
    ) -> None:
        self.provider = provider
        self.servers = servers
        self.redis, self.database = redis, database
        self.cookie: str = account["cookie"]
        self._database_url = database_url
        self._conversations: list[str] = account["conversations"]

    def conversation(self) -> str:
        """One that was not used yet."""
        return self._conversations.pop()

    def server(self, number: int) -> Server:
        """Any number; where there is one server, that."""
        return self.servers[number % len(self.servers)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if self._database_url.startswith("sqlite:///"):
            with sqlite3.connect(self._database_url.removeprefix("sqlite:///"), timeout=20) as one:
                return one.execute(query, values).fetchall()
        with psycopg.connect(self._database_url) as other:
            return other.execute(query.replace("?", "%s"), values).fetchall()


def environment_with(**added: str) -> dict[str, str]:
    unwanted = {"REDIS_URL", "DATABASE_URL", "DEBUG", "HTTPS", "ALLOWED_HOSTS"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted and not name.endswith("_API_KEY")
    }
    key = {"SECRET_KEY": secrets.token_urlsafe(50)}
    return kept | {"PYTHONUNBUFFERED": "1", "DRAIN_SECONDS": str(DRAIN_S)} | key | added


def _prepared(environment: dict[str, str], provider: Loopback, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.faults.prepare", provider.base_url, str(count)]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    account: dict[str, Any] = json.loads(said.stdout)
    return account


@contextmanager
def started(environment: dict[str, str], folder: Path, count: int) -> Iterator[list[Server]]:
    servers = [Server(environment, folder / f"server-{number}.txt") for number in range(count)]
    for server in servers:
        server.start()
    for server in servers:
        server.listens()
    yield servers
    for server in servers:
        if server.process.poll() is None:
            server.end(signal.SIGINT)


@contextmanager
def alone(folder: Path, provider: Loopback) -> Iterator[Fleet]:
    url = f"sqlite:///{folder}/db.sqlite3"
    environment = environment_with(DATABASE_URL=url)
    account = _prepared(environment, provider, CONVERSATIONS)
    with started(environment, folder, 1) as servers:
        yield Fleet(provider, url, servers, account)


@contextmanager
def two(folder: Path, provider: Loopback, *, conversations: int = CONVERSATIONS) -> Iterator[Fleet]:
    redis_url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    with (
        new_database("faults") as url,
        line_to(url, 5432) as database,
        line_to(redis_url, 6379) as redis,
    ):
        environment = environment_with(DATABASE_URL=database.url, REDIS_URL=redis.url)
        account = _prepared(environment, provider, conversations)
        with started(environment, folder, 2) as servers:
            yield Fleet(provider, url, servers, account, redis=redis, database=database)


@contextmanager
def new_database(kind: str) -> Iterator[str]:
    default = "postgres://cascade:cascade@127.0.0.1:5432/postgres"
    url = os.environ.get("TEST_DATABASE_URL", default)
    name = f"{kind}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield re.sub(r"/[^/]*$", f"/{name}", url)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
