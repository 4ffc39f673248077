"""What the first page weighs, and how soon it is there: as it is installed, with its static files
collected, by Chromium's own figures. They are those that Lighthouse looks at, by its bounds.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server, serve
from tests.databases import ROOT, Migrated

MOST_KB = 150
MOST = {"FCP ms": 1_800, "LCP ms": 2_500, "CLS": 0.1, "TBT ms": 200}

RECORD = """
window.seen = { lcp: 0, shift: 0, blocked: 0 };
const record = (type, take) => {
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(take));
  observer.observe({ type, buffered: true });
};
record("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
record("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
record("longtask", (entry) => { seen.blocked += Math.max(0, entry.duration - 50); });
"""
FIGURES = """() => ({
  "FCP ms": performance.getEntriesByName("first-contentful-paint")[0].startTime,
  "LCP ms": seen.lcp,
  "CLS": seen.shift,
  "TBT ms": seen.blocked,
})"""

PHONE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 90_000,
}
"""As Lighthouse's: 1.6 Mbit/s, and a processor a quarter as fast."""


@pytest.fixture(scope="module")
def installed(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As the image is made: a copy whose static files are hashed and compressed."""
    source = tmp_path_factory.mktemp("installed")
    for name in ("chat", "cascadeweb", "templates", "static", "locale"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", source)
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=source, check=True)
    server = serve(migrated.copy(source), source=source)
    yield server
    server.process.terminate()
    server.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def session(chromium: Browser, installed: Server) -> Any:
    page = chromium.new_page()
    page.goto(installed.link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{installed.address}/")
    state = page.context.storage_state()
    page.context.close()
    return state


class Loaded:
    """A page with nothing in the cache, loaded to its rest."""

    def __init__(self, page: Page, address: str, *, phone: bool) -> None:
        self.asked: list[str] = []
        self.bytes = 0
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.on("Network.requestWillBeSent", lambda e: self.asked.append(e["request"]["url"]))
        line.on("Network.loadingFinished", self._finished)
        if phone:
            line.send("Network.emulateNetworkConditions", PHONE)
            line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.add_init_script(RECORD)
        page.goto(address, wait_until="networkidle")
        self.figures: dict[str, float] = page.evaluate(FIGURES)

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value:.3g}" for name, value in self.figures.items())
        return f"{self.bytes / 1000:.0f} kB in {len(self.asked)} requests, {told}"


@pytest.mark.alone
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_first_page_is_light_and_soon_there(
    chromium: Browser,
    installed: Server,
    session: Any,
    capsys: pytest.CaptureFixture[str],
    phone: bool,
) -> None:
    size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
    context = chromium.new_context(storage_state=session, viewport=size)  # type: ignore[arg-type]
    loaded = Loaded(context.new_page(), f"{installed.address}/", phone=phone)
    context.close()
    with capsys.disabled():
        print(f"\nfirst page, {'phone' if phone else 'desktop'}: {loaded}")
    http = [url for url in loaded.asked if url.startswith("http")]
    assert len(http) > 10
    assert [url for url in http if not url.startswith(f"{installed.address}/")] == []
    assert 10_000 < loaded.bytes < MOST_KB * 1000
    for name, most in MOST.items():
        assert loaded.figures[name] <= most, loaded
