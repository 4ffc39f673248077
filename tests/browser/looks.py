"""A page in one width and one scheme: a picture, and three faults that none may have."""

from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
SCHEMES = ("light", "dark")
WIDTHS = (1440, 390)

_AXE = Axe()


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
        found = _AXE.run(self.page)
        assert not found.violations_count, f"{name}: {found.generate_report()}"
