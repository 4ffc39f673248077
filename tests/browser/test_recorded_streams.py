"""Bytes as services send them, over HTTP, through two model configs, to the page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.steps import ask, settled, text_of
from tests.loopback import Loopback, Reply

STREAMS = Path(__file__).resolve().parent.parent / "streams"


def recorded(name: str, size: int) -> Reply:
    """The file's bytes in pieces of a size that cuts lines and characters."""
    body = (STREAMS / f"{name}.txt").read_bytes()
    return Reply(raw=[body[at : at + size] for at in range(0, len(body), size)], pace_s=0.005)


@pytest.mark.parametrize("size", [37, 1000, 100_000])
def test_a_draft_and_a_verifier_from_two_services(
    page: Page, provider: Loopback, loopback_cascade: str, size: int
) -> None:
    provider.script("small", recorded("openai", size))
    provider.script("large", recorded("openrouter", size))
    ask(page, "Why are there two high tides a day?", loopback_cascade)
    settled(page)
    assert text_of(page, 2) == (
        "The Moon pulls the sea. Near side: more Far side: less "
        "Naïve 潮 café: two bulges, so two high tides a day."
    )
    expect(page.get_by_text("Draft set aside").first).to_be_visible()
    page.locator("article >> nth=-1 >> .fold summary").click()
    assert text_of(page, 1) == (
        "I'm not sure, but perhaps it might be the Moon. I think it could possibly depend."
    )
    page.get_by_text("Receipt").last.click()
    receipt = page.locator("article >> nth=-1 >> .receipt")
    expect(receipt).to_contain_text("0.000731")  # the price the service itself stated
    expect(receipt).to_contain_text("52")
    page.screenshot(path=SCREENSHOTS / "recorded.png")
