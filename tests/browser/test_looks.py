"""Light and dark, wide and narrow: pictures to look at, and nothing that is out of reach."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import View
from tests.browser.steps import ask, choose, settled
from tests.browser.test_main_job import ANSWER, DRAFT, REFUSAL
from tests.loopback import Loopback, Reply

pytestmark = pytest.mark.long


def test_a_draft_set_aside(view: View, provider: Loopback, loopback_cascade: str) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER))
    choose(view.page, loopback_cascade)
    view.look("welcome")
    ask(view.page, "Why are there tides?")
    settled(view.page)
    expect(view.page.locator("article .body table")).to_be_visible()
    view.look("answer")
    view.page.get_by_text("Receipt").last.click()
    view.look("answer-receipt")


def test_a_draft_kept_and_thumbed(view: View, provider: Loopback, loopback_cascade: str) -> None:
    provider.script("small", Reply(DRAFT))
    ask(view.page, "Why are there tides?", loopback_cascade)
    settled(view.page)
    view.look("accepted")
    view.page.get_by_role("button", name="Good answer").click()
    view.page.get_by_label("Why, if you like to say").fill("Short and right.")
    view.look("thumbs")


def test_an_answer_being_written_and_stopped(
    view: View, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT * 9, pace_s=0.05))
    ask(view.page, "Why are there tides?", loopback_cascade)
    expect(view.page.locator("article strong").first).to_be_visible()
    view.look("drafting")
    view.page.get_by_role("button", name="Stop").click()
    settled(view.page)
    view.look("stopped")


def test_a_model_that_is_waited_for_and_the_last_one_writing(
    view: View, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply("", end="hang"), Reply(REFUSAL))
    provider.script("large", Reply(ANSWER * 9, pace_s=0.05))
    stop = view.page.get_by_role("button", name="Stop")
    ask(view.page, "Why are there tides?", loopback_cascade)
    expect(view.page.locator(".chip").first).to_contain_text("small")
    view.look("waiting")
    stop.click()
    settled(view.page)
    ask(view.page, "And how strong is the Sun's part?")
    expect(view.page.locator("[id$=attempt-2-body] table").first).to_be_visible()
    view.look("verifying")
    stop.click()
    settled(view.page)


def test_a_provider_that_wants_time(view: View, provider: Loopback, loopback_cascade: str) -> None:
    provider.script("small", Reply.error(429, "Slow down", Retry_After="20"))
    ask(view.page, "Why are there tides?", loopback_cascade)
    expect(view.page.locator(".attempt-note")).to_contain_text("Trying again in")
    view.look("retrying")
    view.page.get_by_role("button", name="Stop").click()
    settled(view.page)


def test_the_last_model_asked_alone(view: View, provider: Loopback, loopback_cascade: str) -> None:
    provider.script("small", Reply(DRAFT))
    provider.script("large", Reply(ANSWER))
    ask(view.page, "Why are there tides?", loopback_cascade)
    settled(view.page)
    view.page.get_by_role("button", name="Ask large").click()
    expect(view.page.locator(".chip").last).to_contain_text("large")
    expect(view.page.locator("article .body table").first).to_be_visible()
    settled(view.page)
    view.look("direct")


def test_an_answer_that_failed(view: View, provider: Loopback, loopback_cascade: str) -> None:
    provider.script("small", Reply(status=400))
    provider.script("large", Reply(status=400))
    ask(view.page, "Why are there tides?", loopback_cascade)
    expect(view.page.get_by_role("button", name="Retry").first).to_be_visible()
    view.look("failed")


@pytest.mark.parametrize("address", ["/sign-in/", "/nowhere/"])
def test_pages_for_strangers(view: View, address: str) -> None:
    view.page.context.clear_cookies()
    view.page.goto(address)
    view.look(address.strip("/"))


def test_the_list_of_keys(view: View) -> None:
    view.page.goto("/")
    view.page.get_by_label("Your question").blur()
    view.page.keyboard.press("Shift+?")
    view.look("keys")
