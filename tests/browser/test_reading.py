"""C12, C13 and C15: an answer that is being written leaves its reader in peace, listeners too."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server
from tests.browser.looks import SCREENSHOTS
from tests.browser.steps import ask, quiet, settled
from tests.browser.test_main_job import ANSWER, DRAFT, REFUSAL
from tests.loopback import Loopback, Reply

TOP = "document.querySelector('.thread').scrollTop"
IS_AT_END = """() => {
    const thread = document.querySelector('.thread');
    return thread.scrollHeight - thread.scrollTop - thread.clientHeight < 3;
}"""
SELECTED = "getSelection().toString()"
IN_SIGHT = """() => {
    const block = document.elementFromPoint(360, 200).closest(".sheet > *");
    const number = [...block.parentElement.children].indexOf(block) + 1;
    return `#${block.parentElement.id} > :nth-child(${number})`;
}"""
IS_SHOWN = """(it) => {
    const { top, bottom } = document.querySelector('.thread').getBoundingClientRect();
    const box = it.getBoundingClientRect();
    const isWhole = box.bottom < bottom || Math.abs(box.top - top) < 10;
    return it.open && box.top >= top && isWhole;
}"""
"""All of what was opened, or of what is longer than the view as much as there is room for."""
NOTE_MOVES = """() => {
    window.moves = [];
    const { scrollIntoView } = Element.prototype;
    Element.prototype.scrollIntoView = function (how) {
        moves.push(how?.behavior);
        scrollIntoView.call(this, how);
    };
}"""
LISTEN = """() => {
    window.said = [];
    const watch = () => {
        const text = document.getElementById('announcer').textContent.trim();
        if (text && said.at(-1) !== text) said.push(text);
    };
    new MutationObserver(watch).observe(document.body,
        { subtree: true, childList: true, characterData: true });
}"""


def test_C12_scrolling_up_detaches_and_the_pill_leads_back(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT * 12, pace_s=0.02))
    ask(page, "Why are there tides?", loopback_cascade)
    while page.evaluate(TOP) < 100:
        page.wait_for_timeout(50)
    page.wait_for_function(IS_AT_END)  # what came is followed in the next frame
    page.locator(".thread").hover()
    page.mouse.wheel(0, -3)
    page.wait_for_timeout(300)
    held = page.evaluate(TOP)
    pill = page.get_by_role("button", name="Jump to latest")
    expect(pill).to_be_visible()
    page.wait_for_timeout(1000)
    assert page.evaluate(TOP) == held
    pill.click()
    expect(pill).to_be_hidden()
    page.wait_for_timeout(500)
    page.wait_for_function(IS_AT_END)  # what came is followed in the next frame
    page.get_by_role("button", name="Stop").click()
    settled(page)


def test_C12_a_draft_that_folds_does_not_move_the_line_that_is_read(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT * 6), Reply(f"{REFUSAL}\n\n" * 30, pace_s=0.01))
    provider.script("large", Reply(ANSWER, pace_s=0.02, delay_s=0.5))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    ask(page, "And how strong is the Sun's part?")
    expect(page.locator("article >> nth=-1 >> [id$=attempt-1-body]")).to_contain_text("sorry")
    page.locator(".thread").hover()
    page.mouse.wheel(0, -900)
    page.wait_for_timeout(300)
    line = page.locator("article >> nth=0 >> .body p").last
    before = line.bounding_box()
    settled(page)
    expect(page.locator("article >> nth=-1 >> [id$=attempt-1-body]")).to_be_hidden()
    after = line.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) <= 1


def test_C12_a_long_answer_is_where_it_was_left_when_it_is_shown_anew(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    parts = (f"## Part {part}\n\n{'It goes on and on. ' * 20}\n\n" for part in range(40))
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply("".join(parts)))
    page.set_viewport_size({"width": 720, "height": 450})
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    for _ in range(3):
        page.reload()  # a line that opens brings the last turn anew
        quiet(page)
        assert page.evaluate(IS_AT_END)
        expect(page.get_by_role("button", name="Jump to latest")).to_be_hidden()
    page.locator(".thread").hover()
    page.mouse.wheel(0, -900)
    page.wait_for_timeout(300)
    line = page.locator(page.evaluate(IN_SIGHT))
    before = line.bounding_box()
    page.evaluate("document.querySelector('article').dataset.isOld = 'yes'")
    page.evaluate("htmx.find('[ws-connect]')['htmx-internal-data'].webSocket.socket.close()")
    expect(page.locator("article")).not_to_have_attribute("data-is-old", "yes")
    quiet(page)
    after = line.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) <= 1


def test_C12_who_finds_a_word_further_up_is_left_there(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(f"{DRAFT}\n\n" * 60, pace_s=0.005))
    ask(page, "Why are there tides?", loopback_cascade)
    page.wait_for_function("() => document.querySelector('.thread').scrollTop > 900")
    found = page.locator("[id$=attempt-1-body] strong").first
    for wait_ms in range(600, 680, 10):  # at any time between two frames, long after a click
        page.wait_for_timeout(wait_ms)
        found.evaluate("it => it.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(100)
        expect(found).to_be_in_viewport()
        page.get_by_role("button", name="Jump to latest").click()
    page.get_by_role("button", name="Stop").click()
    settled(page)


def test_what_is_selected_by_mouse_stays_so_while_words_come(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    words = " ".join(f"word{number}" for number in range(200))
    provider.script("small", Reply(f"It begins.\n\nIt goes on.\n\n{words}", pace_s=0.03))
    ask(page, "Why are there tides?", loopback_cascade)
    body = page.locator("[id$=attempt-1-body]")
    expect(body).to_contain_text("word20")
    left, top = page.evaluate(
        """() => {
            const { left, top } = document.querySelector("[data-tail] > :last-child")
                .getBoundingClientRect();
            return [left, top];
        }"""
    )
    page.mouse.move(left + 60, top + 8)
    page.mouse.down()
    page.wait_for_timeout(300)
    for _ in range(10):  # back and forth, as more of the paragraph comes
        page.mouse.move(left + 250, top + 8)
        page.wait_for_timeout(50)
        page.mouse.move(left + 200, top + 8)
        page.wait_for_timeout(50)
    page.mouse.up()
    selected = page.evaluate(SELECTED)
    assert re.fullmatch(r"\w*( word\d)+ w?\w*", selected)
    shown = len(body.inner_text())
    expect(body).to_contain_text("word100")
    assert len(body.inner_text()) > shown
    assert page.evaluate(SELECTED) == selected
    page.evaluate(
        """() => {
            const [start, end] = ["[id$=attempt-1-body] p", "[data-tail] > :last-child"];
            getSelection().setBaseAndExtent(
                document.querySelector(end).firstChild, 5,
                document.querySelector(start).firstChild, 3,
            );
        }"""
    )
    settled(page)
    assert page.evaluate(SELECTED).split() == ["begins.", "It", "goes", "on.", "word0"]
    assert page.evaluate("getSelection().direction") == "backward"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_what_is_opened_comes_into_view_and_what_is_there_already_stays(
    page: Page,
    provider: Loopback,
    loopback_cascade: str,
    motion: Literal["no-preference", "reduce"],
) -> None:
    page.emulate_media(reduced_motion=motion)
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(f"{ANSWER}\n\n" * 12))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    quiet(page)
    page.wait_for_function(IS_AT_END)
    compared = page.locator(".outcome > .on-demand")
    compared.locator("summary").click()
    compared.locator(".diff").wait_for()
    page.wait_for_function(IS_SHOWN, arg=compared.element_handle())

    page.evaluate(NOTE_MOVES)
    receipt = page.locator(".receipt")
    receipt.locator("summary").first.click()
    page.wait_for_function(IS_SHOWN, arg=receipt.element_handle())
    assert {*page.evaluate("moves")} == {"instant" if motion == "reduce" else "smooth"}

    compared.locator("summary").click()
    compared.evaluate("it => it.scrollIntoView()")
    page.wait_for_timeout(100)
    before = page.evaluate(TOP)
    compared.locator("summary").click()
    compared.locator(".diff").wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate(TOP) == before


def test_nothing_scrolls_but_the_thread_however_long_it_is(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    """A wheel over the head or the list would take the whole page away; so would a link's place."""
    provider.script("small", Reply(f"{DRAFT}\n\n" * 60))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_text("Receipt").click()
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    page.locator(".receipt").evaluate("it => it.scrollIntoView()")
    assert page.evaluate("document.documentElement.scrollTop") == 0


def test_C13_boundaries_are_announced_and_tokens_are_not(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.evaluate(LISTEN)
    provider.script("small", Reply(REFUSAL, pace_s=0.02, delay_s=1))
    provider.script("large", Reply(ANSWER * 3, pace_s=0.01))
    ask(page, "And how strong is the Sun's part?")
    turn = page.locator("article").last
    expect(turn).to_have_attribute("aria-busy", "true")
    settled(page)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(turn.get_by_role("heading", name="Answer 2: Answered by large")).to_be_visible()
    said = page.evaluate("said")
    assert [text.split(" ")[0] for text in said[-3:]] == ["Drafting", "Draft", "Answer"], said
    assert len(said) <= 4, said
    assert page.locator("[aria-live]:not(#announcer, [aria-live=off])").count() == 0


def test_C13_who_wants_to_hears_the_whole_answer_when_it_is_ready(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT), Reply(REFUSAL))
    provider.script("large", Reply(ANSWER, pace_s=0.01))
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("read the whole answer").check()
    page.reload()
    page.wait_for_load_state()
    page.evaluate(LISTEN)
    ask(page, "And how strong is the Sun's part?")
    settled(page)
    expect(page.locator("#announcer")).to_contain_text("highest.")
    whole = page.evaluate("said.at(-1)")
    assert whole.startswith("Answer ready from large") and "def tide(moon, sun):" in whole
    assert "sorry" not in whole and "Wrap" not in whole
    assert [text for text in page.evaluate("said") if "gravity" in text] == [whole]


@pytest.mark.parametrize("width", [720, 3840])
def test_the_page_bears_zoom_forced_colours_and_a_right_to_left_text(
    chromium: Browser,
    server: Server,
    signed_in: dict[str, object],
    provider: Loopback,
    loopback_cascade: str,
    width: int,
) -> None:
    """720 CSS pixels are a 1440 pixel window at 200 %."""
    provider.script("small", Reply("المد والجزر هما ارتفاع وانخفاض مستوى البحر بسبب جاذبية القمر."))
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": width, "height": width * 10 // 16},
        forced_colors="active",
        reduced_motion="reduce",
    )
    page = context.new_page()
    ask(page, "لماذا يحدث المد والجزر؟", loopback_cascade)
    settled(page)
    expect(page.locator("article .body p").first).to_have_css("direction", "rtl")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert not page.evaluate("document.getAnimations().length")
    page.screenshot(path=SCREENSHOTS / f"forced-colors-{width}.png")
    context.close()


def test_C15_a_phone_neither_zooms_into_the_question_nor_hides_it(
    chromium: Browser, server: Server, signed_in: dict[str, object]
) -> None:
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        viewport={"width": 390, "height": 420},  # as with a keyboard on the screen
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    page.goto("/")
    prompt = page.get_by_label("Your question")
    assert prompt.evaluate("it => parseFloat(getComputedStyle(it).fontSize)") >= 16
    prompt.tap()
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    context.close()
