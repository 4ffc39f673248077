"""Signing in with a code and elsewhere, where settings ask for it: the pages, and the way."""

import re
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, serve
from tests.browser.looks import SCREENSHOTS, WIDTHS, View
from tests.databases import Migrated
from tests.options.oidc_server import CLIENT_ID, CLIENT_SECRET, OidcServer
from tests.options.totp import code
from tests.ports import free_port

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It and the one people sign in by are of different sites to a browser."""
    elsewhere = OidcServer(f"http://localhost:{free_port()}")
    with elsewhere.running():
        server = serve(
            migrated.copy(tmp_path_factory.mktemp("doors")),
            OIDC_SERVER=elsewhere.url,
            OIDC_CLIENT_ID=CLIENT_ID,
            OIDC_CLIENT_SECRET=CLIENT_SECRET,
            OIDC_NAME="Example Inc.",
            OIDC_SIGN_UP="1",
            TWO_FACTOR="1",
            FIELD_KEYS=Fernet.generate_key().decode(),
            RETENTION_DAYS="90",
        )
        yield server
        server.process.terminate()
        server.process.communicate(timeout=30)


def look(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        View(page, width).look(f"doors-{name}")


def test_a_second_factor_is_set_up_and_asked_for(chromium: Browser, server: Server) -> None:
    page = chromium.new_page(base_url=server.address, reduced_motion="reduce")
    page.goto(server.link)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/admin/")
    secret = page.locator(".second-factor-key").inner_text()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("alert")).to_have_text("Incorrect code.")
    drawn = page.locator(".qr img")
    expect(drawn).to_have_js_property("complete", True)
    assert drawn.evaluate("image => image.naturalWidth") > 50
    look(page, "set-up")
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    look(page, "codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    for name in ("", "remove", "codes/new"):
        page.goto(f"/second-factor/{name}")
        look(page, name.replace("/", "-") or "second-factor")
    german = {"name": "django_language", "value": "de", "url": server.address}
    page.context.add_cookies([german])
    for name in ("codes", "codes/new"):
        page.goto(f"/second-factor/{name}/")
        look(page, f"{name.replace('/', '-')}-german")


def test_whoever_signs_in_elsewhere_comes_back_to_where_they_were(
    chromium: Browser, server: Server
) -> None:
    page = chromium.new_page(base_url=server.address, reduced_motion="reduce")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/costs/")
    look(page, "sign-in")
    page.get_by_role("link", name="Sign in with Example Inc.").click()
    expect(page).to_have_url(f"{server.address}/costs/")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/")
    expect(page.get_by_role("link", name="carol")).to_have_attribute("href", "/second-factor/")
    page.goto("/sign-in/disabled/")
    look(page, "disabled")
    assert said == []
