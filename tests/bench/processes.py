"""The processes of a measurement: started here, on 127.0.0.1, and ended here."""

import asyncio
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERS_WITHIN_S = 90.0
ENDS_WITHIN_S = 10.0


class Process:
    """One that is spoken to in lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin and process.stdout
        self.pid = process.pid
        self._stdin, self._stdout = process.stdin, process.stdout

    async def read(self) -> str:
        """Its next line; of one that ended instead, RuntimeError."""
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            line = await self._stdout.readline()
        if not line:
            raise RuntimeError(f"process {self.pid} of the measurement ended; see above why")
        return line.decode().strip()

    async def read_until(self, word: str) -> str:
        while word not in (line := await self.read()):
            pass
        return line

    async def prepare(self, streams: int) -> None:
        self._stdin.write(f"{streams}\n".encode())
        await self.read_until("ready")

    async def play(self) -> list[dict[str, Any]]:
        self._stdin.write(b"go\n")
        found: list[dict[str, Any]] = json.loads(await self.read())
        return found

    @property
    def cpu_s(self) -> float:
        """User and system time of all its threads so far, to the nanosecond.

        Linux gives every process a clock; its number is made as `clock_getcpuclockid` makes it.
        """
        return time.clock_gettime(~self.pid << 3 | 2)


@asynccontextmanager
async def started(*arguments: str, **environment: str) -> AsyncIterator[Process]:
    """A Python process in the project's root. Ends with its input, or is made to."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env=_environment(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def _environment(added: dict[str, str]) -> dict[str, str]:
    """This one without what would change what is measured, or lead to a real provider."""
    unwanted = {"REDIS_URL", "DATABASE_URL", "DEBUG", "HTTPS", "ALLOWED_HOSTS"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted and not name.endswith("_API_KEY")
    }
    return kept | {"PYTHONUNBUFFERED": "1", "LOG_LEVEL": "WARNING", **added}


@asynccontextmanager
async def provider(pace_s: float) -> AsyncIterator[str]:
    """Its base URL."""
    async with started("-m", "tests.bench.provider", "--pace", str(pace_s)) as process:
        yield await process.read()


@asynccontextmanager
async def product(base_url: str, folder: Path) -> AsyncIterator[tuple[Process, Process]]:
    """The server and its viewers, on a database of their own."""
    database = {
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(50),
    }
    address = f"http://127.0.0.1:{(port := free_port())}"
    serve = started("manage.py", "serve", "--port", str(port), **database)
    view = started("-m", "tests.bench.viewers", address, base_url, **database)
    async with serve as server:
        await server.read_until("Ctrl+C")
        async with view as viewers:
            yield server, viewers


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
