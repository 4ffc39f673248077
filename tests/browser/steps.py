"""What a person does on the page, and what they then see."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def ask(page: Page, prompt: str, cascade: str = "") -> None:
    if cascade:
        page.goto("/")
        page.get_by_label("Cascade").select_option(label=cascade)
    page.get_by_label("Your question").fill(prompt)
    if page.evaluate("matchMedia('(pointer: coarse)').matches"):  # Enter breaks the line there
        page.get_by_role("button", name="Send").tap()
    else:
        page.get_by_label("Your question").press("Enter")
    expect(page.locator("article").last).to_contain_text(prompt)
    page.wait_for_load_state()  # its scripts have run


def settled(page: Page) -> None:
    expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=20_000)


def quiet(page: Page) -> None:
    """Nothing of the turns has changed for a while: also what a new line shows anew is there."""
    page.evaluate(
        """() => {
            const restart = () => {
                clearTimeout(window.silence);
                window.silence = setTimeout(() => (window.isQuiet = true), 500);
            };
            window.isQuiet = false;
            restart();
            new MutationObserver(restart)
                .observe(document.querySelector(".thread"), { subtree: true, childList: true });
        }"""
    )
    page.wait_for_function("() => isQuiet")


def copied(page: Page, press: Callable[[], None]) -> str:
    """What is on the clipboard once a button has said so; it does for a moment only, and no other
    may still say it."""
    page.wait_for_function(
        """() => ![...document.querySelectorAll("[data-when=copied]")].some(
            (it) => it.checkVisibility(),
        )"""
    )
    page.evaluate(
        """() => {
            const says = (it) => it.checkVisibility();
            window.isCopied = false;
            new MutationObserver(() => {
                window.isCopied ||= [...document.querySelectorAll("[data-when=copied]")].some(says);
            }).observe(document, { subtree: true, attributes: true });
        }"""
    )
    press()
    page.wait_for_function("() => isCopied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def text_of(page: Page, attempt: int) -> str:
    """The words an attempt holds, without regard to layout, and to what is on the screen."""
    body = page.locator(f"article >> nth=-1 >> [id$=attempt-{attempt}-body]")
    return " ".join((body.text_content() or "").split())


def without_tokens(html: str) -> str:
    """Forms of a page that was loaded carry a token, those that were pushed do not need one."""
    bare = re.sub(r"<input type=\"hidden\" name=\"csrfmiddlewaretoken\"[^>]*>", "", html)
    return re.sub(r">\s+<", "><", bare)
