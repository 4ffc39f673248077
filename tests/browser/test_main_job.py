"""The main job, as a person does it: ask, watch a draft be kept or set aside, reload, stop."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from chat.render.markdown import render
from tests.browser.conftest import SCREENSHOTS
from tests.browser.steps import ask, choose, settled, text_of
from tests.loopback import Loopback, Reply

DRAFT = (
    "Tides are the rise and fall of the sea. The **Moon** pulls at the water that is near it more "
    "than at the Earth as a whole, and less at the water beyond, so it bulges on both sides.\n\n"
    "1. The Earth turns under the two bulges.\n2. So most coasts see two high tides a day.\n\n"
    "> The Sun does the same, less than half as strongly.\n\nThat is why there are tides."
)
REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = (
    "## Why there are tides\n\nThe Moon's gravity is stronger on the near side of the Earth than "
    "on the far side. That difference stretches the oceans along the line to the Moon.\n\n"
    "| Body | Share |\n|---|---:|\n| Moon | 69 % |\n| Sun | 31 % |\n\n"
    "```python\ndef tide(moon, sun):\n    return 0.69 * moon + 0.31 * sun\n```\n\n"
    "When both pull in line, at new and full Moon, the tides are highest."
)


def test_a_draft_is_kept_and_another_is_set_aside(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT, pace_s=0.02))
    choose(page, loopback_cascade)
    ask(page, "Why are there tides?")
    expect(page.locator("[data-status=writing], [data-status=drafting]").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "drafting.png")
    settled(page)
    expect(page.get_by_text("Draft accepted").first).to_be_visible()
    expect(page.locator("article strong")).to_have_text("Moon")
    page.screenshot(path=SCREENSHOTS / "accepted.png")

    provider.script("small", Reply(REFUSAL, pace_s=0.02))
    provider.script("large", Reply(ANSWER, pace_s=0.02))
    ask(page, "And how strong is the Sun's part?")
    expect(page.get_by_text("Draft set aside").first).to_be_visible()
    expect(page.locator("article >> nth=-1 >> [id$=attempt-2-body]")).to_contain_text("gravity")
    page.screenshot(path=SCREENSHOTS / "verifying.png")
    settled(page)
    refusal = page.locator("article >> nth=-1 >> [id$=attempt-1-body]")
    expect(refusal).to_be_hidden()
    page.locator("article >> nth=-1 >> .fold summary").click()
    expect(refusal).to_have_text(REFUSAL)
    expect(page.locator("article >> nth=-1 >> .body table td").first).to_have_text("Moon")
    page.screenshot(path=SCREENSHOTS / "set-aside.png")
    expect(page.locator("#conversation-totals")).to_contain_text("$")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("number", [1, 2], ids=["draft", "verifier"])
def test_C1_a_reload_in_mid_answer_loses_nothing(
    page: Page, provider: Loopback, loopback_cascade: str, share: float, number: int
) -> None:
    written = Reply(ANSWER, pace_s=0.03)
    provider.script("small", written if number == 1 else Reply(REFUSAL))
    provider.script("large", written)
    ask(page, "Why are there tides?", loopback_cascade)
    body = page.locator(f"article >> nth=-1 >> [id$=attempt-{number}-body]")
    expect(body).to_contain_text(re.compile(rf"(\S+\s+){{{int(share * 60)}}}"), timeout=20_000)
    page.reload()
    assert len(text_of(page, number).split()) >= int(share * 50)
    if share < 0.9:  # later the answer may be over before the page is there again
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
    settled(page)
    shown = page.locator(f"[id$=attempt-{number}-sheet-0]")
    controls = page.locator("article").get_by_role("button")
    offered = controls.all_text_contents()
    for _ in range(2):  # as it was pushed, and as a reload shows it
        tail = page.locator(f"[id$=attempt-{number}-tail]").inner_html()
        assert shown.inner_html() + tail == render(ANSWER)
        page.reload()
        assert controls.all_text_contents() == offered
    expect(page.locator(".attempt")).to_have_count(number)


def test_stop_ends_the_answer_and_the_request(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT * 5, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    body = page.locator("article >> nth=-1 >> [id$=attempt-1-body]")
    expect(body).to_contain_text("Moon")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped by you").first).to_be_visible(timeout=2_000)
    page.screenshot(path=SCREENSHOTS / "stopped.png")
    assert provider.requests[-1].left_at is not None
    kept = body.inner_text()
    page.reload()
    assert body.inner_text() == kept


def test_a_second_tab_mirrors_the_first(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT, pace_s=0.02))
    ask(page, "Why are there tides?", loopback_cascade)
    other = context.new_page()
    other.goto(page.url)
    settled(page)
    settled(other)
    ask(page, "And again?")
    expect(other.locator("article")).to_have_count(2)
    settled(page)
    settled(other)
    article = "article >> nth=-1"
    assert other.locator(article).inner_html() == page.locator(article).inner_html()


def test_a_lost_line_is_found_again(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    expect(page.locator("article >> [id$=attempt-1-body]")).to_contain_text("Moon")
    page.evaluate("htmx.find('[ws-connect]')['htmx-internal-data'].webSocket.socket.close()")
    settled(page)
    assert "That is why there are tides." in text_of(page, 1)


def test_a_provider_that_is_down_is_explained(
    page: Page, provider: Loopback, locked_cascade: str
) -> None:
    refused = Reply.error(401, "Incorrect API key provided: sk-loop...6789")
    provider.script("locked-small", refused)
    provider.script("locked-large", refused)
    ask(page, "Why are there tides?", locked_cascade)
    alert = page.locator("article").get_by_role("alert")
    expect(alert).to_be_visible()
    assert "sk-" not in page.content()
    page.screenshot(path=SCREENSHOTS / "failed.png")
    provider.script("locked-large", Reply(DRAFT))
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("article >> nth=-1 >> strong")).to_have_text("Moon")
    expect(page.locator("article")).to_have_count(1)


def test_the_demo_answers_without_a_key(page: Page) -> None:
    page.goto("/")
    page.screenshot(path=SCREENSHOTS / "welcome.png")
    page.locator(".suggestions button").first.click()
    expect(page.get_by_text("demo-small").first).to_be_visible()
    settled(page)
    page.screenshot(path=SCREENSHOTS / "demo.png")
