"""What a reader decides: other versions, who answers, and where it goes on."""

import json
import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.steps import ask, copied, quiet, settled
from tests.loopback import Loopback, Reply, event

REFUSAL = "I'm sorry, but I can't help with that."
DRAFT = "The Moon pulls at the sea, and the sea rises on the side that faces it."
ANSWER = "Because of the Moon and the Sun, which both pull at the sea."


def answered(page: Page, provider: Loopback, cascade: str) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", cascade)
    settled(page)
    quiet(page)


def test_a_prompt_is_edited_by_keyboard_and_both_versions_are_there(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(REFUSAL))
    provider.script("large", Reply(ANSWER))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    page.locator(".edit summary").focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("The question in other words")
    expect(field).to_be_focused()
    field.fill("Why are there two tides a day?")
    page.keyboard.press("Enter")
    expect(page.locator(".prompt-text")).to_have_text("Why are there two tides a day?")
    expect(page.get_by_label("Your question")).to_be_focused()
    settled(page)
    expect(page.locator(".versions")).to_contain_text("2 of 2")
    page.get_by_role("button", name="Previous version").press("Enter")
    expect(page.locator(".prompt-text")).to_have_text("Why are there tides?")
    expect(page.locator(".versions")).to_contain_text("1 of 2")
    expect(page.get_by_role("button", name="Next version")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("Version 1 of 2")
    page.reload()
    expect(page.locator(".prompt-text")).to_have_text("Why are there tides?")
    expect(page.get_by_role("button", name="Previous version")).to_be_disabled()


def test_who_steps_through_versions_keeps_the_place_the_focus_and_what_was_typed(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.emulate_media(reduced_motion="reduce")  # what is opened is in view at once
    provider.script("small", Reply("\n\n".join([DRAFT] * 40)))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    ask(page, "And why two a day?")
    settled(page)
    page.locator(".edit summary").last.press("Enter")
    page.get_by_label("The question in other words").last.fill("And why not one a day?")
    page.keyboard.press("Enter")
    expect(page.locator(".prompt-text").last).to_have_text("And why not one a day?")
    settled(page)
    expect(page.locator(".jump")).to_be_hidden()  # the end of the answer is in sight
    quiet(page)
    page.locator(".edit summary").first.press("Enter")
    note = page.get_by_label("The question in other words").first
    note.fill("Why is there a tide")
    first = page.locator("article").first.element_handle()
    back = page.get_by_role("button", name="Previous version")
    back.scroll_into_view_if_needed()
    back.focus()
    page.wait_for_timeout(100)
    before = back.bounding_box()
    page.keyboard.press("Enter")
    expect(page.locator(".prompt-text").last).to_have_text("And why two a day?")
    quiet(page)
    forth = page.get_by_role("button", name="Next version")
    expect(forth).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("Version 1 of 2")
    after = forth.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 2
    assert first.evaluate("it => it.isConnected")
    expect(note).to_have_value("Why is there a tide")


def test_who_is_in_an_edit_before_it_took_the_focus_keeps_their_place(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade)
    page.locator(".edit").evaluate(
        """(edit) => {
          edit.open = true;
          edit.querySelector("textarea").select();
          return new Promise((told) => edit.addEventListener("toggle", () => setTimeout(told)));
        }"""
    )
    page.keyboard.type("Why none?")
    expect(page.get_by_label("The question in other words")).to_have_value("Why none?")


def test_an_edit_that_is_refused_for_its_words_is_open_again(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade)
    page.locator(".edit summary").press("Enter")
    field = page.get_by_label("The question in other words")
    words = "Why? " * 4_000
    field.fill(words)
    field.press("Enter")
    expect(page.locator("#notice")).to_contain_text("the most is 16,000")
    expect(field).to_be_focused()
    expect(field).to_have_value(words)

    field.fill("Why none?")
    field.press("Enter")
    expect(page.locator(".prompt-text")).to_have_text("Why none?")
    expect(field).to_be_hidden()
    expect(page.locator("#notice")).to_be_empty()


def test_escape_leaves_an_edit_and_gives_the_focus_back(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    answered(page, provider, loopback_cascade)
    page.locator(".edit summary").press("Enter")
    page.get_by_label("The question in other words").press("Escape")
    summary = page.locator(".edit summary")
    expect(summary).to_be_focused()
    expect(page.locator(".prompt-text")).to_be_visible()
    # A line that is found again shows the turn anew.
    shown = page.locator("article").element_handle()
    page.evaluate("htmx.find('[ws-connect]')['htmx-internal-data'].webSocket.socket.close()")
    while shown.evaluate("it => it.isConnected"):
        page.wait_for_timeout(50)
    expect(summary).to_be_focused()


def test_one_model_alone_and_another_cascade_answer_a_retry(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("button", name="Only the draft small").click()
    expect(page.locator(".chip").last).to_contain_text("alone, as you asked")
    settled(page)
    expect(page.locator("article")).to_contain_text(REFUSAL)
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("button", name="Only the last model").click()
    expect(page.locator(".versions")).to_contain_text("3 of 3")
    settled(page)
    expect(page.locator(".chip")).to_have_text("Answer 1: Answered by large · alone, as you asked")
    expect(page.locator("article")).to_contain_text(ANSWER)
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("link", name="Another cascade").press("Enter")
    expect(page.get_by_role("button", name="Demo")).to_be_focused()
    page.get_by_role("group", name="By another cascade").get_by_text("Demo").click()
    expect(page.locator(".versions")).to_contain_text("4 of 4")
    expect(page.locator(".badge").first).to_have_text("demo")


def test_a_draft_is_compared_with_the_answer_and_the_events_are_copied(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.script("small", Reply("I'm sorry, but I can't say why the Moon pulls."))
    provider.script("large", Reply("I can say why the Moon pulls at the sea."))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_text("Compare with draft").click()
    difference = page.get_by_role("region", name="The draft and the answer, word by word")
    expect(difference).to_contain_text("say why the Moon")
    expect(difference.locator("del").first).to_contain_text("sorry")
    expect(difference.locator("ins").last).to_contain_text("at the sea.")

    page.locator(".receipt > summary").click()
    page.get_by_text("Raw events").click()
    events = json.loads(copied(page, page.get_by_role("button", name="Copy JSON").click))
    types = [event["type"] for event in events]
    assert types[0] == "routing" and types[-1] == "complete"
    assert {"chunk", "cost", "draft_decision", "switch"} <= {*types}


def test_a_fork_is_a_conversation_of_its_own(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    before = page.url
    page.get_by_role("link", name="Fork").click()
    page.wait_for_url(lambda url: url != before)
    expect(page.locator("article")).to_contain_text("cost nothing here")
    ask(page, "And why two a day?")
    settled(page)
    expect(page.locator("article")).to_have_count(2)
    page.goto(before)
    expect(page.locator("article")).to_have_count(1)


def test_another_cascade_is_chosen_between_turns(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    with page.expect_navigation():
        page.get_by_label("Cascade").select_option(label="Demo")
    ask(page, "And why two a day?")
    expect(page.locator("article").last.locator(".badge").first).to_have_text("demo")


def test_another_tab_shows_who_answers_next_and_keeps_what_is_typed_there(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(" ".join([DRAFT] * 4), pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    other = context.new_page()
    other.goto(page.url)
    quiet(other)
    other.locator(".edit summary").press("Enter")
    field = other.get_by_label("The question in other words")
    field.fill("Why are there tides, in other words")
    with page.expect_navigation():
        page.get_by_label("Cascade").select_option(label="Demo")
    expect(other.locator("#cascade-choice option:checked")).to_have_text("Demo")
    with page.expect_navigation():
        page.get_by_label("Cascade").select_option(label=loopback_cascade)
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("button", name="Ask again").click()
    expect(other.locator("article")).to_have_attribute("aria-busy", "true")
    expect(other.locator(".prompt-text")).to_be_visible()
    expect(field).to_be_visible()
    field.press("End")
    field.press_sequentially(", please")
    field.press("Enter")
    expect(other.locator("#notice")).to_contain_text("An answer is already being written")
    expect(field).to_have_value("Why are there tides, in other words, please")
    expect(other.locator("article")).to_have_attribute("aria-busy", "true")
    settled(other)
    expect(other.locator(".versions")).to_contain_text("2 of 2")
    expect(field).to_be_visible()
    expect(field).to_have_value("Why are there tides, in other words, please")


def test_a_draft_is_used_when_the_verifier_fails(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL, pace_s=0.02))
    provider.script("large", Reply.error(400, "no"))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    turn = page.locator("article >> nth=-1")
    expect(turn.locator(".outcome")).to_contain_text("did not accept the request")
    draft = turn.locator("[id$=attempt-1-body]")
    expect(draft).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "verifier-failed.png")
    turn.get_by_role("button", name="Use draft").click()
    expect(turn.locator(".outcome")).to_contain_text("You use the draft")
    expect(turn.get_by_role("button", name="Use draft")).to_have_count(0)
    expect(draft).to_be_visible()
    turn.locator(".receipt > summary").click()
    expect(turn.locator(".receipt")).to_contain_text("used by you, below the bar")
    page.screenshot(path=SCREENSHOTS / "draft-used.png")
    page.reload()
    expect(turn.locator(".outcome")).to_contain_text("You use the draft")
    expect(turn.get_by_role("button", name="Good answer")).to_be_visible()


def test_reasoning_tells_its_time_and_is_read_on_demand(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    thoughts = [{"reasoning_content": f"Step {step}. "} for step in range(12)]
    deltas = [*thoughts, {"content": DRAFT}]
    pieces = [event({"choices": [{"index": 0, "delta": delta}]}) for delta in deltas]
    end = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    provider.script("small", Reply(raw=[*pieces, end, b"data: [DONE]\n\n"], pace_s=0.2))
    ask(page, "Why are there tides?", loopback_cascade)
    summary = page.locator("article >> nth=-1 >> .reasoning > summary").first
    expect(summary).to_contain_text("Thinking")
    settled(page)
    expect(summary).to_have_text(re.compile(r"Thought for \d+\s(min|s)"))
    summary.click()
    expect(page.locator("article >> nth=-1 >> .thought").first).to_contain_text("Step 11.")
    page.screenshot(path=SCREENSHOTS / "thought.png")
    page.reload()
    expect(summary).to_have_text(re.compile(r"Thought for \d+\s(min|s)"))
