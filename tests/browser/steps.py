"""What a person does on the page, and what they then see."""

import re

from playwright.sync_api import Page, expect


def ask(page: Page, prompt: str, cascade: str = "") -> None:
    if cascade:
        page.goto("/")
        page.get_by_label("Cascade").select_option(label=cascade)
    page.get_by_label("Your question").fill(prompt)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("article").last).to_contain_text(prompt)


def settled(page: Page) -> None:
    expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=20_000)


def text_of(page: Page, attempt: int) -> str:
    """The words an attempt shows, without regard to layout."""
    return " ".join(
        page.locator(f"article >> nth=-1 >> [id$=attempt-{attempt}-body]").inner_text().split()
    )


def without_tokens(html: str) -> str:
    """Forms of a page that was loaded carry a token, those that were pushed do not need one."""
    bare = re.sub(r"<input type=\"hidden\" name=\"csrfmiddlewaretoken\"[^>]*>", "", html)
    return re.sub(r">\s+<", "><", bare)
