"""Light and dark, wide and narrow: pictures to look at, and nothing that overflows."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS, Server
from tests.browser.steps import ask, settled
from tests.browser.test_main_job import ANSWER, REFUSAL
from tests.loopback import Loopback, Reply


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_fits_in_both_schemes(
    chromium: Browser,
    server: Server,
    signed_in: dict[str, object],
    provider: Loopback,
    loopback_cascade: str,
    scheme: str,
    width: int,
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER))
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=width < 600,
    )
    page = context.new_page()
    page.goto("/")
    page.screenshot(path=SCREENSHOTS / f"welcome-{scheme}-{width}.png")
    assert overflow(page) <= 0
    if width > 600:
        ask(page, "Why are there tides?", loopback_cascade)
    else:
        page.get_by_label("Cascade").select_option(label=loopback_cascade)
        page.get_by_label("Your question").fill("Why are there tides?")
        page.get_by_role("button", name="Send").tap()
    settled(page)
    expect(page.locator("article .body table")).to_be_visible()
    page.get_by_text("Receipt").last.click()
    page.screenshot(path=SCREENSHOTS / f"answer-{scheme}-{width}.png")
    assert overflow(page) <= 0
    context.close()
