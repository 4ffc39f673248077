"""R30: what nobody caught, and what could not be logged, is told without the key it quotes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
KEYS = {"LLM_KEY_CANARY": "canary:uncaught:41d7", "MCP_KEY_CANARY": "canary~uncaught~9c02"}
BREAKS = {
    "the process": "raise RuntimeError(key)",
    "a thread": "import threading; threading.Thread(target=open, args=[key]).start()",
    "a finalizer": "Broken = type('Broken', (), {'__del__': lambda self: open(key)}); Broken()",
    "a line of the log": "import logging; logging.getLogger('chat').error('%d', key)",
    "a task": "import asyncio; asyncio.run(left())",
    "the settings": "from django.conf import settings; settings.DEBUG",
}
BEGIN = """
import asyncio, gc, os
from chat.process import uncaught
uncaught.tell()
key = " ".join(os.environ[name + "_KEY_CANARY"] for name in ("LLM", "MCP"))
async def left():
    async def broken():
        raise RuntimeError(key)
    asyncio.create_task(broken())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
"""
READY = "import django; django.setup()\n"


@pytest.mark.parametrize(
    ("where", "form"), [*((where, "line") for where in BREAKS), ("the process", "json")]
)
def test_R30_what_nobody_caught_is_told_without_a_key(
    tmp_path: Path, where: str, form: str
) -> None:
    is_ready = where != "the settings"
    given = KEYS | {"LOG_FORMAT": form, "DJANGO_SETTINGS_MODULE": "cascadeweb.settings"}
    wrong = "://".join(KEYS.values())
    given["DATABASE_URL"] = f"sqlite:///{tmp_path}/db.sqlite3" if is_ready else wrong
    code = BEGIN + (READY if is_ready else "") + BREAKS[where]
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not [key for key in KEYS.values() if key in ended.stderr + ended.stdout]
    kinds = ("Error", "nobody caught", "was not written", "never retrieved")
    assert any(kind in ended.stderr for kind in kinds), ended.stderr
    assert ended.returncode == (1 if where in ("the process", "the settings") else 0)


@pytest.mark.parametrize("form", ["line", "json"])
def test_a_setting_that_is_found_wrong_late_is_named_in_the_log(tmp_path: Path, form: str) -> None:
    given = {"LOG_FORMAT": form, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | given | {"LOCAL_MODEL_ADDRESSES": "ollama"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "LOCAL_MODEL_ADDRESSES: 'ollama' must be like 127.0.0.1:11434" in ended.stderr
    assert "Traceback" not in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_a_setting_that_is_wrong_is_told_in_a_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"LOG_LEVEL": "LOUD"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "Error: LOG_LEVEL is 'LOUD', must be one of: INFO, DEBUG, WARNING, ERROR"
    ]


def test_our_own_processes_tell_so() -> None:
    assert "uncaught.tell()" in (ROOT / "manage.py").read_text()
