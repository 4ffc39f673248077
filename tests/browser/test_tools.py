"""Tools as a reader sees them: a call forms, is allowed or refused, and is answered."""

import json
import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS, Server, added
from tests.browser.looks import View
from tests.browser.steps import ask, settled, text_of, without_tokens
from tests.cascade.calling import call, calling
from tests.loopback import Loopback, Reply
from tests.tool_server import tool_server

ANSWER = "**17 % of 2,340 is 397.8**, and this conversation is now called what you wanted."
SUM = {"expression": "2340 * 17 / 100"}
TITLE = {"title": "Percentages and how to check them"}


@pytest.fixture(scope="session")
def tool_cascade(provider: Loopback, server: Server, signed_in: dict[str, object]) -> str:
    """Two models that are offered every shipped tool, chosen in the admin."""
    tools = ("calculate", "current time", "search conversations", "rename conversation")
    return added("Toolbox", ("tool-small", "tool-large"), provider, server, signed_in, tools=tools)


def paced(reply: Reply, pace_s: float = 0.08) -> Reply:
    return Reply(raw=reply.raw, pace_s=pace_s)


def both() -> Reply:
    """A call of the calculator, and one that asks first."""
    return calling(
        call(json.dumps(SUM), name="calculate"),
        call(json.dumps(TITLE), name="rename_conversation", id="call_2", index=1),
    )


def row(page: Page, number: int) -> Locator:
    return page.locator(f"article >> nth=-1 >> [id$=attempt-1-call-{number}]")


def test_a_call_forms_is_allowed_and_answered(
    page: Page, context: BrowserContext, provider: Loopback, tool_cascade: str
) -> None:
    provider.script("tool-small", paced(both()), Reply(ANSWER, pace_s=0.02))
    ask(page, "What is 17 % of 2,340? And give this a better title.", tool_cascade)
    expect(row(page, 1)).to_contain_text(re.compile(r'Calculate expression="2340'))
    expect(row(page, 1)).to_contain_text("forming…")
    page.screenshot(path=SCREENSHOTS / "tool-forming.png")
    expect(row(page, 2)).to_contain_text("waiting for you")
    expect(page.locator("#announcer")).to_contain_text("tool-small wants to use")
    page.screenshot(path=SCREENSHOTS / "tool-asking.png")

    page.reload()
    other = context.new_page()
    other.goto(page.url)
    expect(row(other, 2).get_by_role("button", name="Allow")).to_be_visible()
    row(page, 2).get_by_role("button", name="Allow").click()
    settled(page)
    settled(other)
    for tab in (page, other):
        expect(row(tab, 1)).to_contain_text("397.8")
        expect(row(tab, 2)).to_contain_text("It is now called")
        expect(tab.get_by_role("button", name="Allow")).to_have_count(0)
        expect(tab.get_by_role("heading", level=1)).to_have_text(TITLE["title"])
        expect(tab.locator("[aria-current=page]")).to_have_text(TITLE["title"])
    assert text_of(page, 2).startswith("17 % of 2,340 is 397.8")
    told = provider.requests_of("tool-small")[-1].body["messages"][-2:]
    assert told[0]["content"] == "397.8"
    row(page, 1).locator("summary").click()
    expect(row(page, 1).get_by_text('"expression": "2340 * 17 / 100"')).to_be_visible()
    expect(row(page, 1).get_by_text("calculate", exact=True)).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "tool-answered.png")
    article = "article >> nth=-1"
    pushed = other.locator(article).inner_html()
    other.reload()
    assert without_tokens(other.locator(article).inner_html()) == without_tokens(pushed)


def test_a_call_that_goes_on_keeps_the_focus(
    page: Page, provider: Loopback, tool_cascade: str
) -> None:
    provider.script("tool-small", paced(both()), Reply(ANSWER))
    ask(page, "What is 17 % of 2,340? And give this a better title.", tool_cascade)
    summary = row(page, 1).locator("summary")
    expect(summary).to_contain_text("forming…")
    summary.press("Enter")
    expect(summary).to_contain_text("397.8")
    expect(summary).to_be_focused()
    expect(row(page, 1).get_by_text('"expression": "2340 * 17 / 100"')).to_be_visible()
    row(page, 2).get_by_role("button", name="Don't").click()
    settled(page)


def test_a_call_that_is_not_allowed_is_not_run(
    page: Page, provider: Loopback, tool_cascade: str
) -> None:
    asking = calling(call(json.dumps(TITLE), name="rename_conversation"))
    provider.script("tool-small", asking, Reply("Very well, **nothing** was renamed at all."))
    ask(page, "Find a better title.", tool_cascade)
    row(page, 1).get_by_role("button", name="Don't").press("Enter")
    settled(page)
    expect(row(page, 1)).to_contain_text("not allowed")
    expect(row(page, 1).locator("summary")).to_be_focused()
    expect(page.locator("article strong")).to_have_text("nothing")
    page.reload()
    expect(row(page, 1)).to_contain_text("not allowed")
    assert page.title().startswith("Find a better title.")


def test_stop_while_a_tool_waits(page: Page, provider: Loopback, tool_cascade: str) -> None:
    asking = calling(call(json.dumps(TITLE), name="rename_conversation"))
    provider.script("tool-small", asking)
    ask(page, "Find a better title.", tool_cascade)
    expect(row(page, 1).get_by_role("button", name="Allow")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped by you").first).to_be_visible()
    expect(row(page, 1)).to_contain_text("not run")
    expect(page.get_by_role("button", name="Allow")).to_have_count(0)


def test_a_tool_server_is_registered_offered_and_asked(
    page: Page, provider: Loopback, tool_cascade: str
) -> None:
    with tool_server() as url:
        page.goto("/admin/chat/mcpserver/add/")
        page.get_by_label("Name:").fill("weather")
        page.get_by_label("URL:").fill(url)
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.get_by_text("weather: 5 tools.")).to_be_visible()
        expect(page.get_by_text("weather__forecast").first).to_be_visible()
        page.screenshot(path=SCREENSHOTS / "admin-tool-server.png", full_page=True)
        page.goto("/admin/chat/cascade/")
        page.get_by_role("link", name=tool_cascade, exact=True).click()
        page.get_by_label("forecast, from weather").check()
        page.get_by_label("notes.write, from weather").check()
        page.get_by_role("button", name="Save", exact=True).click()

        calls = calling(
            call('{"city": "Paris"}', name="weather__forecast"),
            call('{"text": "Umbrella"}', name="weather__notes_write", id="call_2", index=1),
        )
        provider.script("tool-small", calls, Reply("In Paris it is **22 °C** and sunny."))
        ask(page, "What is the weather in Paris? Note down what I need.", tool_cascade)
        expect(row(page, 1)).to_contain_text("Paris: 22 °C, sunny")  # it only reads: not asked
        row(page, 2).get_by_role("button", name="Allow").click()
        settled(page)
        expect(row(page, 2)).to_contain_text("Written down.")
    provider.script("tool-small", calls, Reply("The **weather** service does not answer."))
    ask(page, "And now?")
    row(page, 2).get_by_role("button", name="Don't").click()
    settled(page)
    expect(row(page, 1)).to_contain_text("The tool server weather cannot be reached.")
    page.screenshot(path=SCREENSHOTS / "tool-server-gone.png")


def test_the_demo_looks_at_the_clock(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="What time is it in Tokyo?").click()
    settled(page)
    expect(row(page, 1)).to_contain_text('Current time zone="Asia/Tokyo"')
    expect(page.locator("article .body").last).to_contain_text("Asia/Tokyo")
    page.screenshot(path=SCREENSHOTS / "tool-demo.png")


def test_tools_in_every_look(view: View, provider: Loopback, tool_cascade: str) -> None:
    failing = calling(call('{"expression": "1 / 0"}', name="calculate"))
    provider.script("tool-small", both(), failing, Reply(ANSWER))
    page = view.page
    ask(page, "What is 17 % of 2,340? And give this a better title.", tool_cascade)
    allow = page.get_by_role("button", name="Allow")
    expect(allow).to_be_visible()
    view.look("tool-asking")
    allow.click()
    settled(page)
    row(page, 2).locator("summary").click()
    view.look("tool")
