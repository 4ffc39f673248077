"""Questions that ask what given code comes to: which expression is meant, and what the draft says.

assert f([1, 2]) == ??        What does f([1, 2]) return?        What does this code print?
"""

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from chat.cascade.quality.answer import Answer, read_answer
from chat.cascade.quality.code.literal import closing, literal_at, same, value_of
from chat.cascade.quality.code.source import Block, fenced, functions, is_stub

_CALL = re.compile(r"\b([A-Za-z_]\w*)\(")
_BLANK = re.compile(
    r"[ \t]*(?:==|=|->|=>|#)[ \t]*(?:\?+|_{2,}|\.\.\.|<\w+>|\[MASK\]|…)|[ \t]*\n[ \t]*\?+"
)
_OUTCOME = re.compile(
    r"(?i)\b(?:what|predict|determine|was|qu[eé]|que)\b[^.\n]{0,60}\b(?:output|print|return|result|value"
    r"|evaluate|ergibt|gibt|ausgabe|devuelve|imprime|renvoie|affiche)"
)


def expression_asked(prompt: str, blocks: Sequence[Block]) -> str:
    """ "" where the question is another one."""
    known = {name for name, function in functions(blocks).items() if not is_stub(function)}
    if not known:
        return ""
    calls = list(_calls(prompt[:40_000], known))
    blanks = [call for call, end in calls if _BLANK.match(prompt, end)]
    if blanks:
        return blanks[-1]
    asks = _OUTCOME.search(prompt[:40_000])
    alone = {call for call, _ in calls if not any(call in block.source for block in blocks)}
    return alone.pop() if asks and len(alone) == 1 else ""


def _calls(text: str, known: set[str]) -> Iterator[tuple[str, int]]:
    for found in _CALL.finditer(text):
        if found.group(1) in known and not text[: found.start()][-5:].rstrip().endswith("def"):
            end = closing(text, found.end() - 1)
            if end > 0:
                yield text[found.start() : end], end


_MENTIONS = 20
"""Times the call is named in the draft, from its end, that are looked at."""

_SAID = re.compile(
    r"[`*]*[ \t]*(?:==|=|->|=>|is|returns?|gives|will return|will be|evaluates to|:)[ \t]*[`*]*"
)


def answer_said(answer: Answer, draft: str, call: str) -> str | None:
    """The value that the draft gives for `call`; None where it gives none that can be read."""
    if answer.marked == "whole":
        return _after_call(draft, call) or _without_call(answer.final, call)
    if answer.marked:
        return _without_call(answer.final, call)
    for block in reversed(fenced(draft)):
        if block.source.lstrip().startswith("{") and (inner := read_answer(block.source)).marked:
            return _without_call(inner.final, call)
    return _after_call(draft, call)


def _without_call(text: str, call: str) -> str:
    text = text.strip("`* \n").removeprefix(":").strip() if value_of(text) is None else text
    head, sign, tail = text.partition("==")
    return tail.strip() if sign and call.partition("(")[0] + "(" in head else text


def _after_call(draft: str, call: str) -> str | None:
    at = draft.rfind(call)
    for _ in range(_MENTIONS):
        if at < 0:
            break
        said = _SAID.match(draft, at + len(call))
        if said and (literal := literal_at(draft, said.end())):
            return draft[said.end() : literal.end].strip()
        at = draft.rfind(call, 0, at)
    return None


def agrees(said: str, value: Any) -> bool:
    """Whether a text names this value: as a literal, a string without its quotes or between some
    that it holds itself (`'it's'`), as JSON, or as a list an item a line."""
    if (read := value_of(said)) is not None and same(read[0], value):
        return True
    forms = [repr(value), str(value), f"'{value}'"]
    if isinstance(value, list) and len(value) > 1:
        forms.append("\n".join(map(str, value)))
    with contextlib.suppress(TypeError, ValueError):
        written = json.dumps(value, ensure_ascii=False)
        forms += [written] if same(json.loads(written), value) else []
    return said in forms
