"""Who waits sees for what, and for how long: a first word, another try, a tool."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import add_cascade
from tests.browser.steps import ask, settled
from tests.browser.test_main_job import DRAFT
from tests.cascade.calling import call, calling
from tests.loopback import Loopback, Reply
from tests.tool_server import tool_server

UP, DOWN = 1, -1


def seconds(element: Locator) -> int:
    expect(element).to_have_text(re.compile(r"^\d+\ss$"))
    return int((element.text_content() or "").split()[0])


def counts(element: Locator, way: int) -> None:
    first = seconds(element)
    expect(element).not_to_have_text(re.compile(rf"^{first}\s"))
    assert (seconds(element) - first) * way > 0


def test_a_wait_for_another_try_counts_down_and_one_for_the_first_word_up(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    busy = Reply.error(429, "Slow down", Retry_After="3")
    provider.script("small", busy, Reply(DRAFT, delay_s=6))
    ask(page, "Why are there tides?", loopback_cascade)
    note = page.locator(".attempt-note")
    expect(note).to_contain_text(re.compile(r"Trying again in \d\ss, try 2 of 3\s· small is"))
    counts(note.locator("[data-until]"), DOWN)
    expect(note).to_be_hidden()
    since = page.locator(".attempt-head [data-since]")
    counts(since, UP)
    page.reload()
    assert seconds(since) >= 2
    expect(note).to_be_hidden()
    settled(page)
    expect(since).to_have_count(0)
    expect(page.locator("article .body")).to_contain_text("The Moon pulls")


@pytest.fixture
def patient_cascade(context: BrowserContext, provider: Loopback) -> Iterator[str]:
    """Two models, of which the first may call a tool that takes its time."""
    page = context.new_page()
    with tool_server() as url:
        page.goto("/admin/chat/mcpserver/add/")
        page.get_by_label("Name:").fill("harbour")
        page.get_by_label("URL:").fill(url)
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.get_by_text("harbour: 5 tools.")).to_be_visible()
        models, tools = ("patient-small", "patient-large"), ("sleep, from harbour",)
        picture = "admin-cascade-tools.png"
        add_cascade(page, provider.base_url, "Patient", models, tools=tools, picture=picture)
        yield "Patient"
    page.close()


def test_a_tool_that_takes_long_shows_for_how_long(
    page: Page, provider: Loopback, patient_cascade: str
) -> None:
    waiting = calling(call('{"seconds": 5}', name="harbour__sleep"))
    provider.script("patient-small", waiting, Reply(DRAFT))
    ask(page, "When is the water back?", patient_cascade)
    row = page.locator("[id$=attempt-1-call-1]")
    row.get_by_role("button", name="Allow").click()
    counts(row.locator("[data-since]"), UP)
    settled(page)
    expect(row.locator("[data-since]")).to_have_count(0)
    expect(row.locator("summary .figure")).to_have_text(re.compile(r"^\d+\.\d\ss$"))
    expect(row).to_contain_text("Awake.")
