"""Whether code is what was asked for, as far as reading it tells: it is there, parses, defines what
the question names, is finished, gives something back. Whether it is right, reading does not tell.
"""

import ast
import re
from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.code.literal import value_of
from chat.cascade.quality.code.prediction import answer_said
from chat.cascade.quality.code.source import Block, Function, functions, is_stub

_UNFINISHED = re.compile(
    r"(?i)(?:#|//|/\*|--)[ \t]*(?:\.\.\.|…|todo\b|fixme\b"
    r"|(?:add |put |write |insert )?your (?:code|logic)|(?:the )?(?:rest|remainder) of"
    r"|(?:same|existing|previous) code|implement(?:ation)? (?:here|this|goes))"
)
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_BRACKETED = frozenset(
    """
    javascript js jsx typescript ts tsx java c cpp c++ csharp cs go php swift kotlin scala css json
    """.split()
)
_LOOKED_AT = 16_000
"""Characters of a block in another language whose brackets are counted."""


def code(case: Case) -> Iterator[Finding]:
    """`defined`: the share of the functions asked for that are there; `parameters`: of those, the
    share with as many parameters as asked. `parses`, `finished`, `returns`, `literal`: 0 or 1.
    `working`: the words a draft takes to follow code; the more steps, the likelier a slip."""
    if case.code.expression:
        yield from _answer(case)
        return
    yield from _definitions(case)
    yield from _syntax(case)
    yield from _unfinished(case)


def _definitions(case: Case) -> Iterator[Finding]:
    asked = case.code.asked
    if not asked or any(not block.is_python for block in case.code.fences):
        return
    written = functions(case.code.written)
    missing = [name for name in asked if name not in written]
    note = (
        f"{', '.join(missing)} is not defined." if missing else "Defines what the question names."
    )
    yield Finding("defined", 1 - len(missing) / len(asked), not missing, note)
    pairs = [(written[name], given) for name, given in asked.items() if given and name in written]
    if pairs:
        other = [own.name for own, given in pairs if _count(own) != _count(given)]
        note = f"{', '.join(other)} takes other parameters." if other else "Takes what was asked."
        yield Finding("parameters", 1 - len(other) / len(pairs), not other, note)
    empty = [name for name in asked if name in written and not _gives(written[name])]
    if len(missing) < len(asked) and "return" in case.prompt.lower():
        note = f"{', '.join(empty)} returns nothing." if empty else "Returns something."
        yield Finding("returns", float(not empty), not empty, note)


def _count(function: Function) -> int:
    """-1 for one that takes any number."""
    given = function.args
    if given.vararg or given.kwarg:
        return -1
    return len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)


def _gives(function: Function) -> bool:
    nodes = list(ast.walk(function))
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes):
        return True
    return any(isinstance(node, ast.Return) and node.value is not None for node in nodes)


def _syntax(case: Case) -> Iterator[Finding]:
    blocks = [block for block in case.code.fences if block.source.strip()]
    if not blocks:
        return
    broken = [block for block in blocks if not _is_whole(block)]
    note = "A block of code does not parse." if broken else "Every block of code parses."
    yield Finding("parses", float(not broken), not broken, note)


def _is_whole(block: Block) -> bool:
    """Only what says that it is Python must be; in languages with brackets these are counted."""
    if block.language.startswith("py") and len(block.source) <= _LOOKED_AT:
        return block.tree is not None or ">>> " in block.source or "\n..." in block.source
    is_counted = block.language in _BRACKETED and len(block.source) <= _LOOKED_AT
    return not is_counted or _is_balanced(block.source)


_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|//[^\n]*|\\.")


def _is_balanced(source: str) -> bool:
    opened: list[str] = []
    for sign in _STRING.sub("", source):
        if sign in "([{":
            opened.append(sign)
        elif sign in _BRACKETS and (not opened or opened.pop() != _BRACKETS[sign]):
            return False
    return not opened


def _unfinished(case: Case) -> Iterator[Finding]:
    if not case.code.written and not case.code.fences:
        return
    stubs = [name for name, node in functions(case.code.written).items() if is_stub(node)]
    source = "\n".join(block.source for block in (*case.code.written, *case.code.fences))
    left = _UNFINISHED.search(source[: 4 * _LOOKED_AT])
    note = "Every function has a body."
    if stubs:
        note = f"{stubs[0]} has no body."
    elif left:
        note = f"Leaves something to be written: “{left.group().strip()}”."
    yield Finding("finished", float(not (stubs or left)), not (stubs or left), note)


def _answer(case: Case) -> Iterator[Finding]:
    said = answer_said(case.answer, case.draft, case.code.expression)
    if said is not None:
        is_literal = value_of(said) is not None
        note = (
            "The answer is a literal." if is_literal else "The answer is not written as a literal."
        )
        yield Finding("literal", float(is_literal), is_literal, note)
    words = len(case.draft.split())
    yield Finding("working", float(words), True, f"Follows the code in {words} words.")
