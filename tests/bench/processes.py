"""The processes of a measurement: started here, on 127.0.0.1, and ended here."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERS_WITHIN_S = 600.0
ENDS_WITHIN_S = 10.0


class Process:
    """One that is spoken to in lines, and looked at from outside."""

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

    async def ask(self, method: str, *arguments: object) -> Any:
        """Of one that obeys (`tests.bench.work`): what the method returned."""
        self._stdin.write(json.dumps([method, *arguments]).encode() + b"\n")
        return json.loads(await self.read())

    @property
    def cpu_s(self) -> float:
        """User and system time of all its threads so far, to the nanosecond.

        Linux gives every process a clock; its number is made as `clock_getcpuclockid` makes it.
        """
        return time.clock_gettime(~self.pid << 3 | 2)

    @property
    def waited_s(self) -> float:
        """How long its threads could have run so far, had there been a core for them."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[1]) for thread in threads) / 1e9

    @property
    def rss_kib(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024


@asynccontextmanager
async def started(*command: str | Path, **environment: str) -> AsyncIterator[Process]:
    """In the project's root. Ends with its input, or is made to."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=_environment(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
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


def python(*arguments: str | Path, **environment: str) -> Any:
    return started(sys.executable, *arguments, **environment)


async def run(*arguments: str | Path, **environment: str) -> None:
    """Python, to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=_environment(environment)
    )
    if await process.wait():
        raise RuntimeError(f"{arguments} failed; see above why")


def _environment(added: dict[str, str]) -> dict[str, str]:
    """This one without what would change what is measured, or lead to a real provider."""
    unwanted = {"REDIS_URL", "DATABASE_URL", "DEBUG", "HTTPS", "ALLOWED_HOSTS"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted and not name.endswith("_API_KEY")
    }
    here = {"PYTHONUNBUFFERED": "1", "LOG_LEVEL": "ERROR", "LOCAL_MODEL_ADDRESSES": "127.0.0.1:*"}
    limits = {"SENDS_A_MINUTE": "1000", "SOCKETS_A_USER": "1000", "DRAIN_SECONDS": "1"}
    return kept | here | limits | added


@asynccontextmanager
async def provider() -> AsyncIterator[tuple[Process, str]]:
    """And its base URL."""
    async with python("-m", "tests.bench.provider") as process:
        yield process, await process.read()


async def listens(port: int) -> None:
    async with asyncio.timeout(ANSWERS_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                return writer.close()
            except OSError:
                await asyncio.sleep(0.01)
