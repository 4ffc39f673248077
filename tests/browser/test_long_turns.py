"""Long prompts and long answers: the line to the page carries them, or says why not."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps import ask, copied, settled
from tests.loopback import Loopback, Reply

PARAGRAPH = "The sea rises and falls twice a day, and ships wait for it. " * 8 + "\n\n"


def test_a_turn_longer_than_a_frame_may_come_in_goes_out(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply("I'm sorry, but I can't help with that."))
    provider.script("large", Reply([PARAGRAPH] * 600 + ["The end."]))
    ask(page, "Tell me all about tides.", loopback_cascade)
    settled(page)
    body = page.locator("article >> [id$=attempt-2-body]")
    expect(body).to_contain_text("The end.")
    told: list[str] = []
    page.on("websocket", lambda line: line.on("framesent", lambda frame: told.append(str(frame))))
    page.evaluate("htmx.find('[ws-connect]')['htmx-internal-data'].webSocket.socket.close()")
    page.wait_for_timeout(1500)  # the line is back, with a snapshot larger than the window
    assert any('"seen"' in frame for frame in told), "what follows the snapshot waits for ever"
    provider.script("small", Reply("And that was all there is to say about the tides of the sea."))
    ask(page, "And then?")
    settled(page)
    expect(page.locator("article >> nth=-1")).to_contain_text("that was all")


def test_a_long_answer_is_copied_whole(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    lines = [
        f"Line {number} of the long answer, in a paragraph of its own." for number in range(300)
    ]
    provider.script("small", Reply("I'm sorry, but I can't help with that."))
    provider.script("large", Reply([f"{line}\n\n" for line in lines]))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "Tell me in many lines.", loopback_cascade)
    settled(page)
    page.reload()
    copy = page.locator(".outcome").get_by_role("button", name="Copy", exact=True)
    assert [line for line in copied(page, copy.click).splitlines() if line] == lines


def test_a_prompt_that_is_too_long_stays_and_is_explained(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply("Tides are the rise and fall of the sea, made by the Moon."))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    prompt = page.get_by_label("Your question")
    for length, reason in ((400_000, "too large"), (16_001, "the most is 16,000")):
        prompt.fill("x" * length)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#notice")).to_contain_text(re.compile(reason))
        expect(prompt).to_have_value("x" * length)
    prompt.fill("And a short one?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article")).to_have_count(2)
    settled(page)


def test_emoji_and_a_retry_in_a_long_conversation(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply("A wave of the sea is not a tide, though both are of water."))
    ask(page, "🌊" * 15_900, loopback_cascade)
    settled(page)
    provider.script("small", Reply("This one takes its time. " * 50, pace_s=0.1))
    ask(page, "Once more, slowly.")
    page.get_by_role("button", name="Stop").click()
    last = page.locator("article >> nth=-1")
    expect(last.get_by_text("Stopped by you").first).to_be_visible()
    provider.script("small", Reply("A second wave of the sea, and it too is made of water."))
    last.get_by_role("button", name="Retry").click()
    expect(page.locator("article >> nth=-1")).to_contain_text("A second wave", timeout=15_000)
    expect(page.locator("article")).to_have_count(2)
