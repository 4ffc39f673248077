"""What the end of a text leaves open is shown as it will most likely be: marks do not flash up as
text between the piece that opens them and the one that closes them."""

import re

MOST = 2_000
"""Characters of a last line that is looked at."""

DEEPEST = 8
"""Marks within marks. What opens more means none of them."""

_MARK = re.compile(r"\\.|(?P<code>`+)|(?P<stress>\*\*|~~|\*)")
_TICKS = re.compile("`+")  # in code a backslash is one
_HALF_MARK = re.compile(r"[*~`]$")
_MERE_MARK = re.compile(r"[ \t]*(?:\||[-=]+|[*+>]|#{1,6})[ \t]*")
_HALF_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*$")


def completed(source: str) -> str:
    """Markdown outside a code block, with what its last line opens closed.

    An opening mark with nothing behind it, and the address of a link to its middle, are left out;
    so is a line that is a mark alone, as of a list or a row of a table.
    """
    start = source.rfind("\n") + 1
    if not 0 < len(source) - start <= MOST:
        return source
    if _MERE_MARK.fullmatch(source, start):  # a line below another would make that a heading
        return source[:start]
    return source[:start] + _line(source[start:])


def _line(line: str) -> str:
    code, opened, at, closed_at = "", list[re.Match[str]](), 0, 0
    while mark := (_TICKS if code else _MARK).search(line, at):
        if len(opened) > DEEPEST:
            return line
        at = mark.end()
        if code:
            if mark[0] == code:
                code = ""
                opened.pop()
        elif run := mark["code"]:
            code = run
            opened.append(mark)
        elif mark["stress"]:
            before, after = line[: mark.start()][-1:], line[mark.end() :][:1]
            if mark[0] in _marks(opened) and not before.isspace():
                closed_at = mark.end()
                while opened.pop()[0] != mark[0]:
                    pass
            elif not before.isalnum() and not after.isspace():
                opened.append(mark)
    half = _HALF_MARK.search(line)
    if half and half.end() > closed_at and opened and opened[-1][0] == half[0] * 2:
        line = line[: half.start()]
    if not code:
        line = _HALF_LINK.sub(r"\1", line)
    while opened and opened[-1].end() >= len(line):
        line = line[: opened.pop().start()]
    return line.rstrip() + "".join(reversed(_marks(opened))) if opened else line


def _marks(opened: list[re.Match[str]]) -> list[str]:
    return [mark[0] for mark in opened]
