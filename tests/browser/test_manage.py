"""What is done with a whole conversation, and the list of many."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.steps import ask, copied, settled
from tests.browser.test_main_job import DRAFT
from tests.loopback import Loopback, Reply

A_PAGE = 40
"""Rows of the list that come at once."""


def asked(page: Page, provider: Loopback, cascade: str, prompt: str, draft: str = DRAFT) -> Locator:
    """Its row in the list."""
    provider.script("small", Reply(draft))
    ask(page, prompt, cascade)
    settled(page)
    return page.locator(".listed-link").filter(has_text=prompt)


def menu(page: Page, prompt: str) -> Locator:
    page.get_by_role("link", name=f"Manage {prompt}").click()
    return page.get_by_role("dialog", name="Manage the conversation")


def test_a_conversation_is_pinned_tagged_archived_deleted_and_brought_back(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    prompt = "Which harbours fall dry at low tide?"
    row = asked(page, provider, loopback_cascade, prompt)
    managed = menu(page, prompt)
    managed.get_by_role("button", name="Pin").click()
    expect(page.locator("#conversation-list > :nth-child(1)")).to_have_text("Pinned")
    expect(page.locator("#conversation-list > :nth-child(2)")).to_contain_text(prompt)
    expect(managed.get_by_role("button", name="Unpin")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=f"Manage {prompt}")).to_be_focused()
    managed = menu(page, prompt)
    managed.get_by_label("Add a tag").fill("harbours")
    managed.get_by_label("Add a tag").press("Enter")
    expect(managed.get_by_role("link", name="harbours")).to_be_visible()
    managed.get_by_role("button", name="Archive").click()
    expect(row).to_have_count(0)
    title = page.locator("#conversation-title")
    expect(title).to_have_text(f"archived {prompt}")
    managed.get_by_role("button", name="Bring back").click()
    expect(row).to_have_count(1)
    expect(title).to_have_text(prompt)
    managed.get_by_role("link", name="harbours").click()
    expect(page.locator("main .listed-link")).to_have_text(prompt)

    row.first.click()
    other = page.context.new_page()
    other.goto(page.url)
    menu(page, prompt).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    undo = page.locator(".deleted").filter(has_text=prompt)
    expect(row).to_have_count(0)
    other.evaluate("dispatchEvent(new Event('online'))")  # it connects again, and is refused
    gone = other.get_by_text("This conversation is gone")
    expect(gone).to_be_visible()
    undo.get_by_role("button", name="Undo").click()
    expect(undo).to_have_count(0)
    expect(gone).to_be_hidden()
    managed = menu(page, prompt)  # beside a page that is not its own
    managed.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    expect(managed).to_be_hidden()
    undo.get_by_role("button", name="Undo").click()
    row.click()
    expect(page.locator("article .body")).to_contain_text("The Moon pulls")


def test_a_title_that_is_typed_outlasts_what_is_done_beside_it(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    prompt = "Which harbours have a bar at low tide?"
    asked(page, provider, loopback_cascade, prompt)
    managed = menu(page, prompt)
    title, tag = managed.get_by_label("Title"), managed.get_by_label("Add a tag")
    title.fill("Bars")
    tag.fill("sands")
    managed.get_by_role("button", name="Pin").click()
    expect(managed.get_by_role("button", name="Unpin")).to_be_focused()
    expect(title).to_have_value("Bars")
    expect(tag).to_have_value("sands")
    tag.press("Enter")
    expect(managed.get_by_role("link", name="sands")).to_be_visible()
    expect(title).to_have_value("Bars")
    expect(tag).to_have_value("")
    title.press("Enter")
    expect(page.locator("#conversation-title")).to_have_text("Bars")


def test_who_deletes_by_keys_goes_on_at_undo_and_from_there_in_the_list(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    prompt = "Which sea is deleted by keys?"
    row = asked(page, provider, loopback_cascade, prompt)
    asked(page, provider, loopback_cascade, "Which sea stays?")
    page.get_by_role("link", name=f"Manage {prompt}").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(row).to_have_count(0)
    undo = page.locator(".deleted").filter(has_text=prompt).get_by_role("button")
    expect(undo).to_be_focused()
    page.evaluate("() => { document.querySelector('.listed').dataset.before = ''; }")
    page.evaluate("() => htmx.trigger('#conversation-list', 'news')")
    expect(page.locator("[data-before]")).to_have_count(0)
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(row).to_have_count(1)
    expect(page.locator("#conversation-list :focus")).to_have_count(1)


def test_who_leaves_the_menu_for_a_field_goes_on_there(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    prompt = "Who leaves a menu for the sea?"
    asked(page, provider, loopback_cascade, prompt)
    for field in (page.get_by_label("Your question"), page.get_by_label("Search conversations")):
        managed = menu(page, prompt)
        expect(managed.get_by_label("Title")).to_be_focused()
        field.click()
        expect(page.locator("#manage-menu")).to_be_empty()
        expect(field).to_be_focused()


def test_what_is_brought_back_leaves_the_archive_under_the_reader_s_eyes(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    prompt = "Which harbour was given up?"
    row = asked(page, provider, loopback_cascade, prompt)
    menu(page, prompt).get_by_role("button", name="Archive").click()
    expect(row).to_have_count(0)
    page.reload()  # which the console may not complain of, though no list shows it
    settled(page)
    page.wait_for_function("() => document.getElementById('cursor').value")
    page.goto("/find/?archived=1")
    archived = page.locator("main .listed-link").filter(has_text=prompt)
    expect(archived).to_have_count(1)
    managed = menu(page, prompt)
    place = managed.bounding_box()
    managed.get_by_role("button", name="Bring back").click()
    expect(archived).to_have_count(0)
    expect(row).to_have_count(1)
    managed.get_by_role("button", name="Archive").click()
    expect(archived).to_have_count(1)
    assert managed.bounding_box() == place
    managed.get_by_role("button", name="Bring back").click()
    expect(archived).to_have_count(0)


def test_a_menu_that_is_late_does_not_take_the_place_of_one_that_was_asked_for_after_it(
    context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    page = context.new_page()  # whose console complains of what is given up here
    late, soon = "Which tide is late?", "Which tide is soon?"
    for prompt in (late, soon):
        asked(page, provider, loopback_cascade, prompt)
    opener = page.get_by_role("link", name=f"Manage {late}")
    address = str(opener.get_attribute("href"))
    page.route(f"**{address}", lambda route: None)
    opener.click()
    with page.expect_event("requestfailed", lambda request: request.url.endswith(address)):
        managed = menu(page, soon)
    expect(managed.get_by_label("Title")).to_have_value(soon)


def test_a_link_that_is_shared_opens_for_strangers_until_it_is_revoked(
    page: Page, chromium: Browser, provider: Loopback, loopback_cascade: str
) -> None:
    prompt = "Who may read of tides?"
    asked(page, provider, loopback_cascade, prompt, f"{DRAFT}\n\n```sh\nebb\n```")
    menu(page, prompt).get_by_role("link", name="Share…").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("The link").input_value()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert copied(page, page.get_by_role("button", name="Copy").click) == link
    stranger = chromium.new_context().new_page()
    stranger.goto(link)
    expect(stranger.locator("article .body")).to_contain_text("The Moon pulls")
    expect(stranger.locator("form, textarea, .sidebar")).to_have_count(0)
    expect(stranger.locator(".code")).to_be_visible()
    expect(stranger.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No link is open.")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_role("heading", name="This link is not open")).to_be_visible()
    stranger.context.close()


def test_the_list_in_another_tab_tells_that_an_answer_is_being_written(
    page: Page, context: BrowserContext, provider: Loopback, loopback_cascade: str
) -> None:
    other = context.new_page()
    other.goto("/")
    provider.script("small", Reply(DRAFT * 9, pace_s=0.05))
    ask(page, "Is somebody answering?", loopback_cascade)
    row = other.locator(".listed-link").filter(has_text="Is somebody answering?")
    expect(row.locator(".live-dot")).to_have_text("answering")
    page.get_by_role("button", name="Stop").click()
    expect(row.locator(".live-dot")).to_have_count(0)
    expect(row).to_have_count(1)


def a_page_of(page: Page) -> None:
    """The open conversation, as many times as a page of the list has room for."""
    exported = page.request.get(f"{page.url.rstrip('/')}/export.json").body()
    file = {"name": "one.json", "mimeType": "application/json", "buffer": exported}
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    for _ in range(A_PAGE):
        sent = {"csrfmiddlewaretoken": token, "file": file}
        assert page.request.post("/import/", multipart=sent, max_redirects=0).status == 302  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["", "which of the many"])
def test_who_goes_through_the_list_by_keys_goes_on_where_older_ones_come(
    page: Page, provider: Loopback, loopback_cascade: str, typed: str
) -> None:
    asked(page, provider, loopback_cascade, "Which of the many by keys is this?")
    a_page_of(page)
    page.goto("/")
    page.locator("#search").fill(typed)
    found = page.locator(f"#conversation-list .{'found' if typed else 'listed'}-link")
    expect(found.first).to_be_visible()
    before = found.count()
    page.locator("#conversation-list .older a").focus()
    expect(found.nth(before)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(found.nth(before + 1)).to_be_focused()


def test_older_conversations_come_as_the_list_is_scrolled(
    page: Page, provider: Loopback, loopback_cascade: str
) -> None:
    row = asked(page, provider, loopback_cascade, "Which of many is this?")
    a_page_of(page)
    page.goto("/")
    rows = page.locator("#conversation-list .listed")
    page.locator("#conversation-list").hover()
    before = rows.count()
    page.locator("#conversation-list .older").scroll_into_view_if_needed()
    expect(rows.nth(before)).to_be_attached()
    ids = rows.evaluate_all("rows => rows.map((row) => row.id)")
    assert len(ids) == len({*ids})
    assert row.count() > A_PAGE

    there = rows.nth(before).element_handle()
    at = "([list, id]) => document.getElementById(id).getBoundingClientRect().top"
    there.scroll_into_view_if_needed()
    row_id, list_ = there.get_attribute("id"), page.locator("#conversation-list").element_handle()
    top = page.evaluate(at, [list_, row_id])
    other = page.context.new_page()
    asked(other, provider, loopback_cascade, "What is new on top of many?")
    expect(rows.filter(has_text="What is new on top of many?")).to_have_count(1)
    expect(page.locator(".live-dot")).to_have_count(0)
    assert rows.count() >= len(ids)
    assert abs(page.evaluate(at, [list_, row_id]) - top) < 2
