"""Markdown to HTML that may be put in a page, block by block while it is being written.

A block is closed when a later top-level block has begun: from then on no further line can change
it. Closed blocks are rendered once; only the open tail is rendered again, without what costs more:
colours in code, and the buttons of code that is whole. All that a model wrote has passed our own
allow-list; what is added after that is ours (`furniture.py`). Raw HTML is shown as text, an image
as a link; a definition (`[1]: url`) stays text, because one further down would change the blocks
above.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import nh3
import pyromark
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from chat.render import code, maths
from chat.render.displays import joined
from chat.render.furniture import IMAGE, furnished
from chat.render.unfinished import completed

MAX_BLOCK = 32_768
"""Characters. A longer block is closed where it stands; a code block goes on as another."""

MAX_NESTING = 50
"""Of elements within a block. A deeper one is shown as it was written."""

EASY = 2_000
"""Characters of a block that take a few milliseconds at the most, whatever is in them."""

EASY_CODE = 1_000
"""Characters of code that take about a millisecond to colour."""

MAX_GROWTH = 20
"""Times the source that a block's HTML may be long: short rows of a wide table are filled up."""


class Blocks:
    """Markdown that arrives in pieces: the HTML of its closed blocks, and its open tail.

    What is closed depends on the text so far, never on how it was cut. The cost of a `feed` and of
    a `tail_html` follows the length of the open block, not of the answer.
    """

    def __init__(self) -> None:
        self.closed = 0
        """How many blocks that show something."""
        self._open = ""  # complete lines, after the last closed block
        self._line = ""  # the last one, as it came: a CR at its end may be half a CRLF

    def feed(self, text: str) -> list[SafeString]:
        """The HTML of the blocks that this piece closed."""
        *lines, self._line = _LINES.findall(self._line + text) or [""]
        if self._line.endswith("\n") or len(self._line) >= MAX_BLOCK:
            lines, self._line = [*lines, self._line], ""
        closed: list[str] = []
        for line in lines:
            self._open += _plain(line)
            if len(self._open) >= MAX_BLOCK:
                closed += self._close()
                closed += self._cut()
        if lines:
            closed += self._close()
        shown = [html for html in map(_whole, closed) if html]
        self.closed += len(shown)
        return shown

    @property
    def tail_html(self) -> SafeString:
        """The HTML of everything after the closed blocks, while more of it may come."""
        source = self._open + _plain(self._line)
        if not _FENCE.match(source.lstrip("\n")):
            source = completed(source)
        return _html(source, is_whole=_ends_a_fence(self._open))

    @property
    def end_html(self) -> SafeString:
        """The same, once nothing more comes."""
        return _whole(self._open + _plain(self._line))

    @property
    def open_fence(self) -> str:
        """The line that opened the code block which is open, or nothing."""
        return _open_fence(self._open)

    def is_slow(self, coming: int = 0) -> bool:
        """Whether the next piece of so many characters, or the end, may take milliseconds."""
        size = len(self._open) + len(self._line) + coming
        return size > EASY or (size > EASY_CODE and bool(_COSTLY.search(self._open)))

    def _close(self) -> list[str]:
        *done, self._open = _split(self._open)
        return done

    def _cut(self) -> list[str]:
        if len(self._open) < MAX_BLOCK:
            return []
        done, self._open = self._open, _open_fence(self._open)
        return [done]


def render(text: str) -> SafeString:
    """A whole text at once: exactly the closed blocks and the end of `Blocks`."""
    blocks = Blocks()
    return mark_safe("".join(blocks.feed(text)) + blocks.end_html)


def closing_fence(text: str) -> str:
    """The line that ends the code block which a text leaves open, or nothing.

    One within a list or a quotation ends with that.
    """
    blocks = Blocks()
    blocks.feed(f"{text}\n")
    fence = _FENCE.match(blocks.open_fence)
    return f"\n{fence[1]}" if fence else ""


_LINES = re.compile(rf"[^\n]{{{MAX_BLOCK}}}|[^\n]*\n|[^\n]+")
_NEWLINE = re.compile(r"\r\n?")
_UNFIT = re.compile("[\0\ud800-\udfff\ufdd0-\ufddf]")  # the last are our own marks
_JOINT = maths.JOINT.encode()
_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)


def _plain(text: str) -> str:
    return _NEWLINE.sub("\n", _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text))


def _events(source: str) -> Iterator[tuple[Any, int, int]]:
    """The parser's events, each with the bytes it spans, as if nothing could be defined.

    The parser cannot be told to leave definitions alone, but without `]:` there are none.
    """
    undefined = source.replace("]:", "];")
    for event, span in pyromark.events_with_range(undefined, options=_OPTIONS):
        yield event, span["start"], span["end"]


def _step(event: Any) -> int:
    """Into an element, out of one, or neither."""
    return ("Start" in event) - ("End" in event) if isinstance(event, dict) else 0


def _split(source: str) -> list[str]:
    """The sources of the top-level blocks, each from its first line to the next one's."""
    source = joined(source, is_whole=False)
    octets, starts, depth = source.encode(), [], 0
    for event, start, _ in _events(source):
        if depth == 0 and not octets.startswith(_JOINT, start):  # no display is divided
            starts.append(octets.rfind(b"\n", 0, start) + 1)
        depth += _step(event)
    bounds = zip([0, *starts[1:]], [*starts[1:], len(octets)], strict=True)
    return [octets[start:stop].decode().replace(maths.JOINT, "") for start, stop in bounds]


def _open_fence(source: str) -> str:
    """The line that opened the code block which `source` leaves open, or nothing."""
    first = source.lstrip("\n").partition("\n")[0]
    return f"{first}\n" if _FENCE.match(first) and len(_split(f"{source}\n\nafter\n")) == 1 else ""


_COSTLY = re.compile(r"```|~~~|\$\$|\\[(\[]")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CLOSING_FENCE = re.compile(r"(?:^|\n) {0,3}(?:`{3,}|~{3,})[ \t]*\n+$")


def _ends_a_fence(source: str) -> bool:
    """Whether it is a code block to its last line."""
    if not _CLOSING_FENCE.search(source) or not _FENCE.match(source.lstrip("\n")):
        return False
    return not _open_fence(source)


def _whole(source: str) -> SafeString:
    return _html(source, is_whole=True)


def _html(source: str, *, is_whole: bool) -> SafeString:
    kept = _whole_in if is_whole else _tail_in
    return kept(get_language(), source)


# The viewers of one turn ask for the same blocks: for tails in the same moment, and never again.
@lru_cache(maxsize=256)
def _whole_in(language: str | None, source: str) -> SafeString:
    return _made(source, is_whole=True)


@lru_cache(maxsize=64)
def _tail_in(language: str | None, source: str) -> SafeString:
    return _made(source, is_whole=False)


def _made(source: str, *, is_whole: bool) -> SafeString:
    """With words in the language that is active."""
    text, formulas = _without_formulas(source, is_whole=is_whole)
    html = pyromark.html(_without_html(text), options=_OPTIONS).replace(maths.JOINT, "")
    if _is_monstrous(text, html):
        html, formulas = f"<pre>{escape(source)}</pre>", []
    # Below the page's own h1 and h2. Text cannot look like a tag here: its < is escaped.
    html = _HEADING.sub(lambda tag: f"{tag[1]}{min(int(tag[2]) + 2, 6)}>", html)
    html = _ALIGNED.sub(r'\1 align="\2">', html)
    html = _cleaner.clean(code.coloured(html) if is_whole else html)
    return mark_safe(
        maths.put_back(furnished(html, is_whole=is_whole), formulas)
    )  # nothing else does


def _without_formulas(source: str, *, is_whole: bool) -> tuple[str, list[str]]:
    if not maths.may_hold_any(source):
        return source, []
    source = joined(source, is_whole=is_whole)
    barred, cells = maths.Stretches(), maths.Stretches()
    for event, start, end in _events(source):
        match event:
            case (
                {"Start": {"CodeBlock": _}}
                | {"Code": _}
                | {"Start": {"Link": _}}
                | {"Start": {"Image": _}}
            ):
                barred.add(start, end)
            case {"Start": "Emphasis" | "Strong" | "Strikethrough"}:
                pass
            case {"Start": "TableCell"}:
                cells.add(start, start)
            case {"Start": _} | "Rule":
                barred.add(start, start)
    return maths.take_out(source, barred, cells)


_HEADING = re.compile(r"(</?h)([1-6])>")
_ALIGNED = re.compile(r'(<t[dh]) style="text-align: (right|center)">')
_SUSPECT = re.compile(r"<|!\[|]:")
_ROUNDS = 8


def _without_html(source: str) -> str:
    """The same, with raw HTML, image marks and definitions written as the text they are.

    What was escaped may bring out more, as in `<a <b>>`; text that goes on so is escaped whole.
    """
    for _ in range(_ROUNDS):
        if not _SUSPECT.search(source) or not (spans := _spans_to_escape(source)):
            return source
        octets, done, parts = source.encode(), 0, []
        for start, end in spans:
            if start >= done:
                parts += [octets[done:start].decode(), _as_text(octets[start:end].decode())]
                done = end
        source = "".join(parts) + octets[done:].decode()
    return _as_text(source)


def _spans_to_escape(source: str) -> list[tuple[int, int]]:
    """Bytes from and to: raw HTML, the `!` of images, and each `:` after `]` outside code."""
    spans, code = [], []
    for event, start, end in _events(source):
        match event:
            case {"Html": _} | {"InlineHtml": _}:
                spans.append((start, end))
            case {"Start": {"Image": _}}:
                spans.append((start, start + 1))
            case {"Start": {"CodeBlock": _}} | {"Code": _}:
                code.append((start, end))
    ends_of_code = [end for _, end in code]
    for found in re.finditer(b"]:", source.encode()):
        at = bisect_right(ends_of_code, found.start())
        if at == len(code) or code[at][0] > found.start():
            spans.append((found.start() + 1, found.end()))
    return sorted(spans)


def _as_text(markup: str) -> str:
    """Every mark as an entity, so that nothing in it means anything to the parser."""
    if markup == "!":
        return IMAGE
    return re.sub(r"[!-/:-@\[-`{-~]|(?<![^\n])[ \t]", lambda mark: f"&#{ord(mark[0])};", markup)


def _is_monstrous(source: str, html: str) -> bool:
    if len(html) > MAX_BLOCK + MAX_GROWTH * len(source):
        return True
    return html.count("</") > MAX_NESTING and _depth(source) > MAX_NESTING


def _depth(source: str) -> int:
    depth = deepest = 0
    for event, _, _ in _events(source):
        depth += _step(event)
        deepest = max(deepest, depth)
    return deepest


# Without the slashes, `https:sign-out` is an address of this server where it speaks HTTPS itself.
_ABSOLUTE = re.compile(r"https?://|mailto:", re.IGNORECASE)


def _allowed_attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "span":
        return value if value in code.CLASSES else None
    if name == "href" and not _ABSOLUTE.match(value):
        return None
    if name == "align":
        return value if value in ("right", "center") else None
    if name == "class" and not re.fullmatch(r"language-[\w+#.-]{1,40}", value):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags={"p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "del", "a", "code", "pre"}
    | {"blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
    | {"span", "input"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}, "code": {"class"}, "span": {"class"}}
    | {"input": {"checked"}}  # of a task; `furniture.py` makes a box of it
    | {cell: {"align"} for cell in ("td", "th")},
    attribute_filter=_allowed_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
