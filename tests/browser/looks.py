"""A page in one width and both schemes: pictures, and three faults that none may have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
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
    schemes: tuple[Scheme, ...] = SCHEMES

    def look(self, name: str) -> None:
        """In each scheme, as the page is: takes the picture; nothing overflows, nothing moves since
        no motion is wanted, and axe-core finds nothing to complain of."""
        for scheme in self.schemes:
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_timeout(50)  # colours of links fade, for whoever likes that
            where = f"{name}-{scheme}-{self.width}"
            self.page.screenshot(path=SCREENSHOTS / f"{where}.png")
            over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, f"{where} is {over} px too wide"
            assert not self.page.evaluate("document.getAnimations().length"), where
            found = [*complaints(self.page)]
            assert not found, f"{where}: {found}"
