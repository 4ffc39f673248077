"""What a reader thinks of an answer: two buttons, a line, and another answer for the asking."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SCREENSHOTS, Server
from tests.browser.steps import ask, settled, without_tokens
from tests.browser.test_looks import overflow
from tests.browser.test_main_job import ANSWER, DRAFT
from tests.loopback import Loopback, Reply

ARTICLE = "article >> nth=-1"


def pressed(page: Page) -> list[str]:
    return page.locator("[aria-pressed=true]").all_inner_texts()


def test_a_thumb_is_given_changed_explained_and_taken_back(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    other = context.new_page()
    other.goto(page.url)
    good, bad = (page.get_by_role("button", name=name) for name in ("Good answer", "Not good"))
    good.focus()
    page.keyboard.press("Enter")
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(good).to_be_focused()
    bad.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    why = page.get_by_label("Why, if you like to say")
    why.fill("It forgets the Sun.")
    why.press("Enter")
    expect(other.get_by_label("Why, if you like to say")).to_have_value("It forgets the Sun.")
    for _ in range(2):
        assert pressed(other) == ["Not good"]
        pushed = other.locator(ARTICLE).inner_html()
        other.reload()
        assert without_tokens(other.locator(ARTICLE).inner_html()) == without_tokens(pushed)
    bad.click()
    expect(other.get_by_label("Why, if you like to say")).to_have_count(0)
    assert pressed(other) == []


def test_what_is_typed_is_not_lost_to_a_thumb_or_a_broken_line(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_role("button", name="Good answer").click()
    why = page.get_by_label("Why, if you like to say")
    why.fill("Half a th")
    page.evaluate("document.querySelector('.thumbs').dataset.old = ''")
    page.evaluate("htmx.find('[ws-connect]')['htmx-internal-data'].webSocket.socket.close()")
    expect(page.locator("[data-old]")).to_have_count(0)  # it came again
    expect(why).to_have_value("Half a th")
    expect(why).to_be_focused()


def test_the_last_model_is_asked_instead_of_the_draft(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    provider.script("large", Reply(ANSWER))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_role("button", name="Ask large").click()
    expect(page.locator(ARTICLE).locator("table").first).to_be_attached()
    settled(page)
    expect(page.locator("article")).to_have_count(1)
    expect(page.get_by_role("button", name="Ask large")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_thumbs_fit_in_both_schemes(
    chromium: Browser,
    server: Server,
    signed_in: dict[str, object],
    provider: Loopback,
    loopback_cascade: str,
    scheme: str,
    width: int,
) -> None:
    provider.script("small", Reply(DRAFT))
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=width < 600,
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Cascade").select_option(label=loopback_cascade)
    page.get_by_label("Your question").fill("Why are there tides?")
    page.get_by_role("button", name="Send").click()
    settled(page)
    page.screenshot(path=SCREENSHOTS / f"thumbs-none-{scheme}-{width}.png")
    page.get_by_role("button", name="Good answer").click()
    page.get_by_label("Why, if you like to say").fill("Short and right.")
    page.screenshot(path=SCREENSHOTS / f"thumbs-{scheme}-{width}.png")
    assert overflow(page) <= 0
    context.close()
