"""The examples that a question gives for the code it asks for: what to call, and what comes out.

>>> f(1)                    f(1) == 2             Input: a = 1, b = 2
2                           f(1) -> 2             Output: 3
                            f(1) should return 2
assert f(1) == 2            f(1)  # returns 2     For a = 1 the output should be 3
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chat.cascade.quality.code.literal import Literal, closing, literal_at, value_of
from chat.cascade.quality.code.quiet import quietly
from chat.cascade.quality.code.source import Function, parsed

MOST = 20
"""Examples of a question that are looked at."""

_LONGEST = 40_000
_LONGEST_STATEMENT = 400


@dataclass(frozen=True, slots=True)
class Example:
    """An expression, and the value that is expected of it; where `raises` names an exception, that
    instead. `setup` are the statements before it, as in a doctest."""

    call: str
    expected: Any = None
    raises: str = ""
    setup: tuple[str, ...] = ()


def read_examples(prompt: str, asked: Mapping[str, Function | None]) -> list[Example]:
    """`asked` are the functions wanted, with their signature where the question gives one."""
    text = prompt[:_LONGEST]
    found: dict[str, Example] = {}
    for example in (*_doctests(text), *_stated(text, asked), *_given(text, asked)):
        found.setdefault("\n".join((*example.setup, example.call)), example)
    return list(found.values())[:MOST]


# A doctest


def _doctests(text: str) -> Iterator[Example]:
    setup: list[str] = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        statement = line.strip()
        if not statement.startswith(">>> ") or len(statement) > _LONGEST_STATEMENT:
            continue
        source = statement[4:].strip()
        told = _told(lines, at + 1)
        if (example := _doctest(source, told, tuple(setup))) is not None:
            yield example
        elif not told and _parsed(source) is None and parsed(source) is not None:
            setup.append(source)


def _told(lines: list[str], at: int) -> str:
    """What stands under a prompt, up to a blank line, the next prompt or the docstring's end."""
    told: list[str] = []
    for line in lines[at : at + 30]:
        text = line.strip()
        if not text or text.startswith((">>>", '"""', "'''", "```")):
            break
        told.append(text)
    return "\n".join(told)


def _doctest(source: str, told: str, setup: tuple[str, ...]) -> Example | None:
    if not told:
        return _comparison(source, setup)
    if not _is_call(source):
        return None
    if told.startswith("Traceback"):
        name = told.splitlines()[-1].partition(":")[0].strip()
        return Example(source, raises=name, setup=setup) if name.isidentifier() else None
    value = value_of(told)
    return Example(source, value[0], setup=setup) if value else None


def _comparison(source: str, setup: tuple[str, ...]) -> Example | None:
    """`f(1) == 2`; anything else that can be true or false is expected to be true."""
    tree = _parsed(source)
    if tree is None or not _calls(tree):
        return None
    match tree:
        case ast.Compare(left=ast.Call() as left, ops=[ast.Eq()], comparators=[right]):
            if value := value_of(ast.unparse(right)):
                return Example(ast.unparse(left), value[0], setup=setup)
            return Example(source, True, setup=setup)
        case ast.Compare() | ast.BoolOp():
            return Example(source, True, setup=setup)
    return None


def _parsed(source: str) -> ast.expr | None:
    try:
        with quietly():
            return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _is_call(source: str) -> bool:
    tree = _parsed(source)
    return tree is not None and _calls(tree)


def _calls(tree: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(tree))


# A call with what it gives


_CALL = re.compile(r"\b([A-Za-z_]\w*)\(")
_GIVES = re.compile(
    r"[`*]*[ \t]*(?:#[ \t]*)?(?:==?>?|-+>|=+>|\u279e|\u2192|\u21d2|\u27f6|\u21a6|:"
    r"|(?:should |must |will |would )?(?:return|equal|output|give|evaluate to|produce|yield)s?"
    r"|(?:is|should be|must be|will be|=)(?: equal to)?)"
    r"(?:[ \t]*(?:#[ \t]*)?(?:returns?|=>|->|:))?[ \t]*[`*]*"
)
_ENDS = re.compile(r"[ \t`*]*(?:$|[\n.,;)#(]|//)")
"""After a value that words announce: in "f(1) is 3 times as fast" there is none."""

_GOES_ON = re.compile(r"[ \t]*(?:[-+*/%|&^<>=]|and\b|or\b|if\b|for\b|in\b|\(|\[|\.\w)")


def _stated(text: str, asked: Mapping[str, Function | None]) -> Iterator[Example]:
    alias = _alias(text, asked)
    for found in _CALL.finditer(text):
        name = found.group(1)
        if name not in asked and name != alias:
            continue
        end = closing(text, found.end() - 1)
        if end < 0 or _is_definition(text, found.start()):
            continue
        arguments = text[found.end() - 1 : end]
        gives = _GIVES.match(text, end)
        if gives is None or not _is_call(f"f{arguments}"):
            continue
        value = literal_at(text, gives.end())
        if value is not None and _is_whole(text, value.end, gives.group()):
            target = name if name in asked else next(iter(asked))
            yield Example(target + arguments, value.value)


def _is_whole(text: str, end: int, announced: str) -> bool:
    is_sign = not any(sign.isalpha() or sign == ":" for sign in announced)
    return not _GOES_ON.match(text, end) and (is_sign or bool(_ENDS.match(text, end)))


def _is_definition(text: str, at: int) -> bool:
    return text[max(0, at - 12) : at].rstrip().endswith(("def", "class", "function"))


def _alias(text: str, asked: Mapping[str, Function | None]) -> str:
    """Another name under which the only function asked for is called throughout the examples."""
    if len(asked) != 1:
        return ""
    called = {
        found.group(1)
        for line in text.splitlines()
        if (found := re.match(r"[ \t]*(?:assert[ \t]+)?([A-Za-z_]\w*)\(", line))
    }
    called -= {"print", *asked}
    if len(called) != 1 or any(f"{name}(" in _after_head(text, name) for name in asked):
        return ""
    return called.pop()


def _after_head(text: str, name: str) -> str:
    return text.partition(f"def {name}")[2].partition("\n")[2]


# Input and output


_INPUT = re.compile(
    r"(?i)\b(?:sample |example )?input\b[^:=\n]{0,20}[:=][ \t]*\n?|\bfor (?=[A-Za-z_]\w* ?= ?\S)"
)
_OUTPUT = re.compile(
    r"(?i)\b(?:output|result|answer|returns?)\b[^:=\n]{0,20}?"
    r"(?:should be|must be|will be|is|[:=]|(?<=return)|(?<=returns))[ \t]*\n?"
)
_ASSIGNED = re.compile(r"[ \t]*,?[ \t]*([A-Za-z_]\w*)[ \t]*=(?!=)")


def _given(text: str, asked: Mapping[str, Function | None]) -> Iterator[Example]:
    """Inputs by name or alone, and within the next lines what comes out."""
    if len(asked) != 1:
        return
    ((name, function),) = asked.items()
    for found in _INPUT.finditer(text):
        inputs, end = _inputs(text, found.end())
        if not inputs:
            continue
        output = _OUTPUT.search(text, end, end + 200)
        again = _INPUT.search(text, end, end + 200)
        if output is None or (again and again.start() < output.start()):
            continue
        value = literal_at(text, output.end())
        arguments = _arguments(inputs, function)
        if value is not None and arguments and not _GOES_ON.match(text, value.end):
            yield Example(f"{name}({arguments})", value.value)


def _inputs(text: str, at: int) -> tuple[list[tuple[str, Any]], int]:
    """Names ("" where none is said) with their values, and where they end."""
    inputs: list[tuple[str, Any]] = []
    while assigned := _ASSIGNED.match(text, at):
        value = literal_at(text, assigned.end())
        if value is None:
            return [], at
        inputs.append((assigned.group(1), value.value))
        at = value.end
    if not inputs and (alone := _alone(text, at)):
        return [("", alone.value)], alone.end
    return inputs, at


def _alone(text: str, at: int) -> Literal | None:
    value = literal_at(text, at)
    return value if value and not _GOES_ON.match(text, value.end) else None


def _arguments(inputs: list[tuple[str, Any]], function: Function | None) -> str:
    """By place where the names are not the parameters' own."""
    values = [repr(value) for _, value in inputs]
    if function is None:
        return ", ".join(values)
    parameters = [parameter.arg for parameter in function.args.args]
    if {name for name, _ in inputs} <= set(parameters):
        return ", ".join(f"{name}={value!r}" for name, value in inputs)
    return ", ".join(values) if len(values) == len(parameters) else ""
