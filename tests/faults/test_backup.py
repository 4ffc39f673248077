"""A backup made in mid-turn, by the commands of `docs/operations.md`, and all of it back again."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from cryptography.fernet import Fernet

from tests.databases import ROOT, Migrated, new_database
from tests.faults.fleet import Fleet, environment_with, prepared, started
from tests.faults.viewer import Viewer
from tests.loopback import Loopback

pytestmark = pytest.mark.long

Answers = Callable[..., str]

KEY = "sk-a-key-that-was-typed-in"
RESTORED = "cascade_restored"


def blocks(heading: str) -> list[str]:
    """The commands of a section: to make the backup, and to restore it."""
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return re.findall(r"(?:^ {4}.+\n)+", section, re.MULTILINE)


def run(block: str, folder: Path, **variables: str) -> None:
    command = ["bash", "-euo", "pipefail", "-c", block]
    subprocess.run(command, cwd=folder, env=os.environ | variables, check=True, timeout=120)


def told(environment: dict[str, str], code: str) -> str:
    """What Python says with the server's settings."""
    begin = "import django; django.setup();"
    begin += " from chat.setup import keys; from chat.models import Provider"
    done = subprocess.run(
        [sys.executable, "-c", f"{begin}; provider = Provider.objects.first(); {code}"],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "cascadeweb.settings"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


@contextmanager
def place(kind: str, folder: Path) -> Iterator[dict[str, str]]:
    """The variables of the commands, for databases of their own."""
    if kind == "SQLite":
        (folder / "var").mkdir()
        url = f"sqlite:///{folder}/var/db.sqlite3"
        yield {"DATABASE_URL": url, "RESTORED_URL": url}
        return
    with new_database("backup") as url:
        server_url = os.environ.get("TEST_DATABASE_URL", re.sub(r"/[^/]*$", "/postgres", url))
        drop = f'DROP DATABASE IF EXISTS "{RESTORED}" WITH (FORCE)'
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(drop.encode())
            try:
                restored_url = re.sub(r"/[^/]*$", f"/{RESTORED}", url)
                yield {"DATABASE_URL": url, "SERVER_URL": server_url, "RESTORED_URL": restored_url}
            finally:
                connection.execute(drop.encode())


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
async def test_what_was_backed_up_in_mid_turn_is_there_again(
    kind: str,
    tmp_path: Path,
    provider: Loopback,
    migrated: Migrated,
    prompt: str,
    answers: Answers,
) -> None:
    make, restore = blocks(kind)
    with place(kind, tmp_path) as variables:
        migrated.put(variables["DATABASE_URL"])
        field_keys = Fernet.generate_key().decode()
        before = environment_with(DATABASE_URL=variables["DATABASE_URL"], FIELD_KEYS=field_keys)
        readers = prepared(before, provider, 2)
        ended, live = readers
        told(before, f"keys.store(provider, {KEY!r}, 'root'); provider.save()")
        with started(before, tmp_path, 1) as servers:
            fleet = Fleet(provider, variables["DATABASE_URL"], servers, readers)
            text = answers(20, 0)
            async with Viewer(fleet, ended) as reader:
                reader.ask(prompt)
                await reader.end(again=False)
            answers(400, 0.05, width=9)
            async with Viewer(fleet, live) as reader:
                reader.ask(f"{prompt} live")
                await reader.written(400)
                assert reader.last
                kept = reader.last.texts[1][:400]
                await asyncio.sleep(1.2)  # what is kept is at most a second old
                await asyncio.to_thread(run, make, tmp_path, **variables)
                servers[0].end(signal.SIGKILL)
        await asyncio.to_thread(run, restore, tmp_path, **variables)

        after = before | {"DATABASE_URL": variables["RESTORED_URL"]}
        assert told(after, "print(keys.key_of(provider))") == KEY
        with started(after, tmp_path, 1) as servers:
            again = Fleet(provider, variables["RESTORED_URL"], servers, readers)
            page = await shown(again, ended)
            assert text in page
            page = await until_ended(again, live)
            assert kept in page and "Retry" in page
            [(status, total)] = again.rows(
                "SELECT status, total_usd FROM chat_turn WHERE prompt = ?", f"{prompt} live"
            )
            assert status == "interrupted" and total > 0


async def shown(fleet: Fleet, conversation: str) -> str:
    async with httpx.AsyncClient(base_url=fleet.server(0).address) as reader:
        headers = {"cookie": fleet.cookie(conversation)}
        answer = await reader.get(f"/c/{conversation}/", headers=headers)
        assert answer.status_code == 200
        return answer.text


async def until_ended(fleet: Fleet, conversation: str) -> str:
    """Swept within half a minute, most often within 5 s."""
    async with asyncio.timeout(60):
        while fleet.rows("SELECT 1 FROM chat_turn WHERE status IN ('queued', 'running')"):
            await asyncio.sleep(0.2)
    return await shown(fleet, conversation)
