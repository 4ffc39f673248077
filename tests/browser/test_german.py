"""The main job in German: no word of ours is left in English, on no page that is met on the way."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Server
from tests.browser.looks import SCREENSHOTS, WIDTHS
from tests.browser.test_main_job import ANSWER, REFUSAL
from tests.loopback import Loopback, Reply
from tests.words.catalogue import read

PAGES = {
    "costs": "/costs/",
    "threshold": "/costs/threshold/",
    "all": "/find/",
    "import": "/import/",
    "desk": "/admin/",
    "cascade": "/admin/chat/cascade/add/",
    "provider": "/admin/chat/provider/add/",
}

DRAFT = (
    "Gezeiten sind das Steigen und Fallen des Meeres. Der **Mond** zieht an dem Wasser, das ihm"
    " nahe ist, stärker als an der Erde, und schwächer an dem Wasser auf der anderen Seite.\n\n"
    "1. Die Erde dreht sich unter zwei Flutbergen.\n2. So hat fast jede Küste zweimal am Tag Flut."
    "\n\nDarum gibt es Ebbe und Flut."
)

WHO = "operator"
"""The name of who is signed in, which is one of our words as well."""


@pytest.fixture
def german(
    chromium: Browser, server: Server, signed_in: dict[str, object]
) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": 1440, "height": 900},
        locale="de-DE",
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


def in_english(page: Page) -> list[str]:
    """Whole texts and labels of the page that the catalogue has in German."""
    shown: list[str] = page.evaluate(
        """() => {
          const [found, skipped] = [[], "[lang=en], .prose, script, style"];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const { parentElement, data } = walker.currentNode;
            if (!parentElement.closest(skipped)) found.push(data);
          }
          for (const name of ["aria-label", "title", "placeholder"]) {
            const named = document.querySelectorAll(`[${name}]`);
            found.push(...Array.from(named, (one) => one.getAttribute(name)));
          }
          return found.map((text) => text.trim()).filter(Boolean);
        }"""
    )
    english = {one.msgid for one in read() if one.msgstr.casefold() != one.msgid.casefold()}
    german = {one.msgstr for one in read()}
    return sorted({text for text in shown if text in english - german - {WHO}})


def assert_german(page: Page, name: str) -> None:
    """No word of ours is left in English, and the long ones fit, also on a phone."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        page.screenshot(path=SCREENSHOTS / f"german-{name}-{width}.png")
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{name} is {over} px too wide at {width} px"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    assert in_english(page) == [], name


def settled(page: Page) -> None:
    expect(page.get_by_role("button", name="Senden")).to_be_visible(timeout=20_000)


def test_the_main_job_in_german(
    german: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = german.new_page()
    provider.script("small", Reply(DRAFT, pace_s=0.01))
    page.goto("/")
    expect(page.get_by_role("heading", name="Was möchten Sie wissen?")).to_be_visible()
    page.get_by_label("Kaskade").select_option(label=loopback_cascade)
    page.get_by_label("Ihre Frage").fill("Warum gibt es Ebbe und Flut?")
    assert_german(page, "first")
    page.get_by_label("Ihre Frage").press("Enter")
    settled(page)
    expect(page.get_by_text("Entwurf angenommen").first).to_be_visible()
    assert_german(page, "accepted")

    provider.script("small", Reply(REFUSAL, pace_s=0.01))
    provider.script("large", Reply(ANSWER, pace_s=0.01))
    page.get_by_label("Ihre Frage").fill("Und wie stark ist die Sonne?")
    page.get_by_label("Ihre Frage").press("Enter")
    expect(page.get_by_text("Entwurf zurückgestellt").first).to_be_visible()
    settled(page)
    expect(page.locator("#announcer")).to_contain_text(re.compile("fertig, \\d+ Wörter, .*\\$"))
    receipt = page.locator("article >> nth=-1 >> .receipt")
    receipt.locator("> summary").click()
    expect(receipt).to_contain_text("Summe")
    page.set_viewport_size({"width": 320, "height": 844})
    over = receipt.locator(".receipt-scroll").evaluate_all(
        "them => Math.max(...them.map((it) => it.scrollWidth - it.clientWidth))"
    )
    assert over <= 0, f"the costs of a receipt are {over} px out of sight"
    expect(page.locator("#conversation-totals")).to_contain_text(re.compile(r"0,\d+\s\$"))
    assert_german(page, "set-aside")
    page.reload()
    assert in_english(page) == []

    for name, address in PAGES.items():
        page.goto(address)
        assert_german(page, name)

    page.goto("/")
    page.get_by_label("Sprache").select_option("en")
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
