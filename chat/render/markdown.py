"""Markdown to HTML that may be put in a page, block by block while it is being written.

A block is closed when a later top-level block has begun: from then on no further line can change
it. Closed blocks are rendered once; only the open tail is rendered again. Everything returned has
passed our own allow-list, raw HTML is text, an image is a link, and definitions (`[1]: url`) stay
text, because one further down would change the blocks above.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import nh3
from markdown_it_pyrs import MarkdownIt, Node

MAX_BLOCK = 32_768
"""Characters (and, apart from that, of one line). A longer block is closed where it stands."""

MAX_NESTING = 20
"""Quotes and list items that one line may open."""

MAX_COLUMNS = 32
"""Of a table. A wider one stays text: each short row is filled up to the full width."""

MAX_EMPHASIS = 400
"""Characters `*`, `_` and `~` in one paragraph or cell; with more they are text."""


class Blocks:
    """Markdown that arrives in pieces: the HTML of its closed blocks, and its open tail.

    What is closed depends on the text so far, never on how it was cut. Each `feed` that completes
    a line parses the open block, and each new `tail_html` renders it, so the cost follows the
    length of that block, not of the answer: about a millisecond for a code block of 20 kB.
    `MAX_BLOCK` bounds it; what follows is a new block, in the same fence if one was open.
    """

    def __init__(self) -> None:
        self.closed: list[str] = []
        self._open = ""  # complete lines, tamed
        self._line = ""  # the last one, as it came

    def feed(self, text: str) -> list[str]:
        """The HTML of the blocks this piece closed."""
        before = len(self.closed)
        lines, self._line = _complete_lines(self._line + text)
        for line in lines:
            self._open += line
            if len(self._open) >= MAX_BLOCK:
                self._close_blocks()
                self._cut_block()
        if lines:
            self._close_blocks()
        return self.closed[before:]

    @property
    def tail_html(self) -> str:
        """The HTML of everything after the closed blocks."""
        return _html(self._open + _tame(self._line))

    def _close_blocks(self) -> None:
        *done, self._open = _split(self._open)
        self._close(done)

    def _cut_block(self) -> None:
        if len(self._open) < MAX_BLOCK:
            return
        self._close([self._open])
        self._open = _open_fence(self._open)

    def _close(self, sources: list[str]) -> None:
        self.closed += filter(None, map(_html, sources))


def render(text: str) -> str:
    """The whole of a text at once: exactly the closed blocks and the tail of `Blocks`."""
    blocks = Blocks()
    return "".join(blocks.feed(text)) + blocks.tail_html


def _block_rules() -> MarkdownIt:
    return MarkdownIt("zero").enable_many(
        ["blockquote", "code", "fence", "heading", "hr", "lheading", "list", "paragraph", "table"]
    )


def _all_but_links() -> MarkdownIt:
    return _block_rules().enable_many(
        ["autolink", "backticks", "emphasis", "entity", "escape", "newline", "strikethrough"]
    )


_block_parser = _block_rules()
_linkless_parser = _all_but_links()
_parser = _all_but_links().enable("link")


def _allowed_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class" and not re.fullmatch(r"language-[\w+#.-]{1,40}", value):
        return None
    return value


_cleaner = nh3.Cleaner(
    tags={"p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "a", "code", "pre"}
    | {"blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"},
    attributes={"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}},
    attribute_filter=_allowed_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)


@lru_cache(maxsize=512)  # the viewers of one turn ask for the same blocks
def _html(source: str) -> str:
    html = _render(_mute(source))
    # Below the page's own h1 and h2. Text cannot look like a tag here: its < is escaped.
    html = re.sub(r"(</?h)([1-6])>", lambda tag: f"{tag[1]}{min(int(tag[2]) + 2, 6)}>", html)
    return _cleaner.clean(html)


def _render(source: str) -> str:
    try:
        return _parser.render(source, xhtml=False)
    except BaseException as panic:  # how pyo3 raises a Rust panic; the class cannot be imported
        if type(panic).__name__ != "PanicException":
            raise
        return _linkless_parser.render(source, xhtml=False)


def _split(source: str) -> list[str]:
    """The sources of the top-level blocks, each from its first line to the next one's."""
    octets = source.encode()  # source maps count bytes
    starts = [octets.rfind(b"\n", 0, start) + 1 for start, _ in map(_span, _top_level(source)[1:])]
    bounds = zip([0, *starts], [*starts, len(octets)], strict=True)
    return [octets[start:end].decode() for start, end in bounds]


def _top_level(source: str) -> Sequence[Node]:
    return _block_parser.tree(source).children


def _span(node: Node) -> tuple[int, int]:
    assert node.srcmap is not None  # only nodes made by hand have none
    return node.srcmap


def _open_fence(block: str) -> str:
    """The line that opened the fence which `block` leaves open, or nothing."""
    nodes = _top_level(block + "\n\nafter\n")
    if len(nodes) != 1 or nodes[0].name != "fence":
        return ""
    return next(filter(str.strip, block.split("\n"))) + "\n"


_LINE = re.compile(rf"[^\n]{{{MAX_BLOCK}}}|[^\n]*\n")


def _complete_lines(text: str) -> tuple[list[str], str]:
    """The complete lines, tamed, and the rest. A CR may be half a CRLF: only LF completes."""
    lines = _LINE.findall(text)
    rest = text[sum(map(len, lines)) :]
    return [_tame(line.removesuffix("\n") + "\n") for line in lines], rest


_UNPRINTABLE = re.compile("[\0\ud800-\udfff]")
_NEWLINE = re.compile(r"\r\n?")
_RULE = r"[ \t]*+([-*])(?:[ \t]*+\1)*+[ \t]*+$"
_MARKER = r"(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]))"
_DEEP = re.compile(
    rf"^(?!{_RULE})((?:[ \t]*+{_MARKER}){{{MAX_NESTING}}}[ \t]*+)(?={_MARKER})", re.MULTILINE
)
_WIDE = re.compile(
    rf"^([ \t>]*+)(?=(?:[-: \t]*+\|){{{MAX_COLUMNS + 2},}}+[-: \t]*+$)", re.MULTILINE
)


def _tame(line: str) -> str:
    """A line as the parser can bear it: deep recursion overflows its stack and ends the process."""
    line = _NEWLINE.sub("\n", _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", line))
    return _WIDE.sub(r"\1\\", _DEEP.sub(r"\2\\", line))


def _mute(source: str) -> str:
    """The same with the punctuation that the parser cannot bear written as entities.

    markdown-it.rs panics on a lone backtick after `[` (markdown-it-rust/markdown-it#40), which is
    how every link to `code` begins while it is being written.
    """
    if not ("[" in source and "`" in source) and not _overemphasised(source):
        return source
    octets, done, muted = source.encode(), 0, b""
    for node in _block_parser.tree(source).walk():
        if node.name == "text":
            begin, end = _text_span(node, octets)
            for plain, safe in _muted_lines(node.meta["content"]):
                start = octets.find(plain, max(done, begin), end)
                if start >= 0:  # or else a cell's \|, which the parser already turned into |
                    muted += octets[done:start] + safe
                    done = start + len(plain)
    return (muted + octets[done:]).decode()


def _text_span(node: Node, octets: bytes) -> tuple[int, int]:
    """The span of all its lines: after a tab, source maps are late by the columns it fills."""
    start, end = _span(node)
    first, *_ = node.meta["content"].encode().split(b"\n", 1)
    return (start if octets.startswith(first.strip(), start) else start - 4), end


def _muted_lines(text: str) -> Iterator[tuple[bytes, bytes]]:
    pairs = zip(text.split("\n"), _mute_text(text).split("\n"), strict=True)
    return ((plain.strip().encode(), safe.strip().encode()) for plain, safe in pairs)


_EMPHASIS = re.compile("[*_~]")
_CODE_SPAN = r"(`++)(?>[^`]++|(?!\1(?!`))`++)*+\1(?!`)"
_BACKTICKS = re.compile(rf"\\.|{_CODE_SPAN}|(?P<lone>`++)", re.DOTALL)
_ALMOST_FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)


def _mute_text(text: str) -> str:
    if _overemphasised(text):
        text = _EMPHASIS.sub(_entities, text)
    if _ALMOST_FENCE.search(text):  # another backtick on the line keeps it from being one
        return text.replace("`", "&#96;")
    return _BACKTICKS.sub(lambda found: _entities(found) if found["lone"] else found[0], text)


def _overemphasised(text: str) -> bool:
    return sum(map(text.count, "*_~")) > MAX_EMPHASIS


def _entities(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in found[0])
