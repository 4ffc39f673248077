"""With a mouse and with a finger: what is kept stays where it is, what is pressed can be met."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, added
from tests.browser.looks import SCREENSHOTS
from tests.browser.steps import ask, choose, settled
from tests.browser.test_main_job import ANSWER, DRAFT
from tests.cascade.calling import call, calling
from tests.loopback import Loopback, Reply

NOTE = """() => {
    const blocks = document.querySelector("article:last-child [id$=attempt-1-sheet-0]");
    if (!blocks?.firstElementChild) return false;
    window.offset = () =>
        blocks.getBoundingClientRect().top - blocks.closest("article").getBoundingClientRect().top;
    return window.noted = { blocks, nodes: [...blocks.children], offset: offset() };
}"""
MOVED = "() => offset() - noted.offset"
IS_SAME = "() => noted.nodes.every((node, at) => noted.blocks.children[at] === node)"
# But for links within sentences, which are as high as their lines, and boxes, whose labels count.
PRESSED = "a, button, input, label, select, summary, textarea"
SMALL = (
    f"() => [...document.querySelectorAll('{PRESSED}')]"
    + """
    .filter((it) => !it.matches(".prose *, p a, label [type=checkbox], .sr-only"))
    .filter((it) => it.checkVisibility())
    .map((it) => [it, it.getBoundingClientRect()])
    .filter(([it, { width, height }]) => width && height && (width < 44 || height < 44))
    .map(([it, box]) => `${it.outerHTML.slice(0, 90)}: ${box.width} x ${box.height}`)"""
)


@pytest.fixture(params=[1440, 390], ids=["mouse", "touch"])
def device(
    request: pytest.FixtureRequest, chromium: Browser, server: Server, signed_in: dict[str, Any]
) -> Iterator[Page]:
    yield from opened(chromium, server, signed_in, width=request.param)


@pytest.fixture
def phone(chromium: Browser, server: Server, signed_in: dict[str, Any]) -> Iterator[Page]:
    yield from opened(chromium, server, signed_in, width=390)


def opened(
    chromium: Browser, server: Server, signed_in: dict[str, Any], *, width: int
) -> Iterator[Page]:
    is_phone = width < 600
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": width, "height": 844},
        has_touch=is_phone,
        is_mobile=is_phone,
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_a_draft_that_is_accepted_changes_nothing_but_its_frame(
    device: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(DRAFT, pace_s=0.03))
    choose(device, loopback_cascade)
    ask(device, "Why are there tides?")
    settled(device)
    ask(device, "And why two a day?")
    device.wait_for_function(NOTE)
    settled(device)
    expect(device.locator("article").last).to_contain_text("Draft accepted")
    assert abs(device.evaluate(MOVED)) <= 0.5
    assert device.evaluate(IS_SAME)


def test_a_finger_meets_whatever_can_be_pressed(
    phone: Page, provider: Loopback, server: Server, signed_in: dict[str, Any]
) -> None:
    models = ("touch-small", "touch-large")
    cascade = added("Touched", models, provider, server, signed_in, tools=("calculate",))
    provider.script("touch-small", Reply("The Moon pulls at the", end="cut"))
    asked = calling(call(json.dumps({"expression": "2 * 3"}), name="calculate"))
    provider.script("touch-large", asked, Reply(ANSWER))
    choose(phone, cascade)
    phone.get_by_label("Your question").evaluate(PASTE)
    ask(phone, "Why are there tides?")
    settled(phone)
    for name in ("Receipt", "Compare with draft", "Raw events"):
        phone.locator("summary", has_text=name).tap()
    expect(phone.get_by_text("only there").first).to_be_visible()
    expect(phone.get_by_text("From the log")).to_be_visible()
    for part in (
        ".file",
        ".tool-call",
        ".fold",
        ".cascade-choice select",
        ".copy-more",
        ".receipt",
    ):
        expect(phone.locator(part).first).to_be_visible()
    phone.screenshot(path=SCREENSHOTS / "touch-390.png")
    phone.locator(".thread").evaluate("it => it.scrollTo(0, 0)")
    phone.screenshot(path=SCREENSHOTS / "touch-390-top.png")
    assert phone.evaluate(SMALL) == []


def test_what_is_read_aloud_is_chosen_by_finger_as_well(phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("button", name="Conversations", exact=True).tap()
    phone.wait_for_timeout(300)  # it slides in
    phone.screenshot(path=SCREENSHOTS / "touch-390-drawer.png")
    assert phone.evaluate(SMALL) == []
    phone.get_by_role("button", name="what is read aloud").tap()
    phone.get_by_label("read the whole answer").check()
    phone.screenshot(path=SCREENSHOTS / "touch-390-keys.png")
    assert phone.evaluate(SMALL) == []


def test_a_finger_meets_what_leads_through_the_costs(
    phone: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(phone, "Why are there tides?", loopback_cascade)
    settled(phone)
    for address in ("/costs/", "/costs/by/model/", "/costs/threshold/", "/costs/what-if/"):
        phone.goto(address)
        assert_met(phone, ":is(.tabs, .export, .ledger) a")


def test_a_finger_meets_what_leads_out_of_a_menu(
    phone: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(phone, "Why are there tides?", loopback_cascade)
    settled(phone)
    phone.get_by_role("button", name="Saved prompts").tap()
    assert_met(phone, ".prompts-foot a")
    phone.keyboard.press("Escape")
    phone.get_by_role("link", name="Manage this conversation").tap()
    assert_met(phone, ".manage-links a")


def assert_met(page: Page, links: str) -> None:
    expect(page.locator(links).first).to_be_visible()
    for link in page.locator(links).all():
        box = link.bounding_box()
        assert box and min(box["width"], box["height"]) >= 44, (page.url, link.inner_text(), box)


PASTE = """it => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "The tides of Brest. ".repeat(300));
    it.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
}"""
