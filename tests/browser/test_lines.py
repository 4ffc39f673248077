"""The line to the server breaks, sleeps or is refused: the page finds back by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from tests.browser.conftest import serve
from tests.browser.steps import ask, quiet, settled, text_of, ticking
from tests.browser.test_list import LONG, PASTE
from tests.databases import Migrated
from tests.loopback import Loopback, Reply

pytestmark = pytest.mark.long

ANSWER = Reply("The Moon raises the tides, and the Sun helps it.")
EXPLAINED = {
    4408: "fell too far behind",
    4409: "too many tabs",
    4429: "Too much was sent",
    4500: "Something went wrong on our side",
    1000: "The connection is lost",
}
FINAL = {4401: "Signed out", 4404: "This conversation is gone"}


class Lines(list[WebSocketRoute]):
    """The lines a page opens, as it opens them. `refused` is the code they are closed with as
    soon as they are open; of one that is dead nothing arrives, and at one that is deaf nothing. The
    one that is silent is both."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.refused = 0
        self.are_dead = self.are_deaf = False
        self.silent: WebSocketRoute | None = None
        self.lost: list[str | bytes] = []
        page.route_web_socket("**/ws/conversations/**", self._through)
        page.add_init_script(
            "document.addEventListener('htmx:wsOpen', () => (window.isOpen = true));"
        )

    def break_off(self, code: int) -> None:
        """And let nobody in until `refused` is 0 again."""
        self.refused = code
        self[-1].close(code=code)

    def become_more_than(self, known: int, within_s: float = 8) -> bool:
        for _ in range(round(within_s * 20)):
            if len(self) > known:
                return True
            self.page.wait_for_timeout(50)
        return False

    def lose(self, words: str, times: int) -> bool:
        for _ in range(200):
            if sum(words in str(message) for message in self.lost) == times:
                return True
            self.page.wait_for_timeout(50)
        return False

    def _through(self, line: WebSocketRoute) -> None:
        self.append(line)
        server = line.connect_to_server()
        if self.refused:  # as the server does: it accepts first
            return server.on_message(lambda _: line.close(code=self.refused or 1000))
        server.on_message(lambda m: None if self.are_deaf or line is self.silent else line.send(m))
        line.on_message(
            lambda m: (
                self.lost.append(m) if self.are_dead or line is self.silent else server.send(m)
            )
        )


def in_a_hurry(page: Page) -> Page:
    """Its timers run ten times as fast."""
    page.add_init_script(
        "const timer = setTimeout;"
        " window.setTimeout = (call, ms, ...given) => timer(call, ms / 10, ...given);"
    )
    return page


def once_asked(page: Page, cascade: str) -> Lines:
    """Of a page that has asked something, and whose line to what was begun so is open: what one
    that is only opening is given, it is given again once it is open."""
    lines = Lines(page)
    ask(page, "Why are there tides?", cascade)
    settled(page)
    page.wait_for_function("() => window.isOpen")
    return lines


@pytest.fixture
def lines(context: BrowserContext, provider: Loopback, loopback_cascade: str) -> Lines:
    """Of such a page in a hurry. The one of `page` would complain of Playwright's own lines."""
    provider.script("small", ANSWER)
    return once_asked(in_a_hurry(context.new_page()), loopback_cascade)


def test_each_code_is_explained_and_after_those_that_deserve_it_the_page_connects_again(
    lines: Lines,
) -> None:
    page = lines.page
    banner = page.locator("[data-connection]:visible")
    for code, words in EXPLAINED.items():
        lines.break_off(code)
        expect(banner).to_contain_text(words)
        lines.refused, known = 0, len(lines)
        assert lines.become_more_than(known)
        expect(banner).to_have_count(0)
    ask(page, "And why two a day?")
    settled(page)
    expect(page.locator("article")).to_have_count(2)
    # The list's news would: what is gone may have been taken back.
    page.route_web_socket("**/ws/list/**", lambda _: None)
    for code, words in FINAL.items():
        lines.break_off(code)
        expect(banner).to_contain_text(words)
        known = len(lines)
        page.evaluate("dispatchEvent(new Event('online'))")
        assert not lines.become_more_than(known, within_s=0.5)
        lines.refused = 0
        page.reload()
        assert lines.become_more_than(known)


def test_a_line_that_breaks_again_says_why_it_did_so_last(lines: Lines) -> None:
    page = lines.page
    banner = page.locator("[data-connection]:visible")
    for code in (4500, 4409):
        if code == 4500:
            lines.break_off(code)
        lines.refused = code
        expect(banner).to_contain_text(EXPLAINED[code])


def test_a_menu_stays_open_with_what_is_chosen_in_it_when_the_line_comes_back(lines: Lines) -> None:
    page = lines.page
    quiet(page)
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("link", name="Another cascade").press("Enter")
    chosen = page.get_by_role("button", name="Demo")
    expect(chosen).to_be_focused()
    before = page.locator(".menu:popover-open").bounding_box()
    page.evaluate("() => document.querySelector('article').setAttribute('data-before', '')")
    lines.break_off(4500)
    lines.refused, known = 0, len(lines)
    assert lines.become_more_than(known)
    expect(page.locator("article[data-before]")).to_have_count(0)
    expect(chosen).to_be_focused()
    assert page.locator(".menu:popover-open").bounding_box() == before
    chosen.press("Enter")
    expect(page.locator(".versions")).to_contain_text("2 of 2")


def test_what_is_asked_without_a_line_or_into_a_dead_one_is_kept_and_asked_once(
    lines: Lines, provider: Loopback
) -> None:
    page = lines.page
    field = page.get_by_label("Your question")
    offline, half_open = "And why two a day, offline?", "And why not three, half open?"
    lines.break_off(4500)
    field.fill(offline)
    field.press("Enter")
    expect(page.locator("[data-connection='4500']")).to_be_visible()
    expect(field).to_have_value(offline)
    lines.refused = 0
    expect(page.locator("article")).to_have_count(2)
    settled(page)
    expect(field).to_have_value("")
    lines.are_dead = True
    field.fill(half_open)
    field.press("Enter")
    while not any(half_open in str(message) for message in lines.lost):
        page.wait_for_timeout(20)
    expect(field).to_have_value(half_open)
    lines.are_dead = False
    lines[-1].close(code=4500)
    expect(page.locator("article")).to_have_count(3)
    settled(page)
    expect(field).to_have_value("")
    expect(page.locator("#notice")).to_be_empty()
    assert [asked(provider, words) for words in (offline, half_open)] == [1, 1]


def test_what_is_asked_where_several_lines_break_in_a_row_is_asked_once(
    lines: Lines, provider: Loopback
) -> None:
    page = lines.page
    question = "And why two a day, in a tunnel?"
    lines.are_dead = True
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    for breaks in range(1, 4):
        assert lines.lose(question, breaks)
        lines.are_dead = breaks < 3
        lines[-1].close(code=4500)
    expect(page.locator("article")).to_have_count(2)
    settled(page)
    expect(page.get_by_label("Your question")).to_have_value("")
    assert asked(provider, question) == 1


def test_a_question_that_no_line_carries_is_given_up_with_a_sentence_and_can_be_sent_again(
    lines: Lines, provider: Loopback
) -> None:
    page = lines.page
    question = "And why two a day, under the sea?"
    field = page.get_by_label("Your question")
    told = page.get_by_text("The server could not be reached.")
    lines.are_dead = True
    field.fill(question)
    field.press("Enter")
    for breaks in range(1, 7):
        expect(told).to_be_hidden()
        assert lines.lose(question, breaks)
        lines[-1].close(code=4500)
    expect(told).to_be_visible()
    expect(field).to_have_value(question)
    lines.are_dead = False
    field.press("Enter")
    expect(told).to_be_hidden()
    expect(page.locator("article")).to_have_count(2)
    settled(page)
    assert asked(provider, question) == 1


def test_what_is_written_while_a_question_is_on_its_way_is_the_next_one(
    lines: Lines, provider: Loopback
) -> None:
    page = lines.page
    provider.script("small", Reply(ANSWER.text * 40, pace_s=0.05), ANSWER)
    field, chips = page.get_by_label("Your question"), page.locator("#attached > li")
    first, second = "And why two a day, on its way?", "And what of this file?"
    lines.are_dead = True
    for question in (first, second):
        field.fill(question)
        field.press("Enter")
    page.evaluate(PASTE, LONG)
    expect(chips).to_have_count(1)
    lines.are_dead = False
    lines[-1].close(code=4500)
    expect(page.locator(".prompt-text").last).to_have_text(first)
    expect(page.locator("#notice")).to_contain_text("already being written")
    expect(field).to_have_value(second)
    expect(chips).to_have_count(1)
    expect(page.locator("article .attached")).to_have_count(0)
    page.get_by_role("button", name="Stop").click()
    settled(page)
    field.press("Enter")
    expect(page.locator("article").last).to_contain_text("pasted-1.txt")
    expect(chips).to_have_count(0)
    settled(page)
    assert asked(provider, first) == 1


def test_what_was_asked_is_no_draft_where_its_turn_was_told_to_a_page_that_is_gone(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()
    provider.script("small", ANSWER)
    lines = once_asked(page, loopback_cascade)
    field, chips = page.get_by_label("Your question"), page.locator("#attached > li")
    lines.are_dead = True
    field.fill("And why two a day, in vain?")
    field.press("Enter")
    while not any("in vain" in str(message) for message in lines.lost):
        page.wait_for_timeout(20)
    page.reload()
    expect(field).to_have_value("And why two a day, in vain?")
    given = page.locator("#composer [name=client_id]").input_value()
    assert given in str(lines.lost), "asked again, it would count once"

    lines.are_dead, lines.are_deaf, known = False, True, len(provider.requests)
    field.fill("And why not three?")
    page.evaluate(PASTE, LONG)
    field.press("Enter")
    while len(provider.requests) == known:
        page.wait_for_timeout(20)
    expect(field).to_have_value("And why not three?")
    lines.are_deaf = False
    page.reload()
    expect(page.locator(".prompt-text").last).to_have_text("And why not three?")
    expect(field).to_have_value("")
    expect(chips).to_have_count(0)
    expect(page.locator("#composer [name=client_id]")).not_to_have_value(given)


UNRELATED = '<div id="notice" hx-swap-oob="innerHTML"><p>Something else.</p></div>'


def test_what_was_begun_unseen_leaves_the_field_though_something_else_was_said_meanwhile(
    lines: Lines, provider: Loopback
) -> None:
    page = lines.page
    field = page.get_by_label("Your question")
    lines.are_deaf, known = True, len(provider.requests)
    field.fill("And why two a day, unseen?")
    field.press("Enter")
    while len(provider.requests) == known:
        page.wait_for_timeout(20)
    lines[-1].send(UNRELATED)
    expect(page.locator("#notice")).to_have_text("Something else.")
    lines.are_deaf = False
    lines[-1].close(code=4500)
    expect(page.locator(".prompt-text").last).to_have_text("And why two a day, unseen?")
    expect(field).to_have_value("")
    settled(page)
    ask(page, "And why not three?")
    settled(page)
    expect(page.locator("article")).to_have_count(3)
    assert asked(provider, "And why two a day, unseen?") == 1


def asked(provider: Loopback, words: str) -> int:
    told = [request.body["messages"][-1]["content"] for request in provider.requests_of("small")]
    return told.count(words)


def test_a_machine_that_slept_connects_again(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = ticking(context.new_page())
    provider.script("small", ANSWER)
    lines = once_asked(page, loopback_cascade)
    known = len(lines)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 600_000; }")
    assert lines.become_more_than(known)
    ask(page, "And why two a day?")
    settled(page)


def test_a_line_that_died_without_a_word_is_given_up_by_whoever_waits_for_something(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = ticking(in_a_hurry(context.new_page()))
    provider.script("small", ANSWER, Reply(ANSWER.text * 20, pace_s=0.05), ANSWER)
    lines = once_asked(page, loopback_cascade)
    field, known = page.get_by_label("Your question"), len(lines)
    lines.silent = lines[-1]
    assert not lines.become_more_than(known, within_s=2), "nothing is waited for"
    field.fill("And why two a day, into silence?")
    field.press("Enter")
    assert lines.become_more_than(known)
    expect(page.locator("article")).to_have_count(2)
    lines.silent, known = lines[-1], len(lines)
    assert lines.become_more_than(known), "an answer is being written"
    settled(page)
    known = len(lines)
    provider.script("small", Reply(ANSWER.text, delay_s=4))
    ask(page, "And why not three?")
    settled(page)
    assert len(lines) == known, "the model took its time, and the server was there"
    assert asked(provider, "And why two a day, into silence?") == 1


def test_what_is_pressed_on_a_line_that_died_is_done_once_another_is_open(
    lines: Lines, provider: Loopback
) -> None:
    page = lines.page
    quiet(page)
    page.get_by_text("Edit", exact=True).click()
    words = page.get_by_label("The question in other words")
    words.fill("Why are there tides twice a day?")
    lines.silent = lines[-1]
    words.press("Enter")
    assert lines.lose("twice a day", 1)
    lines[-1].close(code=4500)
    expect(page.locator(".versions")).to_contain_text("2 of 2")
    settled(page)
    quiet(page)
    assert asked(provider, "Why are there tides twice a day?") == 1


HELD = """
    class Held extends EventTarget {
        readyState = WebSocket.CONNECTING;
        close() {
            if (this.readyState === WebSocket.CLOSED) return;
            this.readyState = WebSocket.CLOSED;
            this.addEventListener("close", this.onclose);
            this.dispatchEvent(new CloseEvent("close", { code: 1006 }));
        }
    }
    window.WebSocket = class extends WebSocket {
        constructor(address) {
            if (!window.held || !String(address).includes("/ws/conversations/")) super(address);
            else {
                window.held -= 1;
                return new Held();
            }
        }
    };
"""


def test_a_line_that_does_not_open_is_given_up_for_another(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = ticking(in_a_hurry(context.new_page()))
    provider.script("small", ANSWER)
    page.add_init_script(HELD)
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    page.evaluate("() => { window.held = 2; dispatchEvent(new Event('online')); }")
    banner = page.locator("[data-connection=offline]")
    expect(banner).to_be_visible()
    page.wait_for_function("() => window.held === 0")
    expect(banner).to_be_hidden()
    ask(page, "And why two a day?")
    settled(page)


BREAKS_AND_IS_BACK_AT_ONCE = """() => {
  Math.random = () => 0;
  lines.at(-1).dispatchEvent(new CloseEvent("close", { code: 1006 }));
  dispatchEvent(new Event("online"));
}"""


def test_a_line_that_is_back_before_its_time_stays_the_only_one(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", ANSWER, ANSWER)
    page.add_init_script(
        """const lines = (window.lines = []);
        window.WebSocket = class extends WebSocket {
            constructor(address) {
                super(address);
                if (String(address).includes("/ws/conversations/")) lines.push(this);
            }
        };"""
    )
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    known = page.evaluate("() => lines.length")
    page.evaluate(BREAKS_AND_IS_BACK_AT_ONCE)
    quiet(page)
    page.wait_for_function("() => lines.every((line) => line.readyState !== WebSocket.CONNECTING)")
    ready = page.evaluate("() => lines.map((line) => line.readyState === WebSocket.OPEN)")
    assert ready == [False] * known + [True]
    ask(page, "And why two a day?")
    settled(page)
    expect(page.locator("article")).to_have_count(2)


def test_a_long_answer_is_acknowledged_and_shown_whole(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    """More than the server sends ahead of a reader."""
    words = " ".join(f"word{number}" for number in range(9000))
    provider.script("small", Reply("I'm sorry, but I can't help with that."))
    provider.script("large", Reply(words, pace_s=0.0005))
    ask(page, "Tell me everything", loopback_cascade)
    settled(page)
    assert text_of(page, 2).endswith("word8999")


def test_an_ending_server_lets_an_answer_end_and_what_it_refuses_is_asked_of_the_next(
    chromium: Browser, migrated: Migrated, tmp_path: Path
) -> None:
    database = migrated.copy(tmp_path)
    first = serve(database)
    context = chromium.new_context()
    writing, asking = context.new_page(), context.new_page()
    writing.goto(first.link)
    writing.get_by_role("button", name="Sign in").click()
    asking.goto(first.address)
    ask(asking, "Why are there tides?")
    settled(asking)
    writing.get_by_role("button", name="Prove that").click()
    expect(writing.locator("[id$=attempt-1-body]")).to_contain_text("prime")
    first.process.terminate()
    asking.wait_for_timeout(300)
    asking.get_by_label("Your question").fill("And why two a day?")
    asking.get_by_label("Your question").press("Enter")
    expect(asking.locator("#notice")).to_contain_text("restarting")
    settled(writing)
    first.process.communicate(timeout=30)
    assert first.process.returncode == 0
    expect(writing.locator("[data-connection=offline]")).to_be_visible(timeout=10_000)
    second = serve(database, port=int(first.address.rpartition(":")[2]))
    try:
        expect(asking.locator("article")).to_have_count(2, timeout=20_000)
        settled(asking)
        expect(asking.locator("#notice")).to_be_empty()
        expect(asking.get_by_label("Your question")).to_have_value("")
    finally:
        context.close()
        second.process.terminate()
        second.process.communicate(timeout=10)
