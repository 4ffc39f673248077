"""The operator's desk in a browser: what moves, what answers while one types, and how it looks."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import View
from tests.browser.steps import settled
from tests.browser.test_main_job import DRAFT
from tests.loopback import Loopback, Reply

pytestmark = pytest.mark.long


def places(page: Page) -> list[str]:
    """The models in the order of the rows, with the place each has."""
    rows = page.locator("#steps-group tr.form-row.has_original")
    return [
        f"{row.locator('input[name$=position]').input_value()} "
        f"{row.locator('select').evaluate('s => s.selectedOptions[0].text').split(' ')[0]}"
        for row in rows.all()
    ]


def open_cascade(page: Page, name: str) -> None:
    page.goto("/admin/chat/cascade/")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("#steps-group .step-move").first).to_be_visible()


def test_models_move_by_the_keyboard_and_what_to_see_to_is_said_at_once(
    page: Page, loopback_cascade: str
) -> None:
    open_cascade(page, loopback_cascade)
    assert places(page) == ["1 small", "2 large"]
    expect(page.locator("#advice")).to_be_hidden()
    page.get_by_role("button", name="Move down").first.focus()
    page.keyboard.press("Enter")
    assert places(page) == ["1 large", "2 small"]
    expect(page.locator("#advice")).to_contain_text("small is cheaper than large, which drafts")
    expect(page.get_by_role("button", name="Move down").nth(1)).to_be_focused()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert places(page) == ["1 large", "2 small"]
    expect(page.locator("#advice")).to_contain_text("a draft saves nothing")
    page.locator(".step-handle").nth(1).drag_to(page.locator("#steps-group tr.form-row").first)
    assert places(page) == ["1 small", "2 large"]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")


def test_on_a_phone_models_are_moved_without_scrolling_sideways(
    page: Page, loopback_cascade: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_cascade(page, loopback_cascade)
    fieldset = page.locator("#steps-group fieldset")
    assert fieldset.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    page.get_by_role("button", name="Move down").first.click()
    assert places(page) == ["1 large", "2 small"]


@pytest.mark.parametrize("width", [390, 1440])
def test_the_words_of_the_head_stand_in_one_line(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/admin/")
    words = page.locator("#user-tools").locator("a, #logout-form button")
    tops = {
        word.evaluate("""it => {
          const words = document.createRange();
          words.selectNodeContents(it);
          return words.getBoundingClientRect().top;
        }""")
        for word in words.all()
    }
    assert words.count() > 2 and len(tops) == 1


def test_a_price_is_worked_out_while_it_is_typed(page: Page, loopback_cascade: str) -> None:
    page.goto("/admin/chat/modelconfig/")
    page.locator("#result_list a", has_text="small").first.click()
    page.locator("#id_prices-0-input").fill("2.5")
    page.locator("#id_prices-0-output").fill("10")
    cost = page.locator("#prices-0 .field-example")
    expect(cost).to_have_text("$0.0075")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.locator("#id_prices-0-input").scroll_into_view_if_needed()
        expect(cost.locator("p")).to_be_in_viewport(ratio=1)


def test_a_cascade_is_tried_on_the_desk(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    provider.script("small", Reply(DRAFT))
    open_cascade(page, loopback_cascade)
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("Your question").fill("Why are there tides?")
    page.get_by_role("button", name="Ask").click()
    settled(page)
    expect(page.locator("article .strip")).to_contain_text("Draft")
    expect(page.locator("article details.receipt")).to_be_visible()


def test_the_theme_is_chosen_and_kept(page: Page) -> None:
    page.goto("/admin/")
    for theme in ("dark", "light", "auto", "dark"):  # where the system is light
        page.locator(".theme-toggle").click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


PAGES = {
    "desk": "/admin/",
    "desk-cascades": "/admin/chat/cascade/",
    "desk-cascade": "/admin/chat/cascade/1/change/",
    "desk-try": "/admin/chat/cascade/1/try/",
    "desk-models": "/admin/chat/modelconfig/",
    "desk-model": "/admin/chat/modelconfig/1/change/",
    "desk-import": "/admin/chat/modelconfig/import-prices/",
    "desk-changes": "/admin/chat/change/",
    "desk-decisions": "/admin/chat/decision/",
    "desk-user": "/admin/auth/user/1/change/",
}


@pytest.mark.usefixtures("loopback_cascade")
def test_the_desk_looks_right(view: View) -> None:
    for name, address in PAGES.items():
        view.page.goto(address)
        view.look(name)
