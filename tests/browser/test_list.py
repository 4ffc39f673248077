"""The list of conversations by keys and by a finger, and long texts that are pasted."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Server
from tests.browser.looks import View
from tests.browser.steps import ask, settled, ticking
from tests.browser.test_main_job import DRAFT
from tests.loopback import Loopback, Reply

PASTE = """(text) => {
  const pasted = new DataTransfer();
  pasted.setData("text/plain", text);
  const how = { clipboardData: pasted, bubbles: true, cancelable: true };
  const event = new ClipboardEvent("paste", how);
  document.getElementById("prompt").dispatchEvent(event);
}"""
LIST = re.compile(r"/list/")
SENT_WHEN_REFUSED = """(title) => {
  const list = document.getElementById("conversation-list");
  const observer = new MutationObserver(() => {
    if (!list.querySelector("[role=alert]")) return;
    observer.disconnect();
    const form = list.querySelector(".rename");
    form.elements.title.value = title;
    form.requestSubmit();
  });
  observer.observe(list, { childList: true, subtree: true });
}"""
LONG = "The tide table of the harbour, hour by hour.\n" * 100


def asked(page: Page, provider: Loopback, cascade: str, prompt: str) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, prompt, cascade)
    settled(page)


WORDS_AT = """(it) => {
    const { borderLeftWidth, paddingLeft } = getComputedStyle(it);
    return it.getBoundingClientRect().left + parseFloat(borderLeftWidth) + parseFloat(paddingLeft);
}"""
RING_BEYOND = """(it) => {
    const { outlineOffset, outlineWidth } = getComputedStyle(it);
    return parseFloat(outlineOffset) + parseFloat(outlineWidth);
}"""


def test_a_conversation_is_renamed_in_its_place_by_keys_alone(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    asked(page, provider, loopback_cascade, "Why are there tides to be renamed?")
    other = context.new_page()
    other.goto(page.url)
    link = page.locator(".listed-link[aria-current=page]")
    expect(link).to_have_text("Why are there tides to be renamed?")

    words = link.evaluate(WORDS_AT)
    link.press("F2")
    field = page.locator(".listed .rename").get_by_label("Title")
    expect(field).to_be_focused()
    assert field.evaluate(WORDS_AT) == words
    assert field.evaluate(RING_BEYOND) <= 0  # where the list would cut it off
    field.press_sequentially("never mind")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(link).to_have_text("Why are there tides to be renamed?")
    expect(link).to_be_focused()

    link.press("F2")
    expect(field).to_be_focused()
    field.fill("")
    field.press("Enter")
    expect(page.locator(".rename").get_by_role("alert")).to_have_text("Type a title first.")
    field.fill("High tides")
    field.press("Enter")
    for tab in (page, other):
        expect(tab.locator(".listed-link[aria-current=page]")).to_have_text("High tides")
        expect(tab.locator("#conversation-title")).to_have_text("High tides")
        expect(tab).to_have_title("High tides · Cascade Chat")
    expect(link).to_be_focused()
    page.reload()
    expect(link).to_have_text("High tides")


def test_a_list_that_comes_late_takes_no_title_away_from_who_types(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    asked(page, provider, loopback_cascade, "Why are there late lists?")
    held: list[Route] = []
    page.route(LIST, lambda route: held.append(route), times=1)
    with page.expect_request(LIST):
        page.evaluate("() => htmx.trigger('#conversation-list', 'news')")
    link = page.locator(".listed-link[aria-current=page]")
    link.press("F2")
    field = page.locator(".listed .rename").get_by_label("Title")
    field.fill("High ti")
    with page.expect_response(LIST) as response:
        held.pop().continue_()
    response.value.finished()
    expect(field).to_be_focused()
    field.press("End")
    field.press_sequentially("des")
    field.press("Enter")
    expect(link).to_have_text("High tides")
    expect(link).to_be_focused()


@pytest.fixture
def older(server: Server) -> Iterator[None]:
    """Conversations enough that a list which shows them all comes in pieces."""
    with closing(sqlite3.connect(server.database)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(chat_conversation)")]
        kept = ", ".join(name for name in columns if name not in ("id", "title", "updated_at"))
        for n in range(430):
            made = f"INSERT INTO chat_conversation (id, title, updated_at, {kept}) "
            made += f"SELECT ?, ?, datetime('now', ?), {kept} FROM chat_conversation LIMIT 1"
            database.execute(made, (uuid4().hex, f"Old {n}", f"-{n + 100} hours"))
    yield
    with closing(sqlite3.connect(server.database)) as database, database:
        database.execute("DELETE FROM chat_conversation WHERE title LIKE 'Old %'")


def test_a_long_list_that_was_opened_up_stays_so_when_it_comes_anew(
    page: Page, provider: Loopback, loopback_cascade: str, request: pytest.FixtureRequest
) -> None:
    asked(page, provider, loopback_cascade, "Why are there long lists?")
    request.getfixturevalue("older")
    page.reload()
    rows = page.locator("#conversation-list .listed")
    last = rows.filter(has_text="Old 429")
    for _ in range(15):
        if last.count():
            break
        count = rows.count()
        page.locator(".older a").scroll_into_view_if_needed()
        expect(rows).not_to_have_count(count)
    opened = rows.count()
    edge = rows.filter(has_text="Old 415")
    edge.scroll_into_view_if_needed()
    place = edge.bounding_box()
    page.evaluate("() => { document.querySelector('.listed').dataset.before = ''; }")
    page.evaluate("() => htmx.trigger('#conversation-list', 'news')")
    expect(page.locator("[data-before]")).to_have_count(0)
    assert rows.count() == opened and last.count() == 1
    now = edge.bounding_box()
    assert place and now and abs(place["y"] - now["y"]) < 2
    assert page.locator("#search-status").count() == 1


class Bells(list[WebSocketRoute]):
    """The lines of a page's list. Of the first nothing arrives, and at it nothing."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        page.route_web_socket("**/ws/list/**", self._through)

    def _through(self, line: WebSocketRoute) -> None:
        self.append(line)
        server = line.connect_to_server()
        is_first = len(self) == 1
        line.on_message(lambda message: None if is_first else server.send(message))
        server.on_message(lambda message: None if is_first else line.send(message))


def test_a_list_whose_line_died_while_its_machine_slept_hears_of_news_again(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    asleep, other = context.new_page(), context.new_page()
    lines = Bells(asleep)
    asleep.goto("/costs/")
    asked(other, provider, loopback_cascade, "What was asked meanwhile?")
    news = asleep.get_by_role("link", name="What was asked meanwhile?", exact=True)
    expect(news).to_have_count(0)
    asleep.evaluate("() => { const now = Date.now; Date.now = () => now() + 600_000; }")
    expect(news).to_be_visible()
    assert len(lines) == 2


def test_a_list_whose_line_died_without_a_word_hears_of_news_again(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page, other = ticking(context.new_page()), context.new_page()
    lines = Bells(page)
    page.goto("/costs/")
    asked(other, provider, loopback_cascade, "What was asked in silence?")
    news = page.get_by_role("link", name="What was asked in silence?", exact=True)
    expect(news).to_be_visible(timeout=10_000)
    page.wait_for_timeout(6_000)
    assert len(lines) == 2, "nothing is said, and the server is there"


def test_a_form_is_alive_in_the_moment_it_is_shown(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    asked(page, provider, loopback_cascade, "Why are there quick hands?")
    link = page.locator(".listed-link[aria-current=page]")
    page.evaluate(SENT_WHEN_REFUSED, "High tides")
    link.press("F2")
    field = page.locator(".listed .rename").get_by_label("Title")
    field.fill("")
    field.press("Enter")
    expect(link).to_have_text("High tides")
    expect(link).to_be_focused()


def test_on_a_phone_the_list_is_a_drawer_that_opens_closes_and_leads_on(
    view: View, provider: Loopback, loopback_cascade: str
) -> None:
    page = view.page
    asked(page, provider, loopback_cascade, f"Drawn at {view.width}?")
    drawer = page.get_by_role("navigation", name="Conversations")
    opener = page.get_by_role("button", name="Conversations", exact=True)
    if view.width > 900:
        expect(drawer).to_be_visible()
        expect(opener).to_be_hidden()
        return
    expect(drawer).to_be_hidden()
    opener.tap()
    expect(drawer).to_be_visible()
    view.look("drawer")
    box = drawer.bounding_box()
    assert box and box["x"] == 0 and box["width"] < view.width and box["height"] == 900
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()
    opener.tap()
    page.touchscreen.tap(view.width - 10, 450)  # beside it
    expect(drawer).to_be_hidden()
    opener.tap()
    drawer.get_by_role("link", name="New conversation").tap()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(drawer).to_be_hidden()


def test_a_long_text_that_is_pasted_is_attached_and_a_short_one_is_not(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    page.goto("/")
    page.get_by_label("Cascade").select_option(label=loopback_cascade)
    chips = page.locator("#attached > li")
    page.evaluate(PASTE, "A short one.")
    expect(chips).to_have_count(0)
    page.evaluate(PASTE, LONG)
    page.evaluate(PASTE, "x" * 4_001)
    expect(chips).to_have_count(2)
    expect(page.locator("#attached-told")).to_have_text("pasted-2.txt · 4,001 characters")
    expect(chips.first).to_have_text(re.compile(r"pasted-1\.txt · 4,500 characters"))
    expect(page.get_by_label("Your question")).to_have_value("")
    page.reload()  # they are kept with the draft
    expect(chips).to_have_count(2)
    page.get_by_role("button", name="Take pasted-2.txt off").press("Enter")
    expect(chips).to_have_count(1)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.evaluate(PASTE, "x" * 64_000)
    expect(page.locator("#attached-note")).to_contain_text("at most 64,000 in 10 texts")
    expect(chips).to_have_count(1)

    provider.script("small", Reply(DRAFT))
    page.get_by_label("Cascade").select_option(label=loopback_cascade)
    page.get_by_label("Your question").fill("When is it high?")
    page.get_by_label("Your question").press("Enter")
    settled(page)
    sent = provider.requests_of("small")[-1].body["messages"][-1]["content"]
    assert "When is it high?" in sent and "pasted-1.txt" in sent and LONG in sent
    expect(page.locator("article")).to_contain_text("pasted-1.txt")
    expect(chips).to_have_count(0)
    page.goto("/")
    expect(chips).to_have_count(0)


def test_no_two_texts_that_are_pasted_have_one_name(page: Page) -> None:
    page.goto("/")
    names = page.locator("#attached > li b")
    for letter in "xy":
        page.evaluate(PASTE, letter * 4_001)
    page.get_by_role("button", name="Take pasted-1.txt off").click()
    page.evaluate(PASTE, "z" * 4_001)
    expect(names).to_have_text(["pasted-2.txt", "pasted-3.txt"])
    page.reload()
    expect(names).to_have_text(["pasted-1.txt", "pasted-2.txt"])


def test_a_first_prompt_that_was_refused_is_sent_again_with_its_attached_texts(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()  # whose console complains of the refusal
    page.goto("/")
    chips = page.locator("#attached > li")
    prompt = page.get_by_label("Your question")
    page.evaluate(PASTE, LONG)
    prompt.fill("Why? " * 4_000)
    prompt.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("20,000 characters")
    expect(chips).to_have_count(1)
    page.evaluate(PASTE, "x" * 4_001)
    expect(chips).to_have_count(2)

    provider.script("small", Reply(DRAFT))
    page.get_by_label("Cascade").select_option(label=loopback_cascade)
    prompt.fill("Why is it low?")
    prompt.press("Enter")
    settled(page)
    sent = provider.requests_of("small")[-1].body["messages"][-1]["content"]
    assert "Why is it low?" in sent and LONG in sent and "pasted-2.txt" in sent
    page.goto("/")
    expect(prompt).to_have_value("")
    expect(chips).to_have_count(0)


def test_a_page_about_a_conversation_follows_its_title(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    asked(page, provider, loopback_cascade, "What are the tides called?")
    about = context.new_page()
    about.goto(f"{page.url}share/")
    page.locator(".listed-link[aria-current=page]").press("F2")
    field = page.locator(".listed .rename").get_by_label("Title")
    field.fill("Springs and neaps")
    field.press("Enter")
    expect(about.locator("h1")).to_have_text("Springs and neaps")


def test_long_titles_make_the_list_no_wider_than_a_phone(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    asked(page, provider, loopback_cascade, "Why are there tides twice a day, and what of the Sun?")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/find/")
    expect(page.locator("main .listed-link").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_attached_texts_look_right(view: View) -> None:
    view.page.goto("/")
    view.page.evaluate(PASTE, LONG)
    expect(view.page.locator("#attached > li")).to_have_count(1)
    view.look("attached")


def test_an_import_tells_how_far_it_is_and_leads_to_what_was_in_it(
    context: BrowserContext, tmp_path: Path, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()  # whose console complains of what is refused and lost here
    asked(page, provider, loopback_cascade, "What is to be carried elsewhere?")
    exported = page.request.get(f"{page.url.rstrip('/')}/export.json").body()
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(exported)
    bad.write_text("{}")
    page.goto("/import/")
    going = page.get_by_role("status").filter(has=page.locator("progress"))
    told: list[str] = []
    page.expose_function("told", lambda words: told.append(words))
    page.evaluate(
        """() => new MutationObserver(() =>
            told(document.querySelector(".import-going span").textContent)
        ).observe(document.querySelector(".import-going"), { childList: true, subtree: true })"""
    )

    page.get_by_label("File").set_input_files(bad)
    page.get_by_role("button", name="Import").click()
    expect(page.locator("form.import").get_by_role("alert")).to_be_visible()
    expect(going).to_have_count(0)
    assert told == ["Sending", "Reading what is in it"]

    page.context.set_offline(True)
    page.get_by_label("File").set_input_files(good)
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".import-lost")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile(r"/c/[0-9a-f-]+/$"))
    expect(page.locator("#conversation-title")).to_have_text("What is to be carried elsewhere?")
