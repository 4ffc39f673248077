"""What users of such pages complain of, by its number in our list, and what they get here."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Server, add_cascade, added
from tests.browser.steps import ask, settled, text_of
from tests.loopback import Loopback, Reply

STOPS_WITHIN_S = 0.3
REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = "\n\n".join(
    f"Reason {number}: the Moon pulls at the sea, and the sea follows it around the Earth."
    for number in range(1, 9)
)


def escalates(provider: Loopback) -> None:
    provider.script("small", Reply(REFUSAL, pace_s=0.02))
    provider.script("large", Reply(ANSWER, pace_s=0.02))


def test_c2_a_line_that_breaks_again_and_again_loses_and_doubles_nothing(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    escalates(provider)
    ask(page, "Why are there tides?", loopback_cascade)
    for number in range(1, 6):
        expect(page.locator("article .attempt").last).to_contain_text(f"Reason {number}")
        page.evaluate("htmx.find('[ws-connect]')['htmx-internal-data'].webSocket.socket.close()")
    settled(page)
    assert text_of(page, 2) == " ".join(ANSWER.split())
    expect(page.locator("article")).to_have_count(1)
    expect(page.locator("article .attempt")).to_have_count(2)


@pytest.mark.alone
def test_c3_stop_ends_the_request_at_once_also_after_a_reload_and_from_another_tab(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(ANSWER, pace_s=0.1))
    provider.script("large", Reply(ANSWER))
    for stop_in in ("the same", "reloaded", "another tab"):
        ask(page, f"Why are there tides, to be stopped in {stop_in}?", loopback_cascade)
        expect(page.locator(".attempt").last).to_contain_text("Reason 1")
        tab = page
        if stop_in == "reloaded":
            page.reload()
        elif stop_in == "another tab":
            tab = context.new_page()
            tab.goto(page.url)
        [asked] = [at for at in provider.requests if f"stopped in {stop_in}?" in str(at.body)]
        pressed = time.monotonic()
        tab.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopped by you").first).to_be_visible()
        assert asked.left_at is not None and asked.left_at - pressed < STOPS_WITHIN_S
        settled(page)
        assert provider.requests[-1] is asked, "no other model is asked"


@pytest.mark.alone
def test_c3_stop_ends_the_request_of_the_stronger_model_and_keeps_what_it_wrote(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER, pace_s=0.1))
    ask(page, "Why are there tides, to be stopped while the other writes?", loopback_cascade)
    expect(page.locator(".attempt").last).to_contain_text("Reason 1")
    [asked] = [at for at in provider.requests_of("large") if "the other writes?" in str(at.body)]
    pressed = time.monotonic()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped by you").first).to_be_visible()
    assert asked.left_at is not None and asked.left_at - pressed < STOPS_WITHIN_S
    settled(page)
    shown = text_of(page, 2)
    assert shown.startswith("Reason 1") and len(shown) < len(ANSWER)
    page.reload()
    assert text_of(page, 2) == shown
    expect(page.locator("[id$=attempt-2-body]")).to_be_visible()


def test_c4_a_stopped_answer_is_paid_for_by_what_came_and_marked_as_estimated(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(ANSWER, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    expect(page.locator(".attempt").last).to_contain_text("Reason 2")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped by you").first).to_be_visible()
    settled(page)
    receipt = page.locator(".receipt")
    receipt.locator("summary").first.click()
    tokens = re.search(r"(\d+) in · (\d+) out · counted by us", receipt.inner_text())
    assert tokens, receipt.inner_text()
    words = len(text_of(page, 1).split())
    assert int(tokens[1]) > 0 and 0.8 * words < int(tokens[2]) < 3 * words
    told = receipt.inner_text()
    assert re.search(r"≈\s\$0\.\d+", told) and "partial" in told
    page.reload()
    page.locator(".receipt summary").first.click()
    assert page.locator(".receipt").inner_text() == told


def test_c5_an_answer_and_its_conversation_say_what_they_cost_also_after_a_reload(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    escalates(provider)
    ask(page, "Why are there tides?", loopback_cascade)
    settled(page)
    told = [
        page.locator(".strip-cost").inner_text(),
        page.locator("#conversation-totals").inner_text(),
    ]
    assert all("$" in words for words in told)
    page.reload()
    assert page.locator(".strip-cost").inner_text() == told[0]
    assert page.locator("#conversation-totals").inner_text() == told[1]


def test_c5_what_is_spent_grows_while_it_is_and_is_the_receipt_s_figure_at_the_end(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER * 2, pace_s=0.03))
    ask(page, "Why are there tides?", loopback_cascade)
    cost = page.locator(".strip-cost")
    expect(cost).to_have_text(re.compile(r"≈\s\$0\.\d+"))
    told = cost.get_attribute("value")
    page.reload()
    expect(cost).to_have_text(re.compile(r"≈\s\$0\.\d+"))
    page.wait_for_function("told => document.querySelector('.strip-cost').value > told", arg=told)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    settled(page)
    expect(cost).not_to_contain_text("≈")
    page.locator(".receipt summary").first.click()
    assert f"${cost.get_attribute('value')}" in page.locator(".receipt tfoot").inner_text()


def test_c6_a_price_that_changes_changes_no_bill(page: Page, provider: Loopback) -> None:
    models = ("priced-small", "priced-large")
    add_cascade(page, provider.base_url, "Priced", models, picture="admin-cascade.png")
    provider.script("priced-small", Reply(ANSWER))
    ask(page, "Why are there tides?", "Priced")
    settled(page)
    paid, conversation = page.locator(".strip-cost").inner_text(), page.url
    page.goto("/admin/chat/modelconfig/?q=priced-small")
    page.get_by_role("link", name="priced-small", exact=True).click()
    for field in ("input", "output"):
        page.locator(f"#id_prices-0-{field}").fill("3")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(conversation)
    assert page.locator(".strip-cost").inner_text() == paid
    ask(page, "And again?")
    expect(page.locator(".strip-cost")).to_have_count(2)
    settled(page)
    expect(page.locator(".strip-cost").last).not_to_have_text(paid)


@pytest.fixture(scope="module")
def unpriced_cascade(provider: Loopback, server: Server, signed_in: dict[str, Any]) -> str:
    models = ("unpriced-small", "unpriced-large")
    return added("Unpriced", models, provider, server, signed_in, prices=("", ""))


def test_c6_a_price_that_is_unknown_is_never_shown_as_nothing(
    page: Page, provider: Loopback, unpriced_cascade: str
) -> None:
    provider.script("unpriced-small", Reply(ANSWER))
    ask(page, "Why are there tides?", unpriced_cascade)
    settled(page)
    for _ in range(2):  # as it was pushed, and as a reload shows it
        for place in (".strip-cost", "#conversation-totals"):
            expect(page.locator(place)).to_contain_text("price unknown")
            expect(page.locator(place)).not_to_contain_text("$")
        page.reload()


def test_c6_an_unknown_price_takes_no_line_of_the_head_of_a_phone(
    page: Page, provider: Loopback, loopback_cascade: str, unpriced_cascade: str
) -> None:
    provider.script("unpriced-small", Reply(ANSWER))
    escalates(provider)
    ask(page, "Why are there tides?", unpriced_cascade)
    settled(page)
    with page.expect_navigation():
        page.get_by_label("Cascade").select_option(label=loopback_cascade)
    ask(page, "And the Sun?")
    settled(page)
    page.set_viewport_size({"width": 390, "height": 844})
    head, unpriced = page.locator(".topbar"), page.locator(".totals-unpriced")
    expect(unpriced).to_have_text("+ 1 at a price unknown")
    expect(page.locator(".totals-saving")).to_be_visible()
    height = head.evaluate("head => head.offsetHeight")
    unpriced.evaluate("it => it.remove()")
    assert head.evaluate("head => head.offsetHeight") == height


def test_c7_a_draft_is_kept_and_labelled_where_the_next_model_could_cost_too_much(
    page: Page, provider: Loopback, server: Server, signed_in: dict[str, Any]
) -> None:
    """2,000 tokens of the draft's model are $0.002, of the other one $0.02."""
    models = ("thrifty-small", "thrifty-large")
    cascade = added("Thrifty", models, provider, server, signed_in, budget_usd="0.005")
    provider.script("thrifty-small", Reply(REFUSAL))
    ask(page, "Why are there tides?", cascade)
    settled(page)
    turn = page.locator("article")
    expect(turn).to_contain_text("An answer may cost $0.005 here")
    expect(turn.locator("[id$=attempt-1-body]")).to_be_visible()
    expect(turn.locator(".chip").last).to_contain_text("Draft set aside")
    assert provider.requests_of("thrifty-large") == []


def test_c8_which_model_writes_and_why_is_there_from_the_first_word(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    escalates(provider)
    ask(page, "Why are there tides?", loopback_cascade)
    expect(page.locator(".attempt").last).to_contain_text("Reason 1")
    expect(page.locator(".chip").last).to_contain_text("large")
    expect(page.locator(".chip").first).to_have_text(
        re.compile(r"needed 0.70\s· declines to answer")
    )
    settled(page)


def test_c10_no_finished_block_is_touched_again_to_the_end(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    escalates(provider)
    ask(page, "Why are there tides?", loopback_cascade)
    blocks = "[id$=attempt-2-sheets] p"
    expect(page.locator(blocks).nth(1)).to_be_visible()
    page.evaluate(f"window.first = [...document.querySelectorAll('{blocks}')].slice(0, 2)")
    settled(page)
    same = f"first.every((node, place) => document.querySelectorAll('{blocks}')[place] === node)"
    assert page.evaluate(same)


def test_c11_a_draft_set_aside_stays_readable_until_the_next_words_and_unfolds_if_none_come(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER, delay_s=1.5, pace_s=0.02))
    ask(page, "Why are there tides?", loopback_cascade)
    draft = page.locator("[id$=attempt-1-body]")
    expect(page.locator(".chip").last).to_contain_text("Switching to large")
    expect(draft).to_be_visible()
    expect(page.locator(".attempt").last).to_contain_text("Reason 1")
    expect(draft).to_be_hidden()
    expect(draft).to_have_text(REFUSAL)
    settled(page)
    provider.script("large", Reply("It begins and", end="cut"))
    ask(page, "And why two a day?")
    settled(page)
    last = page.locator("article").last
    expect(last.locator(".fold")).to_contain_text("Draft, below the bar")
    expect(last.locator("[id$=attempt-1-body]")).to_be_visible()


def test_c16_a_second_tab_mirrors_and_a_second_question_is_refused_and_kept(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(REFUSAL))
    provider.script("large", Reply(ANSWER, pace_s=0.05))
    ask(page, "Why are there tides?", loopback_cascade)
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator(".attempt").last).to_contain_text("Reason 1")
    other.get_by_label("Your question").fill("And why two a day?")
    other.get_by_label("Your question").press("Enter")
    expect(other.locator("#notice")).to_contain_text("already being written")
    expect(other.get_by_label("Your question")).to_have_value("And why two a day?")
    settled(page)
    settled(other)
    assert text_of(other, 2) == text_of(page, 2)
