"""The costs pages in a browser: figures that a stranger can recompute, and pictures to look at."""

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server
from tests.browser.looks import View
from tests.browser.steps import ask, settled
from tests.browser.test_main_job import ANSWER, REFUSAL
from tests.loopback import Loopback, Reply

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def used(
    chromium: Browser,
    server: Server,
    signed_in: dict[str, Any],
    provider: Loopback,
    loopback_cascade: str,
) -> list[str]:
    """The ids of two conversations: one whose draft was kept, one where it was not and then was."""
    with chromium.new_context(
        base_url=server.address, storage_state=signed_in, viewport={"width": 1440, "height": 900}
    ) as context:
        page = context.new_page()
        provider.script("small", Reply(ANSWER, usage=(40, 90)))
        ask(page, "Why are there tides?", loopback_cascade)
        settled(page)
        addresses = [page.url]
        provider.script("small", Reply(REFUSAL, usage=(30, 12)), Reply(ANSWER, usage=(300, 80)))
        provider.script("large", Reply(ANSWER, usage=(30, 110)))
        ask(page, "How do ships know the hour of the tide?", loopback_cascade)
        settled(page)
        ask(page, "And the spring tide?")
        settled(page)
        return [address.rstrip("/").split("/")[-1] for address in (*addresses, page.url)]


def exported(page: Page, table: str) -> list[dict[str, Any]]:
    answer = page.request.get(f"/costs/{table}.json?period=all")
    rows: list[dict[str, Any]] = json.loads(answer.text())
    return rows


def number(page: Page, kind: str) -> Decimal:
    return Decimal(page.locator(f".number[data-kind={kind}] data").get_attribute("value") or "")


def spent_by_rows(page: Page) -> Iterator[Decimal]:
    """A conversation each, on all pages of the table."""
    for at in count(1):
        page.goto(f"/costs/?period=all&page={at}")
        rows = "[...document.querySelectorAll('.compare-form tbody tr')]"
        shown = page.evaluate(f"{rows}.map((row) => row.querySelector('data').value)")
        if not shown:
            return
        yield from map(Decimal, shown)


@pytest.mark.usefixtures("used")
def test_the_numbers_on_the_page_are_those_of_its_export(page: Page) -> None:
    page.goto("/costs/?period=all")
    turns, attempts = exported(page, "turns"), exported(page, "attempts")
    compared = [turn for turn in turns if turn["saved_usd"] is not None]
    spent = sum(Decimal(row["cost_usd"] or 0) for row in attempts)
    baseline = sum(Decimal(turn["baseline_usd"]) for turn in compared)
    assert number(page, "spent") == spent
    assert number(page, "baseline") == baseline
    assert number(page, "draft") == sum(Decimal(turn["only_draft_usd"]) for turn in compared)
    saved = page.locator(".number[data-kind=saved] data, .number[data-kind=overhead] data")
    total = sum(Decimal(turn["total_usd"]) for turn in compared)
    assert Decimal(saved.get_attribute("value") or "") == baseline - total
    assert sum(spent_by_rows(page)) == spent


@pytest.mark.usefixtures("used")
def test_conversations_are_ticked_and_compared_without_a_script(
    chromium: Browser, server: Server, signed_in: dict[str, Any]
) -> None:
    context = chromium.new_context(
        base_url=server.address, storage_state=signed_in, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/costs/")
    for at in range(2):
        page.locator("input[name=c]").nth(at).check()
    page.get_by_role("button", name="Compare the ticked").click()
    expect(page.locator(".sides thead a")).to_have_count(2)
    page.go_back()
    page.get_by_role("link", name="Threshold").click()
    page.locator("#at").fill("95")
    page.get_by_role("button", name="Look").click()
    expect(page.locator(".slider output")).to_have_text("0.95")
    context.close()


def test_a_long_word_pushes_no_conversation_out_of_sight(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(ANSWER), Reply(ANSWER))
    ids = []
    for word in ("W" * 90, "Why are there tides?"):
        ask(page, word, loopback_cascade)
        settled(page)
        ids.append(page.url.rstrip("/").split("/")[-1])
    page.goto("/costs/compare/?" + "&".join(f"c={id}" for id in ids))
    assert page.locator(".table-scroll").evaluate("it => it.scrollWidth <= it.clientWidth")


@pytest.mark.usefixtures("used")
def test_four_figures_stand_in_a_row_or_two_by_two(page: Page) -> None:
    page.goto("/costs/")
    rows = set()
    for width in range(390, 1441, 30):
        page.set_viewport_size({"width": width, "height": 900})
        tops = page.locator(".number").evaluate_all("all => all.map((it) => it.offsetTop)")
        rows.add(tuple(tops.count(top) for top in sorted({*tops})))
    assert rows == {(2, 2), (4,)}


def test_figures_begin_on_the_first_screen_of_a_phone_below_what_is_selected(
    used: list[str], page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/costs/?period=90&complexity=simple")
    said, period = page.locator(".filters > summary"), page.get_by_label("Period")
    expect(said).to_contain_text("90 days · simple")
    expect(period).not_to_be_visible()
    figures = page.locator(".numbers").bounding_box()
    assert figures and figures["y"] + figures["height"] < 844
    said.click()
    expect(period).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.reload()
    expect(said).not_to_be_visible()
    expect(period).to_be_visible()


def test_the_pages(used: list[str], view: View) -> None:
    page = view.page
    addresses = {
        "costs": "/costs/",
        "costs-models": "/costs/by/model/",
        "costs-days": "/costs/by/day/",
        "costs-compare": f"/costs/compare/?c={used[0]}&c={used[1]}",
        "costs-threshold": "/costs/threshold/?at=90",
        "costs-what-if": "/costs/what-if/",
    }
    for name, address in addresses.items():
        page.goto(address)
        view.look(name)
        out_of_sight = page.locator(".filter").evaluate_all(
            "forms => forms.filter((form) => form.scrollWidth > form.clientWidth).length"
        )
        assert not out_of_sight, f"{name} hides part of its filter"
