"""Saved prompts: written on their page, chosen in the composer by keys or by a finger."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.looks import View

GERMAN = "Translate into {{language}}: {{text}}"


def save(page: Page, name: str, text: str) -> None:
    page.goto("/prompts/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Prompt", exact=True).fill(text)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".prompts").get_by_text(name, exact=True).first).to_be_visible()


def selected(page: Page) -> str:
    return str(
        page.evaluate(
            "() => { const f = document.getElementById('prompt');"
            " return f.value.slice(f.selectionStart, f.selectionEnd); }"
        )
    )


def emptied(page: Page) -> None:
    page.goto("/prompts/")
    while page.get_by_role("button", name="Delete").count():
        page.get_by_role("button", name="Delete").first.click()
        page.wait_for_load_state()


def test_a_prompt_is_found_and_filled_in_by_keys_alone(page: Page) -> None:
    emptied(page)
    save(page, "Translate", GERMAN)
    save(page, "Proofread", "Correct this, and say what you changed:\n\n")
    page.goto("/")
    question, menu = page.get_by_label("Your question"), page.locator("#prompts-menu")
    question.press("/")
    field = page.get_by_role("combobox", name="Find a saved prompt")
    expect(field).to_be_focused()
    options = menu.get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    chosen = options.nth(1)
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("ArrowDown")  # and round
    expect(options.first).to_have_attribute("aria-selected", "true")

    field.press_sequentially("lang tra")
    expect(menu.get_by_role("option")).to_have_count(1)
    field.press("Enter")
    expect(menu).to_be_hidden()
    expect(question).to_have_value(GERMAN)
    expect(question).to_be_focused()
    assert selected(page) == "{{language}}"
    page.keyboard.type("German")
    expect(question).to_have_value("Translate into German: {{text}}")
    page.keyboard.press("Tab")
    assert selected(page) == "{{text}}"
    page.keyboard.type("high tide")
    expect(question).to_have_value("Translate into German: high tide")
    page.keyboard.press("Tab")
    expect(question).not_to_be_focused()


def test_escape_leaves_what_was_typed(page: Page) -> None:
    page.goto("/")
    question, menu = page.get_by_label("Your question"), page.locator("#prompts-menu")
    question.press("/")
    page.keyboard.type("etc/hosts?")
    expect(menu.get_by_role("status")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(question).to_have_value("/etc/hosts?")
    expect(question).to_be_focused()
    question.press("/")  # not empty: a letter like any other
    expect(question).to_have_value("/etc/hosts?/")
    expect(menu).to_be_hidden()


def test_who_leaves_the_menu_for_another_field_goes_on_there(page: Page) -> None:
    page.goto("/")
    question, search = page.get_by_label("Your question"), page.get_by_label("Search conversations")
    question.press("/")
    page.keyboard.type("etc")
    search.click()
    expect(question).to_have_value("/etc")
    expect(search).to_be_focused()


def test_a_prompt_is_put_beside_what_is_typed_and_can_be_undone(page: Page) -> None:
    save(page, "Beside", "Correct {{what}}.\nThen say why.")
    page.goto("/")
    question = page.get_by_label("Your question")
    question.press_sequentially("Mine. ")
    page.get_by_role("button", name="Saved prompts").click()
    page.get_by_role("option", name="Beside").click()
    expect(question).to_have_value("Mine. Correct {{what}}.\nThen say why.")
    assert selected(page) == "{{what}}"
    page.keyboard.press("Control+z")
    expect(question).to_have_value("Mine. ")


def test_deleting_is_taken_back(page: Page) -> None:
    emptied(page)
    save(page, "Translate", GERMAN)
    page.get_by_role("button", name="Delete Translate").click()
    expect(page.locator(".prompts")).to_have_count(0)
    page.locator(".deleted", has_text="Translate").get_by_role("button").first.click()
    expect(page.locator(".prompts")).to_contain_text("Translate")


def test_prompts_look_well(view: View) -> None:
    page = view.page
    name = f"Translate {view.width}"
    save(page, name, GERMAN)
    view.look("prompts")
    page.goto("/")
    page.get_by_role("button", name="Saved prompts").click()
    expect(page.locator(".prompt-option").first).to_be_visible()
    view.look("prompts-menu")
    page.locator(".prompt-option", has_text=name).click()
    expect(page.locator("#prompt")).to_be_focused()
    assert selected(page) == "{{language}}"


def test_what_was_typed_by_somebody_signed_out_meanwhile_is_there_when_they_come_back(
    page: Page,
) -> None:
    emptied(page)
    save(page, "Summarise", "In three lines: ")
    name, text = page.get_by_label("Name"), page.get_by_label("Prompt", exact=True)
    expect(name).to_have_value("")
    name.fill("Proofread")
    text.fill("Correct this:\n\n")
    signed_in = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.context.add_cookies(signed_in)  # type: ignore[arg-type]  # what it gave itself
    page.goto("/prompts/")
    expect(name).to_have_value("Proofread")
    expect(text).to_have_value("Correct this:\n\n")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".prompts li")).to_have_count(2)
    expect(name).to_have_value("")
    page.reload()
    expect(name).to_have_value("")

    page.get_by_role("link", name="Change Summarise").click()
    expect(name).to_have_value("Summarise")
    text.fill("In two lines: ")
    page.goto("/")
    page.go_back()
    expect(text).to_have_value("In two lines: ")
    page.get_by_role("link", name="Leave it as it was").click()
    page.get_by_role("link", name="Change Summarise").click()
    expect(text).to_have_value("In three lines: ")


def test_what_was_refused_comes_back_once(context: BrowserContext) -> None:
    page = context.new_page()  # whose console complains of the refusal
    emptied(page)
    save(page, "Summarise", "In three lines: ")
    page.get_by_label("Name").fill("Summarise")
    page.get_by_label("Prompt", exact=True).fill("In two lines: ")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("You keep another prompt of that name.")).to_be_visible()
    page.get_by_label("Name").fill("Summarise more")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".prompts li")).to_have_count(2)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")
