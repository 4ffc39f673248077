"""What a reader asks for and the server does not do is said, and what was there stays there."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.looks import View
from tests.browser.steps import ask, settled
from tests.browser.test_manage import asked, menu
from tests.loopback import Loopback, Reply

QUESTION = "Which tides are the highest?"
MADE_BY_SCRIPTS = re.compile(r"/prompts/|/title/")
AWAY = "The server could not be reached. Try again in a moment."


def told(page: Page) -> Locator:
    return page.get_by_role("alert").get_by_role("paragraph")


def test_what_a_menu_asks_for_while_the_server_is_away_is_said_and_done_when_it_is_back(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()
    row = asked(page, provider, loopback_cascade, QUESTION)
    managed = menu(page, QUESTION)

    def away(route: Route) -> None:
        route.fulfill(status=502) if route.request.resource_type == "xhr" else route.fallback()

    page.route("**/*", away)
    managed.get_by_role("button", name="Delete").click()
    expect(told(page)).to_have_text(AWAY)
    expect(row).to_have_count(1)
    page.unroute_all()
    managed.get_by_role("button", name="Pin").click()
    expect(managed.get_by_role("button", name="Unpin")).to_be_visible()
    expect(told(page)).to_have_count(0)
    managed.get_by_role("button", name="Unpin").click()


def test_saved_prompts_and_a_title_s_field_that_cannot_be_had_are_said(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()  # whose console complains of what is lost here
    row = asked(page, provider, loopback_cascade, "Which tides are not to be had?")
    none = page.locator(".prompts-none")
    close = page.get_by_role("alert").get_by_role("button", name="Close")
    for lost in (lambda route: route.abort(), lambda route: route.fulfill(status=502)):
        page.route(MADE_BY_SCRIPTS, lost)
        page.get_by_role("button", name="Saved prompts").click()
        expect(told(page)).to_have_text(AWAY)
        expect(none).to_be_empty()
        page.keyboard.press("Escape")
        close.click()
        row.press("F2")
        expect(told(page)).to_have_text(AWAY)
        close.click()
        page.unroute_all()
    context.clear_cookies()
    page.get_by_role("button", name="Saved prompts").click()
    expect(told(page)).to_have_text("Signed out. Sign in to go on.")
    expect(none).to_be_empty()


def test_a_search_without_a_server_is_said_and_leaves_the_list(view: View) -> None:
    page = view.page
    page.goto("/")
    rows = page.locator("#conversation-list .listed")
    before = rows.count()
    page.context.set_offline(True)
    page.keyboard.press("Control+k")
    page.keyboard.type("tides")
    expect(told(page)).to_have_text(AWAY)
    expect(rows).to_have_count(before)
    view.look("undone")
    close = page.get_by_role("alert").get_by_role("button", name="Close").element_handle()
    assert close.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    close.evaluate("it => { it.textContent = 'Schließen'; }")  # German words are longer
    assert close.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    close.click()
    expect(told(page)).to_have_count(0)


def test_a_copy_that_cannot_be_made_is_said(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    provider.script("small", Reply("The Moon pulls at the sea."))
    ask(page, "What makes the tides?", loopback_cascade)
    settled(page)
    page.get_by_role("button", name="Other ways to copy").click()
    page.route("**/answer.md", lambda route: route.abort())
    page.get_by_role("link", name="As Markdown").click()
    expect(told(page)).to_have_text(
        "Nothing was copied. Try again, or select the text and copy it by hand."
    )
    page.unroute_all()
    page.get_by_role("link", name="As Markdown").click()
    expect(page.get_by_role("link", name="As Markdown")).to_be_hidden()
    expect(told(page)).to_have_count(0)
    kept = page.evaluate("navigator.clipboard.readText()")
    assert kept == "The Moon pulls at the sea."
    context.clear_cookies()
    page.get_by_role("button", name="Other ways to copy").click()
    page.get_by_role("link", name="As Markdown").click()
    expect(told(page)).to_have_text("Signed out. Sign in to go on.")
    assert page.evaluate("navigator.clipboard.readText()") == kept


def test_who_was_signed_out_elsewhere_is_told_and_sees_no_page_in_the_page(view: View) -> None:
    page = view.page
    page.goto("/")
    page.context.clear_cookies()
    page.keyboard.press("Control+k")
    page.keyboard.type("tides")
    expect(told(page)).to_have_text("Signed out. Sign in to go on.")
    expect(page.get_by_label("Password")).to_have_count(0)
