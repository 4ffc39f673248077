"""A process killed in mid-answer: what was written is kept, and nothing is asked twice."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SCREENSHOTS, serve
from tests.browser.steps import settled, text_of
from tests.databases import Migrated

pytestmark = pytest.mark.long


def test_a_killed_server_leaves_an_interrupted_turn_to_retry(
    chromium: Browser, migrated: Migrated, tmp_path: Path
) -> None:
    database = migrated.copy(tmp_path)
    first = serve(database)
    context = chromium.new_context()
    page = context.new_page()
    try:
        page.goto(first.link)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Prove that").click()  # the longest of the demo's answers
        expect(page.locator("[id$=attempt-1-body]")).to_contain_text("prime")
        page.wait_for_timeout(1500)  # a snapshot is at most a second old
        seen = text_of(page, 1)
        path = page.url.removeprefix(first.address)
    finally:
        first.process.kill()
        first.process.communicate(timeout=10)
    expect(page.locator("[data-connection=offline]")).to_be_visible(timeout=10_000)
    second = serve(database)
    try:
        page.goto(second.address + path)
        expect(page.get_by_text("Interrupted").first).to_be_visible()
        kept = text_of(page, 1)
        whole = min(len(seen), len(kept)) - 60  # the open ends may show half a mark of Markdown
        assert whole > 0
        assert kept[:whole] == seen[:whole]
        page.screenshot(path=SCREENSHOTS / "interrupted.png")
        page.get_by_role("button", name="Retry").click()
        expect(page.get_by_text("Interrupted")).to_have_count(0)
        settled(page)
        expect(page.locator("article")).to_have_count(1)
        expect(page.locator("[id$=attempt-1-body]")).to_contain_text("prime")
    finally:
        context.close()
        second.process.terminate()
        second.process.communicate(timeout=10)
