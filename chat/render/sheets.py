"""The closed blocks of a text, in sheets that a browser passes over as a whole.

Each block of its own that is laid out and painted apart makes every frame of a long answer dearer;
with sixteen in a sheet a frame costs the same after a thousand of them as after ten.
"""

from collections.abc import Iterator, Sequence

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

SHEET = 16
"""Blocks: about a screen of them."""


def sheets(blocks: Sequence[SafeString], before: int = 0) -> Iterator[tuple[int, SafeString]]:
    """What these blocks, of which so many came `before`, add to each sheet, by its number."""
    start = 0
    while start < len(blocks):
        number, filled = divmod(before + start, SHEET)
        added = blocks[start : start + SHEET - filled]
        yield number, format_html_join("", "{}", ((html,) for html in added))
        start += len(added)
