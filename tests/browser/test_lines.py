"""The line to the server breaks, sleeps or is refused: the page finds back by itself."""

from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from tests.browser.conftest import serve
from tests.browser.steps import ask, settled, text_of
from tests.loopback import Loopback, Reply


def watched(page: Page) -> list[WebSocketRoute]:
    """The lines the page opens, as it opens them."""
    lines: list[WebSocketRoute] = []

    def through(line: WebSocketRoute) -> None:
        lines.append(line)
        line.connect_to_server()

    page.route_web_socket("**/ws/**", through)
    return lines


def opens_another(page: Page, lines: list[WebSocketRoute], known: int) -> bool:
    for _ in range(160):
        if len(lines) > known:
            return True
        page.wait_for_timeout(50)
    return False


def test_after_every_code_that_deserves_it_the_page_connects_again(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()  # not the fixture's: Playwright's own lines complain when closed
    provider.script("small", Reply("The Moon raises the tides, and the Sun helps it."))
    lines = watched(page)
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    assert opens_another(page, lines, 0)
    for code in (4408, 4429, 4500, 1000):
        known = len(lines)
        lines[-1].close(code=code)
        expect(page.locator("[data-connection=offline]")).to_be_hidden()
        assert opens_another(page, lines, known)
    ask(page, "And why two a day?")
    settled(page)
    expect(page.locator("article")).to_have_count(2)


def test_a_machine_that_slept_connects_again(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()
    provider.script("small", Reply("The Moon raises the tides, and the Sun helps it."))
    lines = watched(page)
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    known = len(lines)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 600_000; }")
    assert opens_another(page, lines, known)
    ask(page, "And why two a day?")
    settled(page)


def test_a_long_answer_is_acknowledged_and_shown_whole(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    """More than the server sends ahead of a reader."""
    words = " ".join(f"word{number}" for number in range(9000))
    provider.script("small", Reply("I'm sorry, but I can't help with that."))
    provider.script("large", Reply(words, pace_s=0.0005))
    ask(page, "Tell me everything", loopback_cascade)
    settled(page)
    assert text_of(page, 2).endswith("word8999")


def test_a_server_that_is_told_to_end_lets_the_answer_end_first(
    chromium: Browser, tmp_path: Path
) -> None:
    database = tmp_path / "db.sqlite3"
    first = serve(database)
    page = chromium.new_context().new_page()
    page.goto(first.link)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Prove that").click()
    expect(page.locator("[id$=attempt-1-body]")).to_contain_text("prime")
    first.process.terminate()
    settled(page)
    first.process.communicate(timeout=30)
    assert first.process.returncode == 0
    expect(page.locator("[data-connection=offline]")).to_be_visible(timeout=10_000)
    page.context.close()


def test_a_question_that_an_ending_server_refused_is_asked_of_the_next(
    chromium: Browser, tmp_path: Path
) -> None:
    first = serve(tmp_path / "db.sqlite3")
    context = chromium.new_context()
    writing, asking = context.new_page(), context.new_page()
    writing.goto(first.link)
    writing.get_by_role("button", name="Sign in").click()
    asking.goto(first.address)
    ask(asking, "Why are there tides?")
    settled(asking)
    writing.get_by_role("button", name="Prove that").click()
    expect(writing.locator("[id$=attempt-1-body]")).to_contain_text("prime")
    first.process.terminate()
    asking.wait_for_timeout(300)
    asking.get_by_label("Your question").fill("And why two a day?")
    asking.get_by_label("Your question").press("Enter")
    expect(asking.locator("#notice")).to_contain_text("restarting")
    first.process.communicate(timeout=30)
    second = serve(tmp_path / "db.sqlite3", port=int(first.address.rpartition(":")[2]))
    try:
        expect(asking.locator("article")).to_have_count(2, timeout=20_000)
        settled(asking)
        expect(asking.locator("#notice")).to_be_empty()
        expect(asking.get_by_label("Your question")).to_have_value("")
    finally:
        context.close()
        second.process.terminate()
        second.process.communicate(timeout=10)
