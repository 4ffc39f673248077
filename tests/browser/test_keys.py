"""The chat without a mouse."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import ask, copied, quiet, settled
from tests.browser.test_main_job import DRAFT
from tests.loopback import Loopback, Reply

PRESS = """(field, how) => {
  const event = { bubbles: true, cancelable: true, ...how };
  return field.dispatchEvent(new KeyboardEvent("keydown", event));
}"""
FEW = 30
"""Presses of Tab from the beginning of the content to the receipt of its one answer."""


def test_every_key_does_what_its_list_says(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script("small", Reply(DRAFT * 9, pace_s=0.05), Reply(DRAFT))
    prompt = page.get_by_label("Your question")
    ask(page, "Why are there tides?", loopback_cascade)
    page.evaluate("document.dispatchEvent(new CustomEvent('undone', { detail: 'uncopied' }))")
    expect(page.get_by_role("alert")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped by you").first).to_be_visible()

    receipt = page.locator(".receipt > summary")
    receipt.focus()
    page.keyboard.press("Shift+?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Use these keys")).to_be_focused()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(receipt).to_be_focused()
    page.keyboard.press("Shift+Escape")
    expect(prompt).to_be_focused()

    page.keyboard.type("Is there more?")
    expect(prompt).to_have_value("Is there more?")  # its own `?` is text
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(2)
    settled(page)
    assert "The Moon pulls" in copied(page, lambda: page.keyboard.press("Control+Shift+c"))

    page.keyboard.press("Control+Shift+o")
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_escape_stops_also_what_is_still_on_its_way(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(DRAFT * 9, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    page.get_by_label("Your question").fill("And why two a day?")
    page.get_by_label("Your question").evaluate(
        """(field) => {
            for (const key of ["Enter", "Escape"]) {
                field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            }
        }"""
    )
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("article").last.get_by_text("Stopped by you").first).to_be_visible()


AGAIN = {
    "retry": "document.querySelector('[popovertarget$=again]').click();"
    "document.querySelector('.menu .retry button').click()",
    "edit": "document.querySelector('.edit form').requestSubmit()",
}


@pytest.mark.parametrize("way", AGAIN)
def test_escape_stops_also_another_version_that_is_still_on_its_way(
    page: Page, provider: Loopback, loopback_cascade: str, way: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(DRAFT * 9, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    page.get_by_label("Your question").evaluate(
        f"""(field) => {{
            {AGAIN[way]};
            field.dispatchEvent(new KeyboardEvent("keydown", {{ key: "Escape", bubbles: true }}));
        }}"""
    )
    expect(page.locator(".versions")).to_contain_text("2 of 2")
    expect(page.get_by_text("Stopped by you").first).to_be_visible()


def test_what_is_sought_is_found_marked_and_reached_by_keys_alone(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why does the harbour of Zanzibar fall dry?", loopback_cascade)
    settled(page)
    there = page.url
    page.goto("/")
    page.keyboard.press("Control+k")
    search = page.get_by_label("Search conversations")
    expect(search).to_be_focused()
    page.keyboard.type("zanzib")
    found = page.locator(".found-link")
    expect(found.locator(".found-title mark")).to_have_text("Zanzibar")
    expect(page.locator("#search-status")).to_have_text("1 found.")
    page.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(search).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{re.escape(there)}[?]turn=.*#turn-"))
    expect(page.locator("article")).to_be_in_viewport()

    page.keyboard.press("Control+k")
    page.keyboard.type("zanzib")
    expect(found).to_have_count(1)
    page.keyboard.press("Escape")
    expect(search).to_have_value("")
    expect(page.locator(".listed-link[aria-current=page]")).to_be_visible()


def test_what_is_found_in_another_version_is_one_button_away(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why does the harbour of Vlissingen fall dry?", loopback_cascade)
    settled(page)
    provider.script("small", Reply(DRAFT))
    page.locator(".edit summary").click()
    page.get_by_label("The question in other words").fill("Why does it not?")
    page.get_by_role("button", name="Save and ask again").click()
    expect(page.locator(".prompt-text")).to_have_text("Why does it not?")
    settled(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("vlissing")
    page.locator(".found-link").last.click()
    page.get_by_role("button", name="Show it").click()
    expect(page.locator(".prompt-text")).to_contain_text("Vlissingen")
    assert page.url.endswith(page.locator("article").get_attribute("id") or "nowhere")
    expect(page.get_by_role("button", name="Show it")).to_have_count(0)


def composes(field: Locator, *keys: str) -> None:
    """The page leaves them to the input method, also to Safari's, which says so by a number."""
    for key in keys:
        for how in ({"isComposing": True}, {"keyCode": 229}):
            assert field.evaluate(PRESS, {"key": key, **how})


def test_a_word_that_is_being_composed_has_its_keys_to_itself(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(DRAFT * 9, pace_s=0.05))
    ask(page, "Why are there tides to compose?", loopback_cascade)
    settled(page)
    search, question = page.get_by_label("Search conversations"), page.get_by_label("Your question")
    title = page.locator(".listed .rename").get_by_label("Title")
    stop = page.get_by_role("button", name="Stop")
    page.locator(".listed-link[aria-current=page]").press("F2")
    composes(title, "Escape")
    title.press("Escape")
    expect(title).to_have_count(0)
    search.focus()
    page.keyboard.type("composed")
    composes(search, "Escape", "ArrowDown")
    expect(search).to_have_value("composed")
    expect(search).to_be_focused()
    question.fill("And why two a day?")
    question.press("Enter")
    expect(stop).to_be_visible()
    composes(question, "Escape")
    expect(stop).to_be_visible()
    question.press("Escape")
    expect(page.get_by_text("Stopped by you").first).to_be_visible()


def test_the_keys_can_be_switched_off(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT * 9, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")  # the browser's own: it closes the list
    page.reload()
    page.keyboard.press("Escape")
    page.get_by_label("Your question").blur()
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    settled(page)


def test_a_button_that_goes_with_what_it_did_leaves_the_focus_near(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(DRAFT * 9, pace_s=0.05), Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    page.get_by_label("Your question").fill("And why two a day?")
    send, stop = (page.get_by_role("button", name=name) for name in ("Send", "Stop"))
    send.press("Enter")
    expect(stop).to_be_focused()
    stop.press("Enter")
    expect(send).to_be_focused()
    quiet(page)
    page.get_by_role("button", name="Retry").last.press("Enter")
    expect(page.locator(".versions")).to_contain_text("2 of 2")
    expect(page.locator(".thread")).to_be_focused()
    settled(page)


def test_an_answer_is_scrolled_by_keys_alone_while_it_is_written(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT * 30, pace_s=0.01))
    ask(page, "Why are there tides?", loopback_cascade)
    page.wait_for_function("() => document.querySelector('.thread').scrollTop > 400")
    thread = page.get_by_role("log", name="Conversation")
    while not thread.evaluate("it => it === document.activeElement"):
        assert tab(page, back=True) != "Skip to the content"
    page.keyboard.press("PageUp")
    expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()
    page.keyboard.press("Escape")
    settled(page)


def test_an_answer_is_asked_for_read_and_rated_by_the_tab_key(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_role("link", name="Cascade Chat").focus()
    assert tab(page) == "New conversation"
    assert [tab(page, back=True) for _ in range(2)] == ["Cascade Chat", "Skip to the content"]
    page.keyboard.press("Enter")
    reached = [tab(page)]
    while reached[-1] != "Receipt":
        assert len(reached) < FEW, reached
        reached.append(tab(page))
    page.keyboard.press("Enter")
    expect(page.locator(".receipt[open]")).to_be_visible()
    assert {"Good answer", "Copy"} <= {*reached}


def tab(page: Page, *, back: bool = False) -> str:
    """The name of what has the focus then, which is to be seen."""
    page.keyboard.press("Shift+Tab" if back else "Tab")
    name = page.evaluate("document.activeElement.innerText || document.activeElement.name")
    assert page.evaluate("document.activeElement.matches(':focus-visible, body')"), name
    return str(name).strip().split("\n")[0]
