"""Every page, in both themes and narrow: axe-core complains of none, and none overflows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serve
from tests.browser.looks import SCHEMES, WIDTHS, Scheme, View, complaints
from tests.databases import ROOT, Migrated

pytestmark = pytest.mark.long

AT_LEAST = 71
"""Pages; fewer, and the list of them has lost some."""

PARTS = 6
"""Of the pages, each seen within the time that one test may take, also on a busy machine."""

WORDS = {
    "routing": "Choosing a route",
    "waiting-in-line": "Waiting in line",
    "checking": "Checking · small",
    "switching": "Switching to large",
    "draft-used": "You use the draft, though it is below the bar.",
    "interrupted": "Interrupted. What was written is kept.",
    "interrupted-at-once": "Interrupted. Nothing was written yet.",
}
"""What is said in each state."""

CUT_OFF = """() => {
    document.documentElement.style.fontSize = "200%";
    const parts = ".thread, .tabs, .numbers, .desk-numbers, .sidebar-new, #content";
    const cut = [document.documentElement, ...document.querySelectorAll(parts)]
        .filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth + 1);
    document.documentElement.style.fontSize = "";
    return cut.map((it) => it.className || it.localName);
}"""
"""Where letters are twice as large."""

GONE = {"share-revoked": "/shared/of-no-use/", "sign-in-used": "/sign-in/1/of-no-use/"}


@pytest.fixture(scope="module")
def place(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    database = migrated.copy(tmp_path_factory.mktemp("furnished"))
    made = subprocess.run(
        [sys.executable, "-m", "tests.browser.furnish"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{database}"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    server = serve(database)
    yield json.loads(made.stdout) | {"address": server.address}
    server.process.terminate()
    server.process.communicate(timeout=30)


@pytest.fixture
def furnished(chromium: Browser, place: dict[str, Any]) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=place["address"],
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
    )
    cookie = {"name": "sessionid", "value": place["session"], "url": place["address"]}
    context.add_cookies([cookie])  # type: ignore[list-item]  # as Playwright has it
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page(furnished: Page, place: dict[str, Any], part: int) -> None:
    page, faults = furnished, []
    for address in place["pages"][part::PARTS]:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(50)  # colours of links fade, for whoever likes that
            faults += [f"{address} ({scheme}): {fault}" for fault in complaints(page)]
        cut = page.evaluate(CUT_OFF)
        page.set_viewport_size({"width": 390, "height": 844})
        cut += page.evaluate(CUT_OFF)
        if cut:
            faults.append(f"{address} cuts off large letters in {cut}")
        if (over := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            faults.append(f"{address} is {over} px too wide")
        head = page.locator("#header")
        if head.count() and head.evaluate("it => it.scrollHeight > it.clientHeight"):
            faults.append(f"{address} covers what is at the foot of its head")
    assert len(place["pages"]) >= AT_LEAST
    assert not faults, "\n".join(faults)


def test_every_state_of_the_rail_looks_right(furnished: Page, place: dict[str, Any]) -> None:
    for name, address in place["states"].items():
        furnished.goto(address)
        expect(furnished.locator("article")).to_contain_text(WORDS[name])
        for width in WIDTHS:
            furnished.set_viewport_size({"width": width, "height": 844})
            View(furnished, width).look(f"rail-{name}")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_what_is_opened_by_hand_looks_right(
    furnished: Page, place: dict[str, Any], width: int, scheme: Scheme
) -> None:
    page, view = furnished, View(furnished, width, (scheme,))
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for name, address in GONE.items():
        page.goto(address)
        view.look(name)

    page.goto(place["states"]["draft-used"])
    page.get_by_text("Edit", exact=True).click()
    expect(page.get_by_label("The question in other words")).to_be_focused()
    view.look("edit")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("link", name="Another cascade").click()
    expect(page.get_by_role("group", name="By another cascade")).to_be_visible()
    view.look("retry-menu")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("sun tides")
    expect(page.locator(".found mark").first).to_be_visible()
    view.look("found")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Manage this conversation").click()
    expect(page.get_by_role("dialog", name="Manage the conversation")).to_be_visible()
    view.look("manage")
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(f"{place['address']}/")
    page.keyboard.press("Control+k")
    expect(page.locator(".deleted")).to_be_visible()
    view.look("deleted")
    page.locator(".deleted").get_by_role("button", name="Undo").click()
    expect(page.locator(".deleted")).to_have_count(0)


def test_the_head_of_a_phone_has_its_height_before_costs_are_known(
    furnished: Page, place: dict[str, Any]
) -> None:
    page, heights = furnished, []
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("routing", "draft-used"):
        page.goto(place["states"][name])
        page.locator("#cascade-choice option:checked").evaluate(
            "it => it.text = 'Questions of every day'"
        )
        heights.append(page.locator(".topbar").bounding_box()["height"])  # type: ignore[index]
    assert heights[0] == heights[1]


def test_a_change_of_many_things_leaves_the_list_to_others_and_is_read_on_its_own_page(
    furnished: Page,
) -> None:
    furnished.goto("/admin/chat/change/")
    row = furnished.locator("#result_list tbody tr", has_text="User permissions").first
    assert row.bounding_box()["height"] < 200  # type: ignore[index]
    row.get_by_role("link").click()
    expect(furnished.locator(".change-lines")).to_contain_text("Can view session")


def test_what_is_pressed_on_the_desk_is_met_by_a_finger(
    furnished: Page, place: dict[str, Any]
) -> None:
    furnished.set_viewport_size({"width": 390, "height": 844})
    deletion = next(at for at in place["pages"] if "budget" in at and at.endswith("/delete/"))
    for address in (deletion, "/admin/chat/modelconfig/"):
        furnished.goto(address)
        buttons = furnished.locator("#content form :is(.button, [type=submit])")
        assert {box.bounding_box()["height"] for box in buttons.all()} == {44}  # type: ignore[index]


def test_a_list_begins_on_the_first_screen_of_a_phone_below_its_filters(furnished: Page) -> None:
    furnished.set_viewport_size({"width": 390, "height": 844})
    for name in ("change", "decision", "modelconfig"):
        furnished.goto(f"/admin/chat/{name}/")
        assert furnished.locator("#result_list").bounding_box()["y"] < 844  # type: ignore[index]


def test_a_question_without_a_foot_keeps_its_distance_from_the_answer(
    furnished: Page, place: dict[str, Any]
) -> None:
    furnished.goto(next(at for at in place["pages"] if at.startswith("/shared/")))
    asked, strip = (furnished.locator(it).bounding_box() for it in (".prompt-text", ".strip"))
    assert asked and strip
    assert strip["y"] - asked["y"] - asked["height"] >= 16


def test_a_long_name_pushes_no_figure_out_of_sight(furnished: Page) -> None:
    name = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8"
    for address, named, table in (
        ("/admin/", "tbody th a, .field-models", ".desk-scroll"),
        ("/admin/chat/cascade/", "th.field-name a, .field-models", ".results"),
        ("/admin/chat/modelconfig/", "th.field-title a, .field-provider", ".results"),
    ):
        furnished.goto(address)
        cells = furnished.locator(f"{table} :is({named})")
        cells.evaluate_all(f"them => them.map((it) => it.textContent = '{name}')")
        over = furnished.locator(table).evaluate_all(
            "them => them.map((it) => it.scrollWidth - it.clientWidth)"
        )
        assert over and max(over) <= 0, address


def test_a_legend_keeps_its_colours_where_those_of_the_page_are_forced(furnished: Page) -> None:
    colour = "it => getComputedStyle(it, '::before').backgroundColor"
    for address in ("/costs/", "/costs/threshold/"):
        furnished.goto(address)
        furnished.emulate_media(forced_colors="none")
        keys = furnished.locator(".legend [data-key]").all()
        before = [key.evaluate(colour) for key in keys]
        furnished.emulate_media(forced_colors="active")
        assert keys and [key.evaluate(colour) for key in keys] == before
    current, other = (".tabs [aria-current]", ".tabs a:not([aria-current])")
    edge = "it => getComputedStyle(it).borderBottomColor"
    edges = [furnished.locator(it).first.evaluate(edge) for it in (current, other)]
    assert edges[0] != edges[1]


def test_on_paper_nothing_is_left_in_what_would_scroll(
    furnished: Page, place: dict[str, Any]
) -> None:
    furnished.set_viewport_size({"width": 800, "height": 1100})
    furnished.goto("/costs/")
    furnished.emulate_media(media="print")
    hidden = "it => it.scrollWidth - it.clientWidth"
    tables = furnished.locator(".table-scroll")
    assert tables.count() and max(table.evaluate(hidden) for table in tables.all()) <= 0
    furnished.emulate_media(media="screen")
    furnished.goto(place["states"]["draft-used"])
    furnished.locator(".receipt > summary").click()
    furnished.locator(".receipt .on-demand summary").click()
    raw = furnished.locator(".raw pre")
    expect(raw).to_be_visible()
    furnished.emulate_media(media="print")
    expect(raw).to_have_css("max-height", "none")
