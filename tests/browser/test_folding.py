"""A draft that was set aside folds, but not while its reader is in it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import ask, settled
from tests.browser.test_main_job import ANSWER, REFUSAL
from tests.loopback import Loopback, Reply

DRAFT = f"{REFUSAL}\n\n```python\nprint('no')\n```\n\n" + f"{REFUSAL}\n\n" * 40
SELECT = "it => getSelection().selectAllChildren(it)"


def set_aside(page: Page, prompt: str, cascade: str = "") -> Locator:
    """The draft's text, which the next model has not followed yet."""
    ask(page, prompt, cascade)
    turn = page.locator("article").last
    expect(turn.locator(".chip").last).to_contain_text("Switching to large")
    return turn.locator("[id$=attempt-1-body]")


def test_a_draft_stays_open_around_the_focus_a_selection_and_who_scrolled_into_it(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply([DRAFT]))  # at once: it is ended as soon as it is lost
    provider.script("large", Reply(ANSWER, delay_s=2))

    draft = set_aside(page, "Why are there tides?", loopback_cascade)
    wrap = draft.get_by_role("button", name="Wrap")
    wrap.focus()
    settled(page)
    expect(wrap).to_be_focused()
    expect(wrap).to_be_visible()

    draft = set_aside(page, "And why two a day?")
    draft.locator("p").first.evaluate(SELECT)
    settled(page)
    assert page.evaluate("getSelection().toString()") == REFUSAL
    expect(draft).to_be_visible()

    draft = set_aside(page, "And how strong is the Sun's part?")
    page.evaluate("getSelection().empty()")
    page.locator(".thread").hover()
    page.mouse.wheel(0, -300)
    expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()
    settled(page)
    expect(draft).to_be_visible()

    draft = set_aside(page, "Whom may I ask?")
    settled(page)
    expect(draft).to_be_hidden()


def test_while_the_next_model_writes_the_draft_s_score_is_drawn_and_told(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER * 9, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    for _ in range(2):  # as it was pushed, and as a reload shows it
        draft = page.locator(".attempt").first
        expect(page.locator("[id$=attempt-2-body] table").first).to_be_visible()
        expect(draft.locator(".gauge")).to_be_visible()
        expect(draft.locator(".chip")).to_contain_text(re.compile(r"0\.\d\d, needed 0\.70"))
        expect(draft.locator(".judged")).to_have_text(re.compile(r"\w+ \w+"))
        page.reload()
    page.get_by_role("button", name="Stop").click()
    settled(page)
