"""A page in one width and one scheme: a picture, and three faults that none may have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
SCHEMES = ("light", "dark")
WIDTHS = (1440, 390)

RUN = """() => axe.run({
    resultTypes: ["violations"],
    preload: { assets: ["media"] },
}).then((found) => found.violations)"""
"""What none complains of stays in the page: to bring it here takes as long as to look. No rule that
runs reads style sheets beforehand."""


def complaints(page: Page) -> Iterator[str]:
    """Of axe-core."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for rule in page.evaluate(RUN):
        yield f"{rule['help']}: {[node['html'][:120] for node in rule['nodes']][:3]}"


@dataclass
class View:
    page: Page
    width: int
    scheme: str

    def look(self, name: str) -> None:
        """Takes the picture; nothing overflows, nothing moves since no motion is wanted, and
        axe-core finds nothing to complain of."""
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.scheme}-{self.width}.png")
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert not self.page.evaluate("document.getAnimations().length"), name
        found = [*complaints(self.page)]
        assert not found, f"{name}: {found}"
