"""The box a question is written in: what Enter does, how it grows, and what it keeps."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import ask, quiet, settled
from tests.browser.test_main_job import DRAFT
from tests.loopback import Loopback, Reply

COUNT_SENDS = """() => {
  window.sends = 0;
  document.getElementById("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    window.sends += 1;
  });
}"""
PRESS_ENTER = """(prompt, how) => {
  const keys = { key: "Enter", bubbles: true, cancelable: true };
  return prompt.dispatchEvent(new KeyboardEvent("keydown", { ...keys, ...how }));
}"""
MOST_PX = 320


@pytest.fixture
def prompt(page: Page) -> Locator:
    page.goto("/")
    return page.get_by_label("Your question")


def height(prompt: Locator) -> float:
    box = prompt.bounding_box()
    assert box
    return box["height"]


def test_enter_sends_but_for_shift_and_for_a_word_that_is_being_composed(
    page: Page, prompt: Locator
) -> None:
    page.evaluate(COUNT_SENDS)
    prompt.press_sequentially("Why")
    prompt.press("Shift+Enter")
    prompt.press_sequentially("tides?")
    expect(prompt).to_have_value("Why\ntides?")
    for how in ({"isComposing": True}, {"keyCode": 229}):  # the second is Safari's
        assert prompt.evaluate(PRESS_ENTER, how), "the browser may take the word that was composed"
    assert page.evaluate("sends") == 0
    assert not prompt.evaluate(PRESS_ENTER, {"keyCode": 13})
    assert page.evaluate("sends") == 1
    prompt.fill(" \n ")
    prompt.press("Enter")
    assert page.evaluate("sends") == 1, "nothing was asked"


def test_the_box_grows_with_its_lines_to_a_bound_and_scrolls_from_there(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    prompt = page.get_by_label("Your question")
    heights = [height(prompt)]
    for lines in (2, 4, 60, 90):
        prompt.fill("\n".join(["a line"] * lines))
        heights.append(height(prompt))
    assert heights[0] < heights[1] < heights[2] < heights[3] == heights[4] == MOST_PX
    assert prompt.evaluate("it => it.scrollHeight > it.clientHeight")
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    expect(page.locator("article .body").last).to_be_in_viewport()
    prompt.fill("")
    assert height(prompt) == heights[0]


def test_what_was_refused_is_said_until_it_is_put_in_other_words(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    prompt = page.get_by_label("Your question")
    prompt.fill("tides " * 3000)
    prompt.press("Enter")
    notice = page.locator("#notice")
    expect(notice).to_contain_text("the most is 16,000")
    prompt.fill("And why two a day?")
    expect(notice).to_be_empty()


def test_a_duplicated_tab_asks_under_an_id_of_its_own(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(DRAFT), Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    other = page.context.new_page()
    other.goto(page.url)
    quiet(other)
    given = page.locator("#composer [name=client_id]").input_value()
    other.locator("#composer [name=client_id]").evaluate("(it, id) => { it.value = id; }", given)
    ask(page, "And why two a day?")
    expect(other.locator("article")).to_have_count(2)
    settled(other)
    ask(other, "And why not three?")
    settled(other)
    expect(other.locator("article")).to_have_count(3)
    expect(other.locator("#notice")).to_be_empty()


def test_what_is_typed_is_estimated_and_kept_for_its_conversation(
    page: Page, prompt: Locator, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    there = page.url
    prompt.press_sequentially("And why two a day?")
    estimate = page.locator("#estimate")
    expect(estimate).to_have_text(
        re.compile(r"≈\s\d+ tokens · ≈\s\$\S+ if the draft is kept, ≈\s\$")
    )
    page.goto("/")
    expect(prompt).to_have_value("")
    page.get_by_label("Cascade").select_option(label=loopback_cascade)
    prompt.press_sequentially("Something else")
    expect(estimate).to_contain_text("if the draft is kept")
    page.goto(there)
    expect(prompt).to_have_value("And why two a day?")
    page.goto("/")
    expect(prompt).to_have_value("Something else")
    prompt.fill("")
    expect(estimate).to_have_text("")
    page.goto(there)
    expect(prompt).to_have_value("And why two a day?")
    prompt.press("End")
    prompt.press_sequentially("?")
    expect(estimate).to_contain_text("if the draft is kept")
    prompt.press("Enter")
    settled(page)
    expect(estimate).to_have_text("")  # it was of what is sent by now
    page.goto("/")
    page.reload()
    expect(prompt).to_have_value("")


def test_a_question_that_was_sent_does_not_come_back_with_the_page_it_was_sent_from(
    page: Page, prompt: Locator, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    page.get_by_label("Cascade").select_option(label=loopback_cascade)
    ask(page, "Why are there tides?")
    settled(page)
    page.go_back()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    page.wait_for_load_state()
    expect(prompt).to_have_value("")
    prompt.fill("Something else")
    page.go_forward()
    expect(page.locator("article")).to_have_count(1)
    page.go_back()
    expect(prompt).to_have_value("Something else")
    prompt.fill("")


@pytest.mark.parametrize("place", ["/", "/admin/"])
def test_who_signs_out_leaves_nothing_in_the_tab(page: Page, prompt: Locator, place: str) -> None:
    prompt.fill("My secret")
    page.goto(place)
    kept = "JSON.stringify(sessionStorage)"
    assert "My secret" in page.evaluate(kept)
    door = re.compile("/(sign-out|admin/logout)/$")
    page.route(door, lambda route: route.fulfill(status=204))  # the session is shared
    with page.expect_request(door):
        page.get_by_role("button", name="Sign out").click()
    assert "My secret" not in page.evaluate(kept)
