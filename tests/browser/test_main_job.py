"""The main job, as a person does it: ask, watch a draft be kept or set aside, reload, stop."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import SCREENSHOTS, Server
from tests.loopback import Loopback, Reply

DRAFT = (
    "Tides are the rise and fall of the sea. The **Moon** pulls at the water that is near it more "
    "than at the Earth as a whole, and less at the water beyond, so the sea bulges on both sides.\n\n"
    "1. The Earth turns under the two bulges.\n2. So most coasts see two high tides a day.\n\n"
    "> The Sun does the same, less than half as strongly.\n\nThat is why there are tides."
)
REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = (
    "## Why there are tides\n\nThe Moon's gravity is stronger on the near side of the Earth than on "
    "the far side. That difference stretches the oceans along the line to the Moon.\n\n"
    "| Body | Share |\n|---|---:|\n| Moon | 69 % |\n| Sun | 31 % |\n\n"
    "```python\ndef tide(moon, sun):\n    return 0.69 * moon + 0.31 * sun\n```\n\n"
    "When both pull in line, at new and full Moon, the tides are highest."
)


@pytest.fixture(scope="session")
def loopback_cascade(
    provider: Loopback, server: Server, chromium: object, signed_in: dict[str, object]
) -> str:
    """Two models behind a loopback address, added in the admin as an operator does it."""
    context = chromium.new_context(base_url=server.address, storage_state=signed_in)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/admin/chat/provider/add/")
    page.get_by_label("Name").fill("Loopback")
    page.get_by_label("Kind").select_option("openai")
    page.get_by_label("Base URL").fill(provider.base_url)
    page.get_by_label("Key from environment").fill("LLM_KEY_TEST")
    page.get_by_role("button", name="Save", exact=True).click()
    for name, price in (("small", "1"), ("large", "10")):
        page.goto("/admin/chat/modelconfig/add/")
        page.get_by_label("Provider", exact=False).first.select_option(label="Loopback")
        page.get_by_label("Name:").fill(name)
        page.locator("#id_prices-0-input").fill(price)
        page.locator("#id_prices-0-output").fill(price)
        page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/chat/cascade/add/")
    page.get_by_label("Name:").fill("Loopback")
    page.get_by_label("Direct from").select_option("")
    for position, name in enumerate(("small", "large")):
        page.locator(f"#id_steps-{position}-model_config").select_option(label=f"{name} (Loopback)")
        page.locator(f"#id_steps-{position}-position").fill(str(position))
    page.screenshot(path=SCREENSHOTS / "admin-cascade.png", full_page=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    context.close()
    return "Loopback"


def ask(page: Page, prompt: str, cascade: str = "") -> None:
    if cascade:
        page.goto("/")
        page.get_by_label("Cascade").select_option(label=cascade)
    page.get_by_label("Your question").fill(prompt)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("article").last).to_contain_text(prompt)


def settled(page: Page) -> None:
    expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=20_000)


def text_of(page: Page, attempt: int) -> str:
    """The words an attempt shows, without regard to layout."""
    return " ".join(page.locator(f"article >> nth=-1 >> [id$=attempt-{attempt}-body]").inner_text().split())


@pytest.fixture
def tab(context: BrowserContext, page: Page) -> Iterator[Page]:
    yield page


def test_a_draft_is_kept_and_another_is_set_aside(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT, pace_s=0.02))
    ask(page, "Why are there tides?", loopback_cascade)
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
def test_a_reload_in_mid_answer_loses_nothing(
    page: Page, provider: Loopback, loopback_cascade: str, share: float
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER, pace_s=0.03))
    ask(page, "Why are there tides?", loopback_cascade)
    body = page.locator("article >> nth=-1 >> [id$=attempt-2-body]")
    words = ANSWER.split()
    expect(body).to_contain_text(re.compile(r"(\S+\s+){%d}" % int(share * 60)), timeout=20_000)
    page.reload()
    assert len(text_of(page, 2).split()) >= int(share * 50)
    settled(page)
    shown = body.inner_html()
    page.reload()
    assert body.inner_html() == shown
    assert "the tides are highest." in text_of(page, 2)
    assert len(words) > 60


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
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply.error(401, "Incorrect API key provided: sk-loop...6789"))
    provider.script("large", Reply.error(401, "Incorrect API key provided: sk-loop...6789"))
    ask(page, "Why are there tides?", loopback_cascade)
    alert = page.locator("article").get_by_role("alert")
    expect(alert).to_be_visible()
    assert "sk-" not in page.content()
    page.screenshot(path=SCREENSHOTS / "failed.png")
    provider.script("small", Reply(DRAFT))
    settled(page)


def test_the_demo_answers_without_a_key(page: Page) -> None:
    page.goto("/")
    page.screenshot(path=SCREENSHOTS / "welcome.png")
    page.locator(".suggestions button").first.click()
    expect(page.get_by_text("demo-small").first).to_be_visible()
    settled(page)
    page.screenshot(path=SCREENSHOTS / "demo.png")
