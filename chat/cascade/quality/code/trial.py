"""Running a draft's code against examples: the program that does, and what it reports.

The program knows no expected value; it says what each expression gives, as a literal made of
Python's own types whatever the code under trial has redefined, and the comparison is made here. A
report counts only with the nonce of its run, so that what the code prints is not taken for one.
"""

import ast
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chat.cascade.quality.code.example import Example
from chat.cascade.quality.code.literal import same
from chat.cascade.quality.sandbox import Sandbox

TIME_S = 2.0

_PROGRAM = """
def _try(nonce, blocks, trials):
    import io, json, os, sys
    channel, write, dumps = os.dup(1), os.write, json.dumps
    kind, is_a, text, length = type, isinstance, repr, len
    exact = (int, float, complex, bool, str, bytes, kind(None))
    groups = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}
    sys.stdout = printed = io.StringIO()
    sys.stderr = io.StringIO()

    def literal(value, depth=0):
        if depth > 50:
            raise ValueError
        if kind(value) in exact:
            return text(value)
        if is_a(value, dict):
            items = dict.items(value)
            pairs = [literal(k, depth + 1) + ": " + literal(v, depth + 1) for k, v in items]
            return "{" + ", ".join(pairs) + "}"
        for group, (left, right) in groups.items():
            if is_a(value, group):
                parts = [literal(part, depth + 1) for part in group.__iter__(value)]
                if left == "{" and not parts:
                    return "set()"
                return left + ", ".join(parts) + ("," if group is tuple and parts else "") + right
        for base in (int, float, str, bytes):
            if is_a(value, base):
                return base.__repr__(value)
        raise ValueError

    def report(number, how, what):
        write(channel, ("\\n" + nonce + dumps([number, how, what]) + "\\n").encode())

    def named(error):
        return kind(error).__name__ + ": " + str(error)[:200]

    scope = {"__name__": "draft"}
    for block in blocks:
        try:
            exec(compile(block, "<draft>", "exec"), scope)
        except BaseException as error:
            report(-1, "raised", named(error))
    for number, (setup, call) in enumerate(trials):
        printed.seek(0)
        printed.truncate()
        try:
            for statement in setup:
                exec(statement, scope)
            value = eval(call, scope)
        except BaseException as error:
            report(number, "raised", named(error))
            continue
        try:
            what = literal(value)
        except BaseException:
            report(number, "odd", kind(value).__name__)
        else:
            report(number, "gave", what if length(what) <= 8000 else "...")
"""


class Result(NamedTuple):
    """What one example gave: a value, an exception's name and message, or nothing in time.

    `value` is a literal's source, or the type of a value that is none.
    """

    example: Example
    holds: bool
    said: str


@dataclass(frozen=True, slots=True)
class Trial:
    """`fault` says why the code itself could not be loaded; a module that is missing in the sandbox
    is no fault of the code, and then nothing can be said: `cannot_tell`."""

    results: Sequence[Result]
    fault: str = ""
    cannot_tell: bool = False

    @property
    def share(self) -> float:
        return sum(result.holds for result in self.results) / len(self.results)


def attempt(sandbox: Sandbox, blocks: Sequence[str], examples: Sequence[Example]) -> Trial:
    """All in one process; what comes after an endless loop is not reached, and does not hold."""
    nonce = secrets.token_hex(16)
    trials = [(example.setup, example.call) for example in examples]
    program = f"{_PROGRAM}\n_try({nonce!r}, {list(blocks)!r}, {trials!r})\n"
    ran = sandbox.run(program, TIME_S)
    reports = _reports(ran.output, nonce)
    faults = [what for number, _, what in reports if number == -1]
    given = {number: (how, what) for number, how, what in reports if number >= 0}
    silence = "no end in time" if ran.timed_out else "the end of the program"
    results = [
        _result(example, *given.get(number, ("ended", silence)))
        for number, example in enumerate(examples)
    ]
    return Trial(results, faults[-1] if faults else "", _lacks_module(faults, given))


def _reports(output: str, nonce: str) -> list[tuple[int, str, str]]:
    lines = [line[len(nonce) :] for line in output.splitlines() if line.startswith(nonce)]
    return [(number, how, what) for number, how, what in map(_read, lines)]


def _read(line: str) -> tuple[int, str, str]:
    try:
        number, how, what = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return -2, "", ""
    return int(number), str(how), str(what)


def _lacks_module(faults: Sequence[str], given: dict[int, tuple[str, str]]) -> bool:
    raised = [*faults, *(what for how, what in given.values() if how == "raised")]
    return any(what.startswith(("ModuleNotFoundError", "ImportError")) for what in raised)


def _result(example: Example, how: str, what: str) -> Result:
    if how == "raised":
        return Result(example, what.partition(":")[0] == example.raises != "", what)
    if how == "gave" and not example.raises:
        return Result(example, _is_expected(what, example.expected), what)
    return Result(example, False, what)


def _is_expected(source: str, expected: Any) -> bool:
    try:
        return same(ast.literal_eval(source), expected)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # as nan
        return source == repr(expected)
