r"""Formulas: `$$…$$`, `\[…\]` and `\(…\)` to MathML. A single `$` is money, and never one.

What is too long, too deep or not understood is shown as it was written.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import nh3
from latex2mathml import exceptions
from latex2mathml.converter import convert

MAX_LENGTH = 1_000
MAX_DEPTH = 20
MAX_FORMULAS = 500
MAX_IN_ALL = 5_000
"""Characters of formulas in one block: a tenth of a second."""

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Around the number of a formula, while Markdown is made of the text around it."""

_SUSPECT = re.compile(r"\$\$|\\[(\[]")
_FORMULA = re.compile(
    r"(?<![\\$])\$\$(?!\$)(?P<dollars>[^$]{1,1000}?)(?<!\\)\$\$(?![$\d])"
    r"|(?<!\\)\\\((?P<inline>[^\n]{1,1000}?)\\\)"
    r"|(?<!\\)\\\[(?P<block>.{1,1000}?)\\\]",
    re.DOTALL,
)
_PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align|split|gathered)\*?\}")

_ERRORS: tuple[type[Exception], ...] = (
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type)),
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Its own, and what it stumbles over."""


def take_out(source: str, skip: Sequence[tuple[int, int]]) -> tuple[str, list[str]]:
    """The text with a mark for each formula that can be shown, and their MathML.

    `skip` are the stretches of code and addresses, which hold none.
    """
    shown: list[str] = []
    parts: list[str] = []
    done, room = 0, MAX_IN_ALL
    for found in islice(_FORMULA.finditer(source), MAX_FORMULAS):
        tex = found["dollars"] or found["inline"] or found["block"]
        room -= len(tex)
        if room < 0:
            break
        if any(start < found.end() and found.start() < end for start, end in skip):
            continue
        if formula := mathml(tex, is_block=not found["inline"]):
            parts += [source[done : found.start()], f"{OPEN}{len(shown)}{CLOSE}"]
            done = found.end()
            shown.append(formula)
    return "".join([*parts, source[done:]]), shown


def may_hold_any(source: str) -> bool:
    return bool(_SUSPECT.search(source))


def put_back(html: str, shown: Sequence[str]) -> str:
    return _PLACE.sub(lambda found: shown[int(found[1])], html) if shown else html


@lru_cache(maxsize=1024)
def mathml(tex: str, *, is_block: bool) -> str | None:
    if len(tex) > MAX_LENGTH or _EMPTY_LINE.search(tex) or _depth(tex) > MAX_DEPTH:
        return None
    rows = _ALIGNED.sub(lambda found: _array(found[1]), tex.strip())
    try:
        made = convert(rows, display="block" if is_block else "inline")
    except _ERRORS:
        return None
    return _cleaner.clean(made) if rows else None


def _array(side: str) -> str:
    return r"\begin{array}{rl}" if side == "begin" else r"\end{array}"


def _depth(tex: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"\{|\}|\\left|\\right|\\begin|\\end|\\sqrt|\\[dt]?frac|[_^]", tex):
        depth += {"}": -1, "\\right": -1, "\\end": -1, "_": 0, "^": 0}.get(mark, 1)
        deepest = max(deepest, depth)
    return deepest


_cleaner = nh3.Cleaner(
    tags={"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac"}
    | {"msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle"}
    | {"mpadded", "mphantom", "menclose", "mmultiscripts", "mprescripts"},
    attributes={
        "*": set(),
        "math": {"display"},
        "mi": {"mathvariant"},
        "mn": {"mathvariant"},
        "mo": {"stretchy", "fence", "form", "separator", "accent", "movablelimits", "largeop"}
        | {"minsize", "maxsize", "lspace", "rspace", "mathvariant"},
        "mspace": {"width", "linebreak"},
        "mfrac": {"linethickness"},
        "mover": {"accent"},
        "munder": {"accentunder"},
        "mtd": {"columnalign"},
        "mtable": {"columnalign", "rowspacing", "columnspacing"},
        "mstyle": {"displaystyle", "scriptlevel"},
        "menclose": {"notation"},
    },
    link_rel=None,
)
