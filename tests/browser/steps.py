"""What a person does on the page, and what they then see."""

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect


def ask(page: Page, prompt: str, cascade: str = "") -> None:
    """In the conversation, or the first page, that is shown; or in a new one with this cascade."""
    if cascade:
        page.goto(begun(page, prompt, cascade))
    else:
        page.get_by_label("Your question").fill(prompt)
        if page.evaluate("matchMedia('(pointer: coarse)').matches"):  # Enter breaks the line there
            page.get_by_role("button", name="Send").tap()
        else:
            page.get_by_label("Your question").press("Enter")
    expect(page.locator("article").last).to_contain_text(prompt)
    page.wait_for_load_state()  # its scripts have run


def begun(page: Page, prompt: str, cascade: str) -> str:
    """Where a conversation is that was begun by the form of the first page, but without that page:
    to load it takes half as long as all of a short test."""
    [token] = [it["value"] for it in page.context.cookies() if it["name"] == "csrftoken"]
    sent = {
        "prompt": prompt,
        "client_id": str(uuid.uuid4()),
        "cascade": number_of(page, cascade),
        "csrfmiddlewaretoken": token,
    }
    for _ in range(200):
        answer = page.request.post("/c/", form=sent, max_redirects=0)
        if answer.status != 409:
            break
        page.wait_for_timeout(100)  # until what tests before have asked is answered
    assert answer.status == 302, answer.text()
    return answer.headers["location"]


_numbers: dict[str, str] = {}


def number_of(page: Page, cascade: str) -> str:
    """As the first page offers it. Those that tests add are added once, to one server."""
    if cascade not in _numbers:
        offered = re.findall(r'<option value="(\d+)"[^>]*>([^<]+)<', page.request.get("/").text())
        _numbers.update((name, number) for number, name in offered)
    return _numbers[cascade]


def choose(page: Page, cascade: str) -> None:
    """On the first page."""
    page.goto("/")
    page.get_by_label("Cascade").select_option(label=cascade)


def settled(page: Page) -> None:
    """Looked for where it is: by its role in a whole page it takes as long as to load one."""
    send = page.locator(".composer").get_by_role("button", name="Send")
    expect(send).to_be_visible(timeout=20_000)


def quiet(page: Page) -> None:
    """Nothing of the turns has changed for half a second, also where the page's timers are in a
    hurry: what a new line shows anew is there as well."""
    page.evaluate(
        """() => {
            const changes = () => (window.changedAt = performance.now());
            changes();
            new MutationObserver(changes)
                .observe(document.querySelector(".thread"), { subtree: true, childList: true });
        }"""
    )
    page.wait_for_function("() => performance.now() - changedAt > 500")


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


def ticking(page: Page) -> Page:
    """What it does every five seconds it does twice a second."""
    page.add_init_script(
        "const every = setInterval;"
        " window.setInterval = (call, ms, ...given) => every(call, ms / 10, ...given);"
    )
    return page
