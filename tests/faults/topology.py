"""What docker-compose.yml describes, with this machine's programs for its containers.

Commands, environments and the proxy's configuration are read from the files themselves; only names
of hosts become addresses here.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import yaml

from tests.databases import ROOT, Migrated, new_database
from tests.faults.fleet import Fleet, Server, environment_with, prepared
from tests.loopback import Loopback
from tests.ports import free_port

COMPOSE = ROOT / "docker-compose.yml"
GIVEN = {"DOMAIN": "localhost", "SECRET_KEY": "k" * 50, "POSTGRES_PASSWORD": "cascade"}


def services() -> dict[str, dict[str, Any]]:
    text = re.sub(r"\$\{(\w+):\?\}", lambda found: GIVEN[found[1]], COMPOSE.read_text())
    composed: dict[str, Any] = yaml.safe_load(text)
    found: dict[str, dict[str, Any]] = composed["services"]
    return found


@contextmanager
def topology(folder: Path, provider: Loopback, migrated: Migrated) -> Iterator[tuple[Fleet, Fleet]]:
    """As it is seen through its proxy, and its web processes themselves."""
    described = services()
    webs = sorted(name for name in described if name.startswith("web"))
    redis_url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    with new_database("topology") as url, ExitStack() as stack:
        migrated.put(url)
        here = {"DATABASE_URL": url, "REDIS_URL": redis_url}
        started = [
            Server(environment_with(**described[name]["environment"] | here), folder / name, *rest)
            for name, *rest in [*([web] for web in webs), ["player", "play"]]
        ]
        assert described["player"]["command"].split() == ["python", "manage.py", "play"]
        account = prepared(
            environment_with(**here | {"SECRET_KEY": GIVEN["SECRET_KEY"]}),
            provider,
            20,
            "topology",
        )
        # Under HTTPS the session has a name that only a secure page of this host may set.
        account = {id: f"__Host-{cookie}" for id, cookie in account.items()}
        for server in started:
            server.start()
            stack.callback(_ended, server)
        for server in started:
            server.listens()
        ports = {f"{web}:8000": server.port for web, server in zip(webs, started, strict=False)}
        with caddy(folder, described["proxy"], ports) as address:
            front: Any = SimpleNamespace(address=address)
            behind = Fleet(provider, url, started[: len(webs)], account, name="topology")
            yield Fleet(provider, url, [front], account, name="topology"), behind


@contextmanager
def caddy(folder: Path, described: dict[str, Any], ports: dict[str, int]) -> Iterator[str]:
    at, plain = free_port(), free_port()
    webs = " ".join(f"127.0.0.1:{ports[name]}" for name in described["environment"]["WEBS"].split())
    [source] = [v.split(":")[0] for v in described["volumes"] if "Caddyfile" in v]
    # Ports below 1024 are not for tests; otherwise it is the file as it is.
    config = folder / "Caddyfile"
    text = (ROOT / source).read_text().replace("{\n", f"{{\n\thttp_port {plain}\n", 1)
    config.write_text(text)
    command = described["command"].replace("/etc/caddy/Caddyfile", str(config)).split()
    environment = os.environ | {
        "SITE": f"https://localhost:{at}",
        "WEBS": webs,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with (folder / "proxy.txt").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        while not answers(at):
            assert process.poll() is None, (folder / "proxy.txt").read_text()
            time.sleep(0.05)
        yield f"https://localhost:{at}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def answers(port: int) -> bool:
    """It listens before it has a certificate."""
    try:
        httpx.get(f"https://localhost:{port}/", verify=False, timeout=10)
    except httpx.TransportError:
        return False
    return True


def _ended(server: Server) -> None:
    if server.process.poll() is None:
        server.end(2)
