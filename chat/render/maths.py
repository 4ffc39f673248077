r"""Formulas: `$$…$$`, `\[…\]` and `\(…\)` to MathML. A single `$` is money, and never one.

`$$` is also how dear a place is, so what stands between two of them must not read as words. What is
too long, too deep or not understood is shown as it was written.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

import nh3

MAX_LENGTH = 1_000
MAX_DEPTH = 20
MAX_FORMULAS = 500
MAX_IN_ALL = 5_000
"""Characters of formulas in one block: a tenth of a second."""

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Around the number of a formula, while Markdown is made of the text around it."""

JOINT = "\ufdd3"
"""Before what stands on a further line of a display, while Markdown is made of the text."""

_SUSPECT = re.compile(r"\$\$|\\[(\[]")
_FORMULA = re.compile(
    r"(?<![\\$])\$\$(?P<dollars>[^$]{1,1000}?)(?<!\\)\$\$(?![$\d])"
    r"|(?<!\\)\\\((?P<inline>[^\n]{1,1000}?)\\\)"
    r"|(?<!\\)\\\[(?P<block>.{1,1000}?)\\\]",
    re.DOTALL,
)
_LINE_LEAD = re.compile(rf"(?<=\n)[ \t]*+(?:>[ \t]*+)?{JOINT}")
# Between two `$$` that are prices: what follows a word, or words; they would lose their spaces.
_TEX = re.compile(r"\\[A-Za-z]|[\^{]")
_AFTER_PRICE = re.compile(r"""\s*+(?:[),;:*/"'·•\u2013-\u201f]|[.!?\]](?![\w\\({-]))""")
_SENTENCE = re.compile(
    r"(?<!\w)(?:[^\W\d_]{3,}+[.,;:]? ++[^\W\d_]{2}|[^\W\d_]{2}[.,;:]? ++[^\W\d_]{3})"
)
_MERE_WORDS = re.compile(
    r"(?=.*\s)(?=.*(?:\A|\s)\(?[^\W\d_]+[a-zß-ÿ](?![\w(]))"
    r"(?:\n[ \t]*+[-+>][ \t]|\*\*|[^\W\d_]|[\s.,;:!?'\"()&\u2013-\u201f])++",
    re.DOTALL,
)
_PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align|split|gathered)\*?\}")

_STUMBLES: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What latex2mathml raises beside its own errors."""


class Stretches:
    """Of the text's bytes, in the order in which they begin; asked in that order as well."""

    def __init__(self) -> None:
        self._left = deque[tuple[int, int]]()

    def add(self, start: int, end: int) -> None:
        self._left.append((start, end))

    def meet(self, start: int, end: int) -> bool:
        while self._left and self._left[0][1] <= start:
            self._left.popleft()
        return bool(self._left) and self._left[0][0] < end


def take_out(source: str, barred: Stretches, cells: Stretches) -> tuple[str, list[str]]:
    """The text with a mark for each formula that can be shown, and their MathML.

    `barred`: code, addresses, and where blocks begin; `cells`: where those of tables do, which a
    price does not leave. What is in brackets may hold a `|`.
    """
    shown: list[str] = []
    parts: list[str] = []
    at = done = seen = octets = 0
    room = MAX_IN_ALL
    for _ in range(MAX_FORMULAS):
        if not (found := _FORMULA.search(source, at)):
            break
        octets, seen = octets + _size(source[seen : found.start()]), found.start()
        stretch = octets, octets + _size(found[0])
        tex = _LINE_LEAD.sub("", found["dollars"] or found["inline"] or found["block"])
        is_money = found["dollars"] and (cells.meet(*stretch) or is_price(tex))
        if is_money or barred.meet(*stretch):
            at = found.start() + 2  # what ends this may begin one
            continue
        at = found.end()
        room -= len(tex)
        if room < 0:
            break
        if formula := mathml(tex, is_block=not found["inline"]):
            parts += [source[done : found.start()], f"{OPEN}{len(shown)}{CLOSE}"]
            done = found.end()
            shown.append(formula)
    return "".join([*parts, source[done:]]), shown


def _size(text: str) -> int:
    return len(text.encode())


def is_price(tex: str) -> bool:
    """Whether it reads as what stands between two prices: `$$), but Mario's ($$`."""
    if _AFTER_PRICE.match(tex):
        return True
    return not _TEX.search(tex) and bool(_SENTENCE.search(tex) or _MERE_WORDS.fullmatch(tex))


def may_hold_any(source: str) -> bool:
    return bool(_SUSPECT.search(source))


def put_back(html: str, shown: Sequence[str]) -> str:
    return _PLACE.sub(lambda found: shown[int(found[1])], html) if shown else html


@cache
def _converter() -> tuple[Callable[..., str], tuple[type[Exception], ...]]:
    """And all that it raises. It takes 2 MiB, which a process without formulas can do without."""
    from latex2mathml import converter, exceptions

    own = (kind for kind in vars(exceptions).values() if isinstance(kind, type))
    return converter.convert, (*own, *_STUMBLES)


@lru_cache(maxsize=1024)
def mathml(tex: str, *, is_block: bool) -> str | None:
    if len(tex) > MAX_LENGTH or _EMPTY_LINE.search(tex) or _depth(tex) > MAX_DEPTH:
        return None
    rows = _ALIGNED.sub(lambda found: _array(found[1]), tex.strip())
    convert, errors = _converter()
    try:
        made = convert(rows, display="block" if is_block else "inline")
    except errors:
        return None
    return _cleaned(made, tex) if rows else None


def _cleaned(made: str, tex: str) -> str:
    """As it was written beside it, for who copies it."""
    written = {"math": {"alttext": " ".join(tex.split())}}
    return nh3.clean(
        made,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        link_rel=None,
        set_tag_attribute_values=written,
    )


def _array(side: str) -> str:
    return r"\begin{array}{rl}" if side == "begin" else r"\end{array}"


def _depth(tex: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"\{|\}|\\left|\\right|\\begin|\\end|\\sqrt|\\[dt]?frac|[_^]", tex):
        depth += {"}": -1, "\\right": -1, "\\end": -1, "_": 0, "^": 0}.get(mark, 1)
        deepest = max(deepest, depth)
    return deepest


_TAGS = (
    {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac"}
    | {"msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle"}
    | {"mpadded", "mphantom", "menclose", "mmultiscripts", "mprescripts"}
)
_ATTRIBUTES: dict[str, set[str]] = {
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
}
