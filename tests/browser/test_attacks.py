"""R26 in Chromium: all payloads in an answer, while it is written and after a reload.

Once under our policy, which must have nothing to stop, and once without it, so that it hides
nothing: what is inserted as an element would run, load or fire then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.attacks.oracle import ATTRIBUTES, ELEMENTS
from tests.attacks.payloads import EVERY, PAGE_IDS
from tests.browser.conftest import Server
from tests.browser.steps import ask, choose, settled
from tests.loopback import Loopback, Reply

END = "\n\n</script></style></pre></textarea> --> ?> ]]>\n\n"
"""Ends whatever raw HTML a payload leaves open, so that the next one begins anew."""

WATCHED = """
for (const name of ["alert", "confirm", "open", "print"]) window[name] = () => canary(name);
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  canary(`${violatedDirective} ${blockedURI}`);
});
"""
PROVOKED = """
for (const element of document.querySelectorAll("article *")) {
  for (const name of ["mouseenter", "mouseover", "pointerover", "focus", "load", "error"]) {
    element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
  }
}
"""
MADE_OF = """
() => [...new Set([...document.querySelectorAll(".prose *")].flatMap((element) => [
  element.localName,
  ...[...element.attributes].map(({ name }) => `${element.localName} ${name}`),
]))]
"""
TWICE = """
() => [...document.querySelectorAll("[id]")].map(({ id }) => id)
  .filter((id, at, ids) => ids.indexOf(id) !== at)
"""


def written(payload: str) -> str:
    """With its fence closed."""
    for fence in ("```", "~~~"):
        if payload.startswith(fence) and payload.count(fence) % 2:
            payload += f"\n{fence}"
    return payload.replace("\0", "").replace("\ud800", "")


ANSWER = END.join(map(written, EVERY))


@dataclass
class Watch:
    """What a page asked for, and what it said or opened by itself."""

    page: Page
    asked: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.expose_function("canary", lambda *what: self.seen.append(f"canary {what}"))
        self.page.add_init_script(WATCHED)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.seen.append(socket.url))
        self.page.on("dialog", lambda dialog: (self.seen.append(dialog.message), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.seen.append(popup.url))
        self.page.on("pageerror", lambda error: self.seen.append(str(error)))

    def alarms(self, address: str) -> list[str]:
        """Whatever is not the page's own doing."""
        self.page.evaluate(PROVOKED)
        self.page.wait_for_timeout(300)
        here = ("/static/", "/c/", "/estimate/", "/list/", "/favicon")
        strange = [
            url
            for url in self.asked
            if url != f"{address}/" and not url.startswith(tuple(address + path for path in here))
        ]
        socket = address.replace("http", "ws") + "/ws/"
        return strange + [what for what in self.seen if not what.startswith(socket)]


@pytest.fixture(params=[False, True], ids=["under our policy", "without a policy"])
def watch(
    request: pytest.FixtureRequest,
    chromium: Browser,
    server: Server,
    signed_in: dict[str, object],
) -> Iterator[Watch]:
    context = chromium.new_context(
        base_url=server.address,
        storage_state=signed_in,  # type: ignore[arg-type]
        bypass_csp=request.param,
    )
    context.set_default_timeout(15_000)
    yield Watch(context.new_page())
    context.close()


def test_R26_no_payload_runs_loads_or_fires(
    watch: Watch, provider: Loopback, loopback_cascade: str, server: Server
) -> None:
    pieces = [ANSWER[start : start + 97] for start in range(0, len(ANSWER), 97)]
    for model in ("small", "large"):
        provider.script(model, Reply(pieces))
    page = watch.page
    choose(page, loopback_cascade)
    ask(page, " ".join(map(written, EVERY[::5])))
    settled(page)
    assert watch.alarms(server.address) == []
    live = page.locator(".attempt .prose").all_text_contents()
    page.reload()
    settled(page)
    assert watch.alarms(server.address) == []
    assert page.locator(".attempt .prose").all_text_contents() == live
    assert "What is asked next" not in live
    strangers = set(page.evaluate(MADE_OF)) - ELEMENTS - {" ".join(pair) for pair in ATTRIBUTES}
    assert strangers == set()
    assert page.evaluate(TWICE) == []
    for place in PAGE_IDS:
        expect(page.locator(f"#{place}")).to_have_count(0 if place == "conversation" else 1)
    page.get_by_label("Your question").fill("What is asked next")
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("article")).to_have_count(2)
    settled(page)
    assert watch.alarms(server.address) == []


@pytest.mark.parametrize("watch", [True], ids=["without a policy"], indirect=True)
def test_the_canary_sings_where_nothing_is_cleaned(watch: Watch, server: Server) -> None:
    """The watch would see it."""
    page = watch.page
    page.goto("/")
    for payload in (payload for payload in EVERY if "<meta" not in payload):  # which leads away
        page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", payload)
    page.evaluate("htmx.process(document.body)")
    alarms = watch.alarms(server.address)
    assert sum(alarm.startswith("canary") for alarm in alarms) > 10
    assert sum("/canary/" in alarm for alarm in alarms) > 10
    assert any("canary.invalid" in alarm for alarm in alarms)
