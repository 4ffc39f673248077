"""What all measurements share: how much is measured, one provider, and a folder for databases."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.processes import Process, python, run


@dataclass(frozen=True, slots=True)
class Scale:
    """Every loop is bounded by one of these."""

    streams: tuple[int, ...] = (1, 20, 100, 200)
    repetitions: int = 3
    most_streams: int = 600
    """Where the search for what is carried ends."""
    sockets: int = 1_000
    lengths: tuple[int, ...] = (100, 1_000, 10_000, 50_000)
    """Tokens of an answer."""
    stored: tuple[int, ...] = (10, 1_000, 100_000)
    """Turns, and conversations of one reader."""


FULL = Scale()
QUICK = Scale(
    streams=(1, 20),
    repetitions=1,
    most_streams=60,
    sockets=100,
    lengths=(100, 1_000, 5_000),
    stored=(10, 1_000, 10_000),
)


@dataclass(frozen=True, slots=True)
class Rig:
    scale: Scale
    provider: Process
    url: str
    folder: Path

    async def settings(self, name: str, **more: str) -> dict[str, str]:
        """Of a server with a SQLite of its own, or the database that is given."""
        at = self.folder / f"{name}.sqlite3"
        own = {"DATABASE_URL": f"sqlite:///{at}", "SECRET_KEY": secrets.token_urlsafe(50)} | more
        if "DATABASE_URL" in more:
            await run("manage.py", "migrate", "--verbosity", "0", **own)
        else:
            copy = await self._migrated()
            if not at.exists():
                shutil.copy(copy, at)
        return own

    async def _migrated(self) -> Path:
        at = self.folder / "migrated.sqlite3"
        if not at.exists():
            url = f"sqlite:///{at}"
            await run("manage.py", "migrate", "--verbosity", "0", DATABASE_URL=url)
        return at


@asynccontextmanager
async def rig(scale: Scale) -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with python("-m", "tests.bench.provider") as provider:
            yield Rig(scale, provider, await provider.read(), Path(folder))
