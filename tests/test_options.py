"""What is there only where settings ask for it: tested there, and nowhere else even imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.options.oidc_server import CLIENT_ID, CLIENT_SECRET
from tests.ports import free_port

ROOT = Path(__file__).parent.parent

NOTHING = """
import sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
import cascadeweb.asgi, chat.admin.people, chat.management.commands.rotate_keys
Client().get("/no-such-page/", headers={"host": "127.0.0.1"})
for name in ("sign_in_elsewhere", "mfa_index", "mfa_authenticate", "account_login"):
    try:
        raise SystemExit(f"there is {reverse(name)}")
    except NoReverseMatch:
        pass
there = {name.partition(".")[0] for name in sys.modules}
print(sorted(there & {"allauth", "requests", "oauthlib", "fido2", "qrcode", "urllib3"}))
print([name for name in settings.INSTALLED_APPS + settings.MIDDLEWARE if "allauth" in name])
"""


def run(*command: str, **variables: str) -> str:
    ours = ("OIDC_", "TWO_FACTOR", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=kept | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_nobody_asked_for_is_neither_imported_nor_routed() -> None:
    said = run("-W", "ignore", "-c", NOTHING, DJANGO_SETTINGS_MODULE="cascadeweb.settings")
    assert said == "[]\n[]\n"


ELSEWHERE = {
    "OIDC_CLIENT_ID": CLIENT_ID,
    "OIDC_CLIENT_SECRET": CLIENT_SECRET,
    "OIDC_NAME": "Example Inc.",
    "OIDC_SIGN_UP": "1",
}
FACTOR = {"TWO_FACTOR": "1", "FIELD_KEYS": Fernet.generate_key().decode()}


@pytest.mark.parametrize(
    ("tests", "variables"),
    [
        (["test_oidc.py"], ELSEWHERE),
        (["test_second_factor.py"], FACTOR),
        (["test_both.py", "test_optional_access.py"], ELSEWHERE | FACTOR),
    ],
    ids=["elsewhere", "second factor", "both"],
)
def test_what_was_asked_for_works(
    tests: list[str], variables: dict[str, str], tmp_path: Path
) -> None:
    """In a process of its own: which apps there are is decided when one starts. Their tables are
    made without migrations: a start that migrates to them is that of `tests/browser/test_doors.py`.
    """
    if "OIDC_CLIENT_ID" in variables:
        variables = variables | {"OIDC_SERVER": f"http://127.0.0.1:{free_port()}"}
    paths = [f"tests/options/{name}" for name in tests]
    how = ("-q", "--no-migrations", "-o", f"cache_dir={tmp_path}")
    said = run("-m", "pytest", *how, *paths, **variables)
    assert " passed" in said and "skipped" not in said
