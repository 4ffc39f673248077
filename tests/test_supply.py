"""R40: what the product is made of is pinned, known, allowed, and no older than is safe."""

import json
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from ops import supply
from ops.supply import DEV_LOCK, LOCK, ROOT, TRACES_LOCK, packages

FLOORS_LOCK = ROOT / "requirements-floors.lock"
LOCKS = [LOCK, TRACES_LOCK, DEV_LOCK, FLOORS_LOCK]

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0"),
    *("PSF-2.0", "TCL", "Unlicense", "ZPL-2.1", "Zlib"),
    "MPL-2.0",  # by file: certificates, and what tests are written with
    "LGPL-3.0-only",  # psycopg: used as it comes, not changed
}

# Releases of these stole credentials; they were in the path of keys, or could be.
HIJACKED = {
    "ctx": "May 2022",
    "ultralytics": "December 2024",
    "num2words": "July 2025",
    "litellm": "March 2026",
}

# Below these the product could be attacked, whoever asked for what.
SAFE_FROM = {
    "channels": "4.3.1",
    "daphne": "4.2.2",  # unlimited frames, CVE-2026-44545, and split headers, CVE-2026-44546
    "django": "5.2.14",  # memory of uploads, CVE-2026-5766, and those before
    "h11": "0.16",  # chunked bodies, CVE-2025-43859
}

DIRECT = {canonicalize_name(found.name): found for found in map(Requirement, supply.asked_for())}
NEEDED = {canonicalize_name(Requirement(line).name) for line in supply.project()["dependencies"]}


def floor(requirement: Requirement) -> Version:
    [found] = [Version(part.version) for part in requirement.specifier if part.operator == ">="]
    return found


def is_allowed(expression: str) -> bool:
    alternatives = re.split(r" OR ", expression)
    return any(set(one.strip("()").split(" AND ")) <= ALLOWED for one in alternatives)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_R40_every_package_is_pinned_by_hash(lock) -> None:
    pinned = packages(lock)
    lines = re.findall(r"^[\w.-]+.*==", lock.read_text(), re.MULTILINE)
    assert len(pinned) == len(lines) > 50
    assert all(package.hashes for package in pinned)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_R40_nothing_that_was_hijacked_is_in_it(lock) -> None:
    assert HIJACKED.keys() & {package.name for package in packages(lock)} == set()


def test_R40_what_is_installed_is_what_is_locked() -> None:
    """A pin that is stale, or an environment that is, would make all that is said here untrue."""
    here = {canonicalize_name(found.name): found.version for found in metadata.distributions()}
    locked: dict[str, set[str]] = {}
    for package in packages(DEV_LOCK):
        locked.setdefault(package.name, set()).add(package.version)
    wrong = {name: here[name] for name in locked.keys() & here if here[name] not in locked[name]}
    assert wrong == {}


def test_R40_all_licences_are_known_and_allowed() -> None:
    told = {package.name: package.licence for package in packages(DEV_LOCK)}
    assert {name: found for name, found in told.items() if not is_allowed(found)} == {}


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True),
        ("MIT AND BSD-3-Clause", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_R40_a_licence_that_is_not_allowed_is_seen(expression: str, verdict: bool) -> None:
    assert is_allowed(expression) is verdict


def test_R40_the_list_of_licences_is_up_to_date() -> None:
    page = (ROOT / "docs" / "licences.md").read_text()
    assert page == supply.licences(), "run `make licences`"


def test_R40_the_sbom_tells_of_all_that_runs() -> None:
    found = json.loads(json.dumps(supply.sbom(), allow_nan=False))
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    told = {(part["name"], part["version"]) for part in found["components"]}
    assert told >= {(package.name, package.version) for package in packages(LOCK)}
    assert ("htmx.org", "2.0.10") in told
    refs = [part["bom-ref"] for part in found["components"]]
    assert len(refs) == len(set(refs))
    for each in found["dependencies"]:
        assert set(each["dependsOn"]) <= set(refs)
        assert each["ref"] in {*refs, "cascade-chat"}
    [ours] = [each for each in found["dependencies"] if each["ref"] == "cascade-chat"]
    assert len(ours["dependsOn"]) >= len(NEEDED)


def test_R40_traces_are_an_extra_that_changes_nothing_else() -> None:
    """Whoever adds it runs the same releases of all the rest."""
    without, with_it = set(packages(LOCK)), set(packages(TRACES_LOCK))
    assert without < with_it and not DIRECT.keys() <= {package.name for package in without}
    assert len(supply.sbom(TRACES_LOCK)["components"]) > len(supply.sbom()["components"])


def test_R40_the_same_lock_gives_the_same_sbom() -> None:
    assert supply.sbom() == supply.sbom()
    assert supply.sbom()["serialNumber"] != supply.sbom(DEV_LOCK)["serialNumber"]


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_R40_the_lock_of_floors_is_of_the_lowest_releases_that_are_asked_for(name: str) -> None:
    pinned = {package.name: Version(package.version) for package in packages(FLOORS_LOCK)}
    lowest = floor(DIRECT[name])
    assert pinned[name].release[: len(lowest.release)] == lowest.release, "run `make lock`"


@pytest.mark.parametrize("name", sorted(SAFE_FROM))
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_R40_no_lock_goes_below_what_is_safe(name: str, lock) -> None:
    [pinned] = [package for package in packages(lock) if package.name == name]
    assert Version(pinned.version) >= Version(SAFE_FROM[name])


@pytest.mark.parametrize("name", sorted(SAFE_FROM.keys() & DIRECT.keys()))
def test_R40_no_floor_is_below_what_is_safe(name: str) -> None:
    assert floor(DIRECT[name]) >= Version(SAFE_FROM[name])


def test_R40_the_audit_looks_at_all_that_runs_and_passes_over_nothing() -> None:
    """Without `strict` it finds no holes in what it knows nothing of."""
    [command] = re.findall(r"pip-audit .*", (ROOT / "Makefile").read_text())
    assert "--strict" in command and "--require-hashes" in command
    assert TRACES_LOCK.name in command and "--ignore-vuln" not in command


@pytest.mark.parametrize(
    ("printed", "status", "passes", "could_ask"),
    [
        ("No known vulnerabilities found", 0, True, True),
        ("Found 1 known vulnerability in 1 package", 1, False, True),
        ("ERROR: nh3: Dependency not found on PyPI and could not be audited", 1, False, False),
        ("requests.exceptions.ConnectionError: pypi.org", 1, False, False),
    ],
    ids=["clean", "a hole", "unknown there", "not reached"],
)
def test_R40_an_audit_that_could_not_look_fails_and_says_so(
    tmp_path: Path, printed: str, status: int, passes: bool, could_ask: bool
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\necho "{printed}" >&2\nexit {status}\n')
    uv.chmod(0o755)
    found = subprocess.run(
        ["make", "audit", f"UV={uv}"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    told = found.stdout + found.stderr
    assert (found.returncode == 0) is passes, told
    assert printed in told
    assert ("PyPI could not be asked from here" not in told) is could_ask
