"""The rules of the house that no other tool keeps."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
MODULES = [path for path in sorted((ROOT / "chat").rglob("*.py")) if "migrations" not in path.parts]
LOCKS = [ROOT / f"requirements{part}.lock" for part in ("", "-traces", "-dev")]
HOME = re.compile(r"/(?:home|root|Users|work)/[\w.]")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def source_files() -> list[Path]:
    """Every file that is in the repository or would be added to it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if (path := ROOT / name).is_file()]


def imported(path: Path) -> set[str]:
    """The packages a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_can_be_held_at_once(path):
    assert len(path.read_text().splitlines()) <= 400


def test_a_process_alone_holds_neither_numpy_nor_a_client_of_redis():
    """Together 18 MiB; fitting, and other processes, load them when there is any."""
    serve = "import django; django.setup(); import cascadeweb.asgi, sys; print(*sys.modules)"
    asked = {"DJANGO_SETTINGS_MODULE": "cascadeweb.settings", "REDIS_URL": "", "DATABASE_URL": ""}
    ran = subprocess.run(
        [sys.executable, "-c", serve],
        cwd=ROOT,
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stdout.split())
    assert "chat.turns.play" in loaded
    assert not {"numpy", "redis", "psycopg"} & loaded


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_gateway_sits_in_the_path_of_keys(path):
    assert "litellm" not in imported(path)


def test_env_example_lists_exactly_what_is_read():
    listed = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    places = [ROOT / "cascadeweb" / name for name in ("settings.py", "database.py")]
    settings = "".join(place.read_text() for place in places)
    compose = (ROOT / "docker-compose.yml").read_text()
    read = set(re.findall(r'\benv(?:_\w+)?\("([A-Z_]+)"', settings))
    read |= set(re.findall(r"\$\{([A-Z_]+)", compose))
    for path in MODULES:
        read |= set(re.findall(r"\b[A-Z]+_API_KEY\b", path.read_text()))
    assert set(listed) == read


@pytest.mark.parametrize("lock", LOCKS, ids=relative)
def test_lock_pins_by_hash_and_names_no_index(lock):
    text = lock.read_text()
    pins = re.findall(r"^\w[^=\n]*==[^\n]*\n( +--hash=sha256:[0-9a-f]{64})?", text, re.MULTILINE)
    assert pins and all(pins)
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links", text)


@pytest.mark.parametrize(
    ("lock", "group"), [(LOCKS[0], "dependencies"), (LOCKS[1], "traces"), (LOCKS[2], "dev")]
)
def test_lock_satisfies_pyproject(lock, group):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = {**project["project"], **extras, **project["dependency-groups"]}[group]
    pinned = dict(re.findall(r"^([\w.-]+)(?:\[[\w, -]+\])?==(\S+)", lock.read_text(), re.MULTILINE))
    for requirement in map(Requirement, wanted):
        assert pinned[requirement.name] in requirement.specifier


def test_the_locks_agree():
    found = (set(re.findall(r"^\S+==\S+", lock.read_text(), re.M)) for lock in LOCKS)
    runtime, traces, dev = found
    assert runtime < traces < dev


def test_no_file_names_a_place_on_somebodys_machine():
    binary = {".png", ".jpg", ".ico", ".mo", ".webp", ".woff2"}
    found = [
        relative(path)
        for path in source_files()
        if path.suffix not in binary and HOME.search(path.read_text())
    ]
    assert found == []


def test_documents_name_modules_that_are_there():
    there = "".join(f"/{relative(path)}\n" for path in source_files())
    documents = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    named = {
        name
        for document in documents
        for name in re.findall(r"`([\w./]+\.(?:py|js|css))(?:::\w+)?`", document.read_text())
    }
    assert named and [name for name in sorted(named) if f"/{name}\n" not in there] == []


def test_pages_load_nothing_from_elsewhere():
    foreign = re.compile(r"<(?:script|link|img)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//", re.I)
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.css")]
    found = [relative(page) for page in pages if foreign.search(page.read_text())]
    assert found == []
