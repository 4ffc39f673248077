"""`python -m tests.browser.pictures`: the README's pictures anew, of the demo's models."""

import base64
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serve, started
from tests.browser.steps import settled
from tests.databases import ROOT

PICTURES = ROOT / "docs" / "pictures"
KEPT, TOOL = "Why is the sky blue?", "What time is it in Tokyo?"
SET_ASIDE = "Compare SQLite, PostgreSQL and Redis in a table."
OTHERS = ("2,340", "Prove that")
FRAME_MS, LAST_MS = 250, 3_000
QUALITY, MOVING_QUALITY = 82, 50


class Camera:
    """Tabs of one reader, and what is taken of them."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._signed_in: object = None

    def sign_in(self, link: str) -> None:
        page = self.tab(1180, 760)
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self._address}/")
        self._signed_in = page.context.storage_state()

    def tab(self, width: int, height: int, scheme: str = "light") -> Page:
        return self._browser.new_page(
            base_url=self._address,
            storage_state=self._signed_in,  # type: ignore[arg-type]
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
        )

    def take(self, page: Page, name: str) -> None:
        page.mouse.move(0, 0)
        keep(name, webp(page, QUALITY))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        server = serve(Path(folder) / "db.sqlite3")
        try:
            camera = Camera(browser, server.address)
            camera.sign_in(server.link)
            all_of_them(camera)
        finally:
            server.process.terminate()
            server.process.communicate(timeout=30)


def all_of_them(camera: Camera) -> None:
    page = camera.tab(944, 608)
    for prompt in (*OTHERS, TOOL):
        ask(page, prompt)
        settled(page)
    phone = camera.tab(390, 844)
    phone.goto(page.url)
    camera.take(phone, "phone")

    wide = camera.tab(1440, 900)
    ask(wide, KEPT)
    settled(wide)
    camera.take(wide, "accepted")

    ask(page, SET_ASIDE)
    keep("cascade", animated([*frames(page)], 944, 608))
    receipt(camera, page.url)
    verifying(camera)
    wide.set_viewport_size({"width": 1180, "height": 760})
    for name, address in (("costs", "/costs/"), ("desk", "/admin/")):
        wide.goto(address)
        camera.take(wide, name)


def ask(page: Page, prompt: str) -> None:
    page.goto("/")
    page.locator(".suggestions button", has_text=prompt).click()
    page.wait_for_url("**/c/*/")


def verifying(camera: Camera) -> None:
    """A draft set aside, opened again, while the last model writes."""
    page = camera.tab(1440, 900, "dark")
    ask(page, SET_ASIDE)
    expect(page.locator("[id$=attempt-2-body] td").nth(8)).to_be_visible()
    page.locator(".fold summary").click()
    expect(page.locator("[id$=attempt-1-body]")).to_be_visible()
    camera.take(page, "set-aside")
    page.get_by_role("button", name="Stop").click()
    settled(page)


def receipt(camera: Camera, address: str) -> None:
    page = camera.tab(1180, 860, "dark")
    page.goto(address)
    page.get_by_text("Receipt").last.click()
    camera.take(page, "receipt")


def frames(page: Page) -> Iterator[tuple[bytes, int]]:
    """What the page shows until its answer is done, and for how many milliseconds."""
    send = page.get_by_role("button", name="Send")
    is_done = False
    while not is_done:
        is_done, began = send.is_visible(), time.monotonic()
        frame = webp(page, MOVING_QUALITY)
        page.wait_for_timeout(max(0, FRAME_MS - 1000 * (time.monotonic() - began)))
        yield frame, LAST_MS if is_done else round(1000 * (time.monotonic() - began))


def webp(page: Page, quality: int) -> bytes:
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
    session.detach()
    return base64.b64decode(shot["data"])


def animated(pictures: list[tuple[bytes, int]], width: int, height: int) -> bytes:
    """One WebP of several, as its container has them:
    https://developers.google.com/speed/webp/docs/riff_container#animation"""
    size = _number(width - 1) + _number(height - 1)
    parts = [_chunk(b"VP8X", bytes([0b10, 0, 0, 0]) + size), _chunk(b"ANIM", bytes(6))]
    for picture, shown_ms in _held(pictures):
        still = bytes([0b10])  # it replaces what was there
        place = _number(0) * 2 + size + _number(shown_ms) + still
        parts.append(_chunk(b"ANMF", place + _image(picture)))
    return _chunk(b"RIFF", b"WEBP" + b"".join(parts))


def _held(pictures: list[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Of equal ones after each other only the first, for as long."""
    held, shown_ms = pictures[0]
    for picture, more_ms in pictures[1:]:
        if picture == held:
            shown_ms += more_ms
            continue
        yield held, shown_ms
        held, shown_ms = picture, more_ms
    yield held, shown_ms


def _image(picture: bytes) -> bytes:
    """The chunk with the image, of a file that may have others before it."""
    at = 12
    while picture[at : at + 4] not in (b"VP8 ", b"VP8L"):
        size = int.from_bytes(picture[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return picture[at:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)


def _number(value: int) -> bytes:
    return value.to_bytes(3, "little")


def keep(name: str, picture: bytes) -> None:
    path = PICTURES / f"{name}.webp"
    path.write_bytes(picture)
    print(f"{path.relative_to(ROOT)}: {len(picture) // 1000} kB")


if __name__ == "__main__":
    main()
