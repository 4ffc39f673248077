"""Texts that are made to take long, by what they weigh on; each of about so many characters."""

from collections.abc import Callable
from functools import partial

Bomb = Callable[[int], str]


def over(piece: str, size: int, end: str = "") -> str:
    return piece * (size // len(piece)) + end


def wide_table(size: int) -> str:
    cells = size // 16
    return "|a" * cells + "\n" + "|-" * cells + "\n" + over("|x\n", size // 2)


BOMBS: dict[str, Bomb] = {
    "quotes": partial(over, "> ", end="a"),
    "items": partial(over, "- ", end="x"),
    "brackets": partial(over, "["),
    "links": partial(over, "[a](<"),
    "emphasis": partial(over, "*a _b "),
    "wide table": wide_table,
    "rows": lambda size: "|a" * 20 + "\n" + "|-" * 20 + "\n" + over("|x" * 20 + "\n", size),
    "list": partial(over, "- item *x* `y`\n"),
    "tags": partial(over, "<a "),
    "tags in tags": partial(over, "<a <b "),
    "comments": partial(over, "<!-- "),
    "addresses": partial(over, "<http://x.de> "),
    "images": partial(over, "![a](http://x.de) "),
    "definitions": partial(over, "]:"),
    "formulas": partial(over, "`a`\\(a\\)"),
    "formulas without end": partial(over, "\\["),
    "displays": partial(over, "$$\n"),
    "displays without end": partial(over, "\\[\n"),
    "prices": partial(over, "- Luigi ($$), Mario ($$)\n"),
    "code": lambda size: f"```scala\n{over('@', size)}\n```",
    "spaces": partial(over, " ", end="!"),
    "letters": partial(over, "a", end="!"),
    "sums": partial(over, "1+1="),
    "numbers": partial(over, "3 apples and "),
    "options": partial(over, "A) B) "),
    "apologies": partial(over, "I cannot, sorry, "),
    "JSON": partial(over, '{"a":'),
}
