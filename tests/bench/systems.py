"""What is measured, in processes of its own: the bare read, the engine, the product."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.answer import Wanted
from tests.bench.processes import Process, python
from tests.bench.rig import Rig
from tests.ports import free_port

FLOOR, ENGINE, DAPHNE, UVICORN = "floor", "engine", "Daphne", "uvicorn"

SERVERS = {
    DAPHNE: ("manage.py", "serve", "--port"),
    UVICORN: (
        *("-m", "uvicorn", "cascadeweb.asgi:application", "--loop", "uvloop"),
        *("--ws-max-size", "8388608", "--timeout-graceful-shutdown", "2"),
        *("--log-level", "warning", "--port"),
    ),
}
"""As `docs/operations.md` has them."""


def lacking(server: str) -> list[str]:
    """The packages it needs that are not installed."""
    needed = ["uvicorn", "uvloop", "websockets"] if server == UVICORN else []
    return [name for name in needed if importlib.util.find_spec(name) is None]


@dataclass(frozen=True, slots=True)
class System:
    """`player` has streams played and looks at them; what `measured` use is what counts."""

    measured: list[Process]
    player: Process

    @property
    def cpu_s(self) -> float:
        return sum(process.cpu_s for process in self.measured)

    @property
    def waited_s(self) -> float:
        return sum(process.waited_s for process in self.measured)

    @property
    def rss_kib(self) -> float:
        return sum(process.rss_kib for process in self.measured)

    async def play(self, streams: int, wanted: Wanted) -> dict[str, Any]:
        """As `tests.bench.work.told` has it; connections are made before."""
        await self.player.ask("open", streams)
        found: dict[str, Any] = await self.player.ask("play", streams, wanted.tokens, wanted.rate)
        return found


@asynccontextmanager
async def reader(rig: Rig, kind: str) -> AsyncIterator[System]:
    async with python("-m", "tests.bench.readers", kind, rig.url) as process:
        yield System([process], process)


@asynccontextmanager
async def product(
    rig: Rig, settings: dict[str, str], *, server: str = DAPHNE, count: int = 1
) -> AsyncIterator[System]:
    """So many processes on one database, each with its share of readers."""
    ports = [free_port() for _ in range(count)]
    async with AsyncExitStack() as stack:
        commands = [python(*SERVERS[server], str(port), **settings) for port in ports]
        servers = [await stack.enter_async_context(command) for command in commands]
        yield System(servers, await stack.enter_async_context(viewers(rig, settings, *ports)))


@asynccontextmanager
async def viewers(rig: Rig, settings: dict[str, str], *ports: int) -> AsyncIterator[Process]:
    """Readers of the servers at these ports, which may listen yet or not."""
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    async with python("-m", "tests.bench.viewers", rig.url, *addresses, **settings) as process:
        yield process
