"""From an empty installation to an answer, as an operator goes there."""

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS, serve
from tests.browser.steps import settled
from tests.loopback import Loopback, Reply

OFFERED = ("first-small", "first-large", "first-embedding")
ANSWER = "The Moon's gravity pulls at the water that is near it more than at the Earth as a whole."


def test_an_empty_installation_answers_within_two_minutes(
    chromium: Browser, provider: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = json.dumps({"data": [{"id": name} for name in OFFERED]}).encode()
    provider.script("", Reply(raw=[listed], content_type="application/json"))
    provider.script("first-small", Reply(ANSWER, pace_s=0.02))
    provider.script("first-large", Reply(ANSWER, pace_s=0.02))
    server = serve(tmp_path / "db.sqlite3")
    try:
        page = chromium.new_page(base_url=server.address, viewport={"width": 1440, "height": 900})
        page.goto(server.link)
        page.get_by_role("button", name="Sign in").click()
        began = time.monotonic()
        set_up(page, provider.base_url)
        with capsys.disabled():
            print(f"\nfrom the empty chat page to an answer: {time.monotonic() - began:.1f} s")
    finally:
        server.process.terminate()
        server.process.communicate(timeout=30)
    assert {request.key for request in provider.requests_of("first-small")} == {
        "sk-loopback-0123456789"
    }


def set_up(page: Page, base_url: str) -> None:
    page.get_by_role("link", name="Set up a model").click()
    page.screenshot(path=SCREENSHOTS / "setup-1-service.png", full_page=True)
    page.get_by_role("link", name="vLLM").first.click()
    expect(page.get_by_label("Base URL")).to_have_value("http://localhost:8000/v1")
    page.get_by_label("Base URL").fill(base_url)
    page.get_by_label("Key from environment").fill("LLM_KEY_TEST")
    page.screenshot(path=SCREENSHOTS / "setup-2-provider.png", full_page=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Add and go on")).to_be_visible()
    page.go_back()  # loses nothing
    page.goto("/admin/setup/")
    page.get_by_role("link", name="Choose models").click()
    for name in OFFERED[:2]:
        page.get_by_label(name).check()
    page.screenshot(path=SCREENSHOTS / "setup-3-models.png", full_page=True)
    page.get_by_role("button", name="Add and go on").click()
    page.get_by_label("Drafts").select_option(label="first-small (vLLM) · price unknown")
    page.get_by_label("Answers when").select_option(label="first-large (vLLM) · price unknown")
    page.screenshot(path=SCREENSHOTS / "setup-4-cascade.png", full_page=True)
    page.get_by_role("button", name="Make the cascade").click()
    page.get_by_label("Your question").fill("Why are there tides?")
    page.screenshot(path=SCREENSHOTS / "setup-5-question.png", full_page=True)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("article").last).to_contain_text("gravity", timeout=20_000)
    settled(page)
    page.screenshot(path=SCREENSHOTS / "setup-6-answer.png")
