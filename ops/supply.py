"""What the product is made of, from the locks and what is installed by them.

    python -m ops.supply sbom [LOCK]   CycloneDX 1.6 as JSON, to the terminal
    python -m ops.supply licences      docs/licences.md, to the terminal

The tools that write an SBOM bring a dozen packages with them and know no licences of a lock; this
needs none.
"""

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
TRACES_LOCK = ROOT / "requirements-traces.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"

_PIN = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[(?P<extras>[\w, -]+)\])?==(?P<version>[^\s;\\]+)"
    r"(?: ; (?P<marker>[^\\\n]+?))?(?P<hashes>(?: \\\n +--hash=sha256:[0-9a-f]{64})+)",
    re.MULTILINE,
)

# How packages say what SPDX has a name for.
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

# Read in their files: some say nothing of it, some are installed on other systems only.
_READ = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "cbor2": "MIT",
    "colorama": "BSD-3-Clause",
    "httpx2-jsfetch": "BSD-3-Clause",
    "pyromark": "MIT",
    "pywin32": "PSF-2.0",
    "tzdata": "Apache-2.0",
    "u-msgpack-python": "MIT",
}

_BEFORE = """# Licences of what this is made of

Written by `make licences` from the locks. `tests/test_supply.py` says which are allowed, and looks
that this page is up to date. What is copied into the source is in `NOTICE`.

## What runs
""".splitlines()

_OPTIONAL = """
## What runs besides, where traces are asked for
""".splitlines()

_BETWEEN = """
## What only tests and checks it
""".splitlines()


@dataclass(frozen=True, slots=True)
class Package:
    """One that a lock pins; `marker` says on which systems, `hashes` are of all its files."""

    name: str
    version: str
    extras: frozenset[str]
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"

    @property
    def licence(self) -> str:
        """As an SPDX expression. Raises `LookupError` where nobody says."""
        if self.name in _READ:
            return _READ[self.name]
        told = metadata.metadata(self.name)
        if "License-Expression" in told:
            return told["License-Expression"]
        classifiers = told.get_all("Classifier") or []
        ends = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License ::")]
        for text in (*(told.get_all("License") or []), *ends):
            if re.fullmatch(r"[\w.+-]+", found := _SPDX.get(text, text)):
                return found
        raise LookupError(f"{self.name} does not say its licence: read it, and add it to _READ")


def packages(lock: Path) -> list[Package]:
    return [
        Package(
            found["name"],
            found["version"],
            frozenset(re.findall(r"[\w-]+", found["extras"] or "")),
            found["marker"] or "",
            tuple(re.findall(r"sha256:(\w+)", found["hashes"])),
        )
        for found in _PIN.finditer(lock.read_text())
    ]


def sbom(lock: Path = LOCK) -> dict[str, Any]:
    """The same lock gives the same document."""
    found = packages(lock)
    ours = "cascade-chat"
    direct = [Requirement(line).name for line in asked_for()]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lock.read_text())}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": ours,
                "version": project()["version"],
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [*map(_component, found), _htmx()],
        "dependencies": [
            {"ref": ours, "dependsOn": _refs(direct, found)},
            *({"ref": each.purl, "dependsOn": _refs(_needs(each), found)} for each in found),
        ],
    }


def asked_for() -> list[str]:
    """Requirements, those of extras among them."""
    extras = project()["optional-dependencies"].values()
    return [*project()["dependencies"], *chain.from_iterable(extras)]


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def _component(package: Package) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [{"expression": package.licence}],
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "comment": "the hashes of all files that the lock allows",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            }
        ],
    }
    if package.marker:
        component["properties"] = [{"name": "cascade-chat:marker", "value": package.marker}]
    return component


def _htmx() -> dict[str, Any]:
    """The one thing browsers are given that is not ours; it comes with django-htmx."""
    file = metadata.distribution("django-htmx").locate_file(
        "django_htmx/static/django_htmx/htmx-2.js"
    )
    version = re.search(r"version: ?['\"]([\d.]+)", Path(str(file)).read_text())
    assert version, "the file of htmx does not tell its version"
    purl = f"pkg:npm/htmx.org@{version[1]}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": "htmx.org",
        "version": version[1],
        "purl": purl,
        "licenses": [{"expression": "0BSD"}],
    }


def _needs(package: Package) -> Iterator[str]:
    """By name, whatever the system; an extra counts where it was asked for."""
    try:
        told = metadata.requires(package.name) or []
    except metadata.PackageNotFoundError:  # it is for another system
        return
    for requirement in map(Requirement, told):
        extra = re.search(r"extra == ['\"]([\w-]+)", str(requirement.marker or ""))
        if extra is None or extra[1] in package.extras:
            yield requirement.name


def _refs(names: Any, found: list[Package]) -> list[str]:
    wanted = {_normal(name) for name in names}
    return [package.purl for package in found if package.name in wanted]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences() -> str:
    used = packages(LOCK)
    optional = [package for package in packages(TRACES_LOCK) if package not in used]
    only_dev = [package for package in packages(DEV_LOCK) if package not in (*used, *optional)]
    parts = [*_BEFORE, *_table(used), f"| htmx, in django-htmx | {_htmx()['version']} | 0BSD |"]
    parts += [*_OPTIONAL, *_table(optional)]
    return "\n".join([*parts, *_BETWEEN, *_table(only_dev), ""])


def _table(rows: list[Package]) -> Iterator[str]:
    yield ""
    yield "| package | version | licence |"
    yield "|---|---|---|"
    for package in rows:
        yield f"| {package.name} | {package.version} | {package.licence} |"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["sbom", *lock]:
            print(json.dumps(sbom(*map(Path, lock)), indent=1))
        case ["licences"]:
            print(licences(), end="")
        case _:
            sys.exit(__doc__)
