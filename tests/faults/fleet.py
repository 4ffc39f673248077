"""The product in processes of its own, to be killed: two on PostgreSQL and Redis, or one alone."""

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.databases import ROOT, Migrated, new_database
from tests.faults.line import Line, line_to
from tests.loopback import Loopback, Received
from tests.ports import free_port

DRAIN_S = 3
APART_DRAIN_S = 20
CONVERSATIONS = 240


class Server:
    """Serves, or does what its arguments say."""

    def __init__(self, environment: dict[str, str], output: Path, *arguments: str) -> None:
        self._environment = environment
        self._output = output
        self.added: dict[str, str] = {}
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._arguments = arguments or ("serve", "--port", str(self.port))

    def start(self, **environment: str) -> None:
        """Returns at once; `listens` waits. What is added to the environment is for this time."""
        self.added = environment
        self._began = self._output.stat().st_size if self._output.exists() else 0
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *self._arguments],
                cwd=ROOT,
                env=self._environment | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def command(self, *words: str) -> None:
        """`manage.py` with the server's settings, in a process of its own."""
        subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self._environment, check=True
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
    """`redis` and `database` are lines that can be cut; None where there is no such service.

    By its name the provider tells its requests from those of others.
    """

    def __init__(
        self,
        provider: Loopback,
        database_url: str,
        servers: list[Server],
        readers: dict[str, str],
        *,
        name: str = "",
        redis: Line | None = None,
        database: Line | None = None,
    ) -> None:
        self.provider = provider
        self._name = name
        self.servers = servers
        self.redis, self.database = redis, database
        self._database_url = database_url
        self._cookies = readers
        self._unused = list(readers)

    def conversation(self) -> str:
        """One that was not used yet."""
        return self._unused.pop()

    def cookie(self, conversation: str) -> str:
        """Of its reader."""
        return self._cookies[conversation]

    def server(self, number: int) -> Server:
        """Any number; where there is one server, that."""
        return self.servers[number % len(self.servers)]

    @property
    def requests(self) -> list[Received]:
        """What the provider was asked by this fleet."""
        return [one for one in self.provider.requests if one.path.startswith(f"/{self._name}")]

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
    limits = {"SENDS_A_MINUTE": "1000", "SOCKETS_A_USER": "1000"}
    key = {"SECRET_KEY": secrets.token_urlsafe(50)} | limits
    return kept | {"PYTHONUNBUFFERED": "1", "DRAIN_SECONDS": str(DRAIN_S)} | key | added


def prepared(
    environment: dict[str, str], provider: Loopback, count: int, name: str = ""
) -> dict[str, str]:
    address = f"{provider.base_url}/{name}"
    command = [sys.executable, "-m", "tests.faults.prepare", address, str(count)]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    conversations: dict[str, str] = json.loads(said.stdout)
    return conversations


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
def alone(folder: Path, provider: Loopback, migrated: Migrated) -> Iterator[Fleet]:
    url = f"sqlite:///{folder}/db.sqlite3"
    migrated.put(url)
    environment = environment_with(DATABASE_URL=url)
    readers = prepared(environment, provider, CONVERSATIONS, "alone")
    with started(environment, folder, 1) as servers:
        yield Fleet(provider, url, servers, readers, name="alone")


@contextmanager
def two(
    folder: Path, provider: Loopback, migrated: Migrated, *, conversations: int = CONVERSATIONS
) -> Iterator[Fleet]:
    redis_url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    with (
        new_database("faults") as url,
        line_to(url, 5432) as database,
        line_to(redis_url, 6379) as redis,
    ):
        migrated.put(url)
        environment = environment_with(DATABASE_URL=database.url, REDIS_URL=redis.url)
        readers = prepared(environment, provider, conversations, "two")
        with started(environment, folder, 2) as servers:
            yield Fleet(provider, url, servers, readers, name="two", redis=redis, database=database)


@contextmanager
def apart(
    folder: Path, provider: Loopback, migrated: Migrated
) -> Iterator[tuple[Fleet, list[Server]]]:
    """Two that serve, and two that play."""
    redis_url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    with new_database("apart") as url:
        migrated.put(url)
        environment = environment_with(
            DATABASE_URL=url,
            REDIS_URL=redis_url,
            PLAYERS="apart",
            DRAIN_SECONDS=str(APART_DRAIN_S),
        )
        account = prepared(environment, provider, CONVERSATIONS, "apart")
        players = [Server(environment, folder / f"player-{n}.txt", "play") for n in range(2)]
        with started(environment, folder, 2) as servers:
            for player in players:
                player.start()
            for player in players:
                player.listens()
            yield Fleet(provider, url, servers, account, name="apart"), players
            for player in players:
                if player.process.poll() is None:
                    player.end(signal.SIGINT)
