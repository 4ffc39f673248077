"""The production shape: what the files say is sound, and what they describe works."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml

from tests.databases import ROOT
from tests.faults import judge
from tests.faults.fleet import Fleet
from tests.faults.nginx import nginx
from tests.faults.topology import COMPOSE, caddy, services
from tests.faults.viewer import Viewer

Answers = Callable[..., str]
KEYS = {
    *("build", "command", "depends_on", "env_file", "environment", "healthcheck", "image"),
    *("ports", "restart", "stop_grace_period", "volumes"),
}
"""Of the compose specification, those we use."""


@pytest.fixture
def both(composed: tuple[Fleet, Fleet]) -> Iterator[tuple[Fleet, Fleet]]:
    yield composed
    judge.nothing_left(composed[0])


def test_the_compose_file_is_sound() -> None:
    composed = yaml.safe_load(COMPOSE.read_text())
    described = services()
    assert {key for key in composed if not key.startswith("x-")} == {"services", "volumes"}
    for name, service in described.items():
        assert service.keys() <= KEYS, name
        assert service["restart"] == "unless-stopped"
        assert {*service.get("depends_on", ())} <= described.keys()
        assert all(isinstance(value, str) for value in service.get("environment", {}).values())
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in composed["volumes"] or (ROOT / source).is_file()
        drain_s = service.get("environment", {}).get("DRAIN_SECONDS", "25")
        if "build" in service:
            assert int(service["stop_grace_period"].removesuffix("s")) >= int(drain_s) + 5
    assert [name for name, service in described.items() if "ports" in service] == ["proxy"]


def test_secrets_come_from_the_environment_or_nothing_starts() -> None:
    needed = set(re.findall(r"\$\{(\w+)(:\?)?", COMPOSE.read_text()))
    assert needed == {(name, ":?") for name in ("DOMAIN", "SECRET_KEY", "POSTGRES_PASSWORD")}


def test_the_image_runs_as_nobody_and_looks_after_its_health() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert any("-slim" in line for line in lines if line.startswith("FROM "))
    assert lines.index("USER chat") < next(n for n, line in enumerate(lines) if "CMD [" in line)
    assert "HEALTHCHECK" in "\n".join(lines) and "--require-hashes" in "\n".join(lines)


@pytest.mark.parametrize(
    ("unsafe", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"METRICS_ADDRESS": "0.0.0.0:9100"}, "METRICS_TOKEN must be set"),
    ],
    ids=["no-key", "metrics-for-everybody"],
)
def test_unsafe_settings_do_not_start_and_are_named(unsafe: dict[str, str], said: str) -> None:
    elsewhere = {"DATABASE_URL": "", "REDIS_URL": "", "ALLOWED_HOSTS": "chat.example.org"}
    given = services()["web-1"]["environment"] | elsewhere | unsafe
    started = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", "1"],
        cwd=ROOT,
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert started.returncode != 0 and said in started.stderr


class Told(BaseHTTPRequestHandler):
    """Answers with the names of the headers it was sent."""

    def do_GET(self) -> None:
        body = " ".join(name.lower() for name in self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("proxy", ["caddy", "nginx"])
def test_no_reader_says_by_a_header_whether_turns_are_traced(tmp_path: Path, proxy: str) -> None:
    parent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    with ThreadingHTTPServer(("127.0.0.1", 0), Told) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        described, port = services()["proxy"], upstream.server_port
        ports = dict.fromkeys(described["environment"]["WEBS"].split(), port)
        in_front = nginx(tmp_path, [port]) if proxy == "nginx" else None
        with in_front or caddy(tmp_path, described, ports) as address:
            told = httpx.get(f"{address}/", headers=parent, verify=False).text.split()
        upstream.shutdown()
    assert "x-forwarded-proto" in told and "traceparent" not in told


async def test_a_process_that_drains_or_is_killed_is_sent_nobody(
    both: tuple[Fleet, Fleet], prompt: str, answers: Answers
) -> None:
    front, behind = both
    text = answers(60, 0.1)
    one, other = behind.servers
    async with (
        Viewer(front, front.conversation()) as reader,
        httpx.AsyncClient(verify=False, base_url=front.server(0).address) as browser,
    ):
        reader.ask(prompt)
        await reader.written(3)
        for server, how in ((one, signal.SIGTERM), (other, signal.SIGKILL)):
            ending = asyncio.create_task(asyncio.to_thread(server.end, how))
            while not ending.done():
                assert (await browser.get("/sign-in/")).status_code == 200
                await asyncio.sleep(0.05)
            assert (await browser.get("/sign-in/")).status_code == 200
            server.start()
            await asyncio.to_thread(server.listens)
            await asyncio.sleep(2.5)  # the proxy has looked again
        seen = await reader.end()
    assert (seen.status, seen.texts) == ("completed", {1: text})
    assert judge.calls_for(front, prompt) == 1
