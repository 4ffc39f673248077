"""The code in a text: in its fences, or between its sentences, or all of it.

What was found does not depend on what wraps it: a function is found by its own lines.
"""

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from chat.cascade.quality.code.quiet import quietly

LONGEST = 16_000
"""Characters of code that are parsed; parsing takes about a microsecond for each."""

MOST = 40
"""Pieces of code in a text that are looked at."""

PYTHON = frozenset({"", "python", "py", "python3", "python2"})

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[ \t]*$")
_BEGINNING = re.compile(
    r"([ \t]*)(?:(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:]"
    r"|@\w[\w.]*(?:\(.*\))?$|import[ \t]+\w[\w., ]*$|from[ \t]+[\w.]+[ \t]+import[ \t]+\S)"
)


@dataclass(frozen=True)
class Block:
    """`language` is lower-case, and "" where the text does not tell."""

    language: str
    source: str

    @property
    def is_python(self) -> bool:
        return self.language in PYTHON

    @cached_property
    def tree(self) -> ast.Module | None:
        """None where it is not Python, or too long to look at."""
        return parsed(self.source)


def parsed(source: str) -> ast.Module | None:
    if len(source) > LONGEST:
        return None
    try:
        with quietly():
            return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def fenced(text: str) -> list[Block]:
    """A fence that is not closed ends with the text."""
    blocks: list[Block] = []
    lines: list[str] | None = None
    language = mark = ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if lines is None and fence:
            mark, language, lines = fence.group(1)[0], fence.group(2).lower(), []
        elif lines is not None and fence and fence.group(1)[0] == mark and not fence.group(2):
            blocks.append(Block(language, textwrap.dedent("\n".join(lines))))
            lines = None
            if len(blocks) == MOST:
                break
        elif lines is not None:
            lines.append(line)
    if lines:
        blocks.append(Block(language, textwrap.dedent("\n".join(lines))))
    return blocks


def definitions(text: str) -> list[Block]:
    """The functions, classes and imports that stand between other lines, as they parse."""
    chunks = islice(_chunks(text[: 2 * LONGEST].splitlines()), MOST)
    found = (Block("python", source) for source in chunks)
    return [block for block in found if block.tree is not None]


def _chunks(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        if not (beginning := _BEGINNING.match(lines[at])):
            at += 1
            continue
        end = _end_of_chunk(lines, at, len(beginning.group(1)))
        source = textwrap.dedent("\n".join(lines[at:end])).rstrip()
        yield f"{source}\n    pass" if source.endswith(":") else source
        at = end


def _end_of_chunk(lines: Sequence[str], at: int, indent: int) -> int:
    is_decorator = lines[at].lstrip().startswith("@")
    at += 1
    while at < len(lines):
        line = lines[at]
        depth = len(line) - len(line.lstrip())
        if is_decorator and depth == indent:
            is_decorator = line.lstrip().startswith("@")
        elif line.strip() and depth <= indent and not line.lstrip().startswith(")"):
            break
        at += 1
    return at


def python_of(text: str) -> list[Block]:
    """The Python in a text, piece by piece; each piece parses."""
    blocks: list[Block] = []
    for block in fenced(text):
        if block.is_python:
            blocks += [block] if block.tree else definitions(block.source)
    if blocks:
        return blocks[:MOST]
    if len(text) <= LONGEST and any(map(_BEGINNING.match, text.splitlines())):
        whole = Block("", textwrap.dedent(text))
        if whole.tree:
            return [whole]
    return definitions(text)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(blocks: Sequence[Block]) -> dict[str, Function]:
    """By name, those at the outermost level; of several the last."""
    return {
        node.name: node
        for block in blocks
        if block.tree
        for node in block.tree.body
        if isinstance(node, Function)
    }


def is_stub(function: Function) -> bool:
    """Nothing but a docstring, `pass`, `...` or a `raise NotImplementedError`."""
    return all(map(_does_nothing, function.body))


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False
