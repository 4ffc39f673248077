"""The product as its users have it: `manage.py serve` in a process of its own, and Chromium."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import served
from tests.browser.looks import SCHEMES, SCREENSHOTS, WIDTHS, View
from tests.databases import ROOT, Migrated
from tests.loopback import Loopback
from tests.ports import free_port

composed, migrated = served.composed, served.migrated
provider, unscripted = served.provider, served.unscripted

expect.set_options(timeout=15_000)  # of machines that do other things as well
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@dataclass
class Server:
    """`link` signs the operator in, once."""

    address: str
    link: str
    process: subprocess.Popen[str]
    database: Path


def serve(database: Path, *, port: int = 0, source: Path = ROOT, **settings: str) -> Server:
    """On a free port, or where another has been; from this source, or from a copy of it."""
    port = port or free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")},
        "DATABASE_URL": f"sqlite:///{database}",
        "LLM_KEY_TEST": "sk-loopback-0123456789",
        "PYTHONUNBUFFERED": "1",
        "SENDS_A_MINUTE": "1000",  # one operator asks all that the tests ask
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=source,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        if found := re.search(r"(http://[^/]+)/sign-in/\S+", line):
            return Server(found[1], found[0], process, database)
    raise AssertionError(f"the server ended with {process.wait()}")


@pytest.fixture(scope="session")
def server(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = serve(migrated.copy(tmp_path_factory.mktemp("server")))
    yield server
    server.process.terminate()
    server.process.communicate(timeout=10)


@contextmanager
def started() -> Iterator[Browser]:
    """Chromium for a while."""
    path = which(os.environ.get("CHROMIUM", "chromium-headless-shell"))
    assert path, "Chromium is not installed; tests/services.sh says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


_running: list[Browser] = []
_ends = ExitStack()


def kept() -> Browser:
    """The Chromium of all the modules of this folder that are played in a row."""
    if not _running:
        _running.append(_ends.enter_context(started()))
        _ends.callback(_running.clear)
    return _running[0]


@pytest.fixture(scope="module")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """No page is left to the next module, where it would go on calling its server. Playwright's
    loop ends with the last module of this folder that is played in a row: tests of others run one
    of theirs, and so does what ends with the session."""
    request.node.parent.addfinalizer(_ends.close)
    yield kept()
    for context in kept().contexts:
        context.close()


@pytest.fixture(scope="session")
def signed_in(server: Server) -> dict[str, object]:
    """The operator's cookies, from the one-time link."""
    with kept().new_context() as context:
        page = context.new_page()
        page.goto(server.link)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{server.address}/")
        return context.storage_state()  # type: ignore[return-value]


@pytest.fixture
def context(
    chromium: Browser, server: Server, signed_in: dict[str, object]
) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": 1440, "height": 900},
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture(params=WIDTHS)
def view(
    request: pytest.FixtureRequest,
    chromium: Browser,
    server: Server,
    signed_in: dict[str, object],
) -> Iterator[View]:
    """A tab for every width that is looked at, in either scheme: the wide one is loaded in the
    light one, the narrow one in the dark one."""
    width = request.param
    schemes = SCHEMES if width > 600 else SCHEMES[::-1]
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": width, "height": 900},
        color_scheme=schemes[0],
        has_touch=width < 600,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    yield View(context.new_page(), width, schemes)
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; what its console complains of fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture(scope="session")
def loopback_cascade(provider: Loopback, server: Server, signed_in: dict[str, object]) -> str:
    """Two models behind a loopback address."""
    return added("Loopback", ("small", "large"), provider, server, signed_in)


@pytest.fixture(scope="session")
def locked_cascade(provider: Loopback, server: Server, signed_in: dict[str, object]) -> str:
    """Two more, for keys that are refused: such a model rests until it is set up anew."""
    return added("Locked", ("locked-small", "locked-large"), provider, server, signed_in)


def added(
    name: str,
    models: tuple[str, str],
    provider: Loopback,
    server: Server,
    signed_in: dict[str, object],
    **options: Any,
) -> str:
    """Where it is no matter how: without what makes the admin look well and move, which is most of
    the work."""
    with kept().new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        java_script_enabled=False,
    ) as context:
        context.route("**/static/**", lambda route: route.abort())
        add_cascade(context.new_page(), provider.base_url, name, models, **options)
    return name


def add_cascade(
    page: Page,
    base_url: str,
    name: str,
    models: tuple[str, str],
    *,
    tools: Sequence[str] = (),
    prices: tuple[str, str] = ("1", "10"),
    budget_usd: str = "",
    picture: str = "",
) -> None:
    """In the admin, as an operator does it. A model without a price has an empty one."""
    page.goto("/admin/chat/provider/add/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Kind").select_option("openai")
    page.get_by_label("Base URL").fill(base_url)
    page.get_by_label("Key from environment").fill("LLM_KEY_TEST")
    page.get_by_role("button", name="Save", exact=True).click()
    for model, price in zip(models, prices, strict=True):
        page.goto("/admin/chat/modelconfig/add/")
        page.get_by_label("Provider", exact=False).first.select_option(label=name)
        page.get_by_label("Name:", exact=True).fill(model)
        page.locator("#id_prices-0-input").fill(price)
        page.locator("#id_prices-0-output").fill(price)
        page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/chat/cascade/add/")
    page.get_by_label("Name:").fill(name)
    page.get_by_label("Direct from").select_option("")
    page.get_by_label("Budget").fill(budget_usd)
    for tool in tools:
        page.get_by_label(tool, exact=True).check()
    if tools:  # what is shown of calls does not depend on which are wise
        for level in ("Trivial", "Simple", "Moderate", "Hard", "Expert"):
            page.get_by_label(f"{level}:", exact=True).fill("0")
    for position, model in enumerate(models):
        page.locator(f"#id_steps-{position}-model_config").select_option(label=f"{model} ({name})")
        page.locator(f"#id_steps-{position}-position").fill(str(position))
    if picture:
        page.screenshot(path=SCREENSHOTS / picture, full_page=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
