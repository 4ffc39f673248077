"""What a reader thinks of an answer: two buttons, a line, and another answer for the asking."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.steps import ask, settled, without_tokens
from tests.browser.test_main_job import ANSWER, DRAFT
from tests.loopback import Loopback, Reply

ARTICLE = "article >> nth=-1"


def pressed(page: Page) -> list[str]:
    return [words.strip() for words in page.locator("[aria-pressed=true]").all_text_contents()]


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
    expect(page.get_by_text("Noted")).to_be_visible()
    page.keyboard.type("?")
    expect(why).to_have_value("It forgets the Sun.?")
    expect(page.get_by_text("Noted")).to_be_hidden()
    expect(other.get_by_text("Noted")).to_be_visible()
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
    expect(why).to_be_focused()
    page.keyboard.type("ought")
    expect(why).to_have_value("Half a thought")


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
