"""What a draft says in the end: its final answer, where it marks one, and the working before it.

Models mark an answer in a field of JSON, in a box, behind `####`, or in so many words. What marks
it is taken off, so that no check depends on the form a prompt happened to ask for.
"""

import json
import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

_SHORT = 80
"""A draft of one line and so many characters is its own answer."""

_FIELDS = ("answer", "final_answer", "final answer", "finalanswer", "result", "solution", "output")
_FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_FIELD = re.compile(
    r'"(?:final[_ ]?)?answer"[ \t]*:[ \t]*("(?:[^"\\]|\\.){0,2000}"|[^,}\n]{1,200})', re.IGNORECASE
)
_HASHES = re.compile(r"(?m)^[ \t]*#{4}[ \t]+(\S[^\n]*)$")
_ENCODED = json.JSONEncoder(ensure_ascii=False).encode
_PHRASE = re.compile(
    r"(?i)(?:\b(?=[tmfcar])(?:(?:the |my )?(?:final |correct )?answer(?: is|:|\*\*:|:\*\*| =)"
    r"|antwort(?: ist|:)|respuesta(?: es|:)|réponse(?: est| :|:))|^[ \t]*a:"
    r"|答案(?:是|为|\uff1a|:)|الجواب(?: هو|:))[ \t*]*(?=(\S[^\n]{0,300}))",
    re.MULTILINE,
)
"""What is said is only looked ahead at: of several phrases in a line the last counts.

The letters a phrase can begin with come first, so most words are passed over quickly.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """`final` is "" where no answer is marked; `marked` tells how it was. `working` is the rest."""

    final: str
    working: str
    marked: Literal["field", "box", "hashes", "phrase", "whole", ""]


def read_answer(draft: str) -> Answer:
    text = draft.strip()
    if (found := _fields(text)) is not None:
        return found
    if (box := _last_box(text)) is not None:
        return Answer(box, text, "box")
    if hashes := _last(_HASHES, text):
        return Answer(hashes.group(1).strip(), text[: hashes.start()], "hashes")
    if phrase := _last(_PHRASE, text):
        return Answer(_tidy(phrase.group(1)), text[: phrase.start()], "phrase")
    if len(text) <= _SHORT and "\n" not in text:
        return Answer(_tidy(text), "", "whole")
    return Answer("", text, "")


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def _tidy(text: str) -> str:
    return text.strip().strip("*_` \t").removesuffix(".").strip()


def _fields(text: str) -> Answer | None:
    fenced = _FENCE.search(text)
    body = (fenced.group(1) if fenced else text).strip()
    if not body.startswith("{"):
        return None
    read = _read_object(body)
    if read is not None:
        lowered = {key.lower(): value for key, value in read.items()}
        name = next((name for name in _FIELDS if name in lowered), None)
        if name is None:
            return None
        working = "\n".join(_flat(value) for key, value in lowered.items() if key != name)
        return Answer(_flat(lowered[name]).strip(), working, "field")
    if found := _last(_FIELD, body):  # not quite JSON, as with the backslashes of LaTeX
        return Answer(found.group(1).strip('" \t'), body[: found.start()], "field")
    return None


def _read_object(body: str) -> dict[str, Any] | None:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _flat(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(map(_flat, value))
    if type(value) is int:  # of which a long list costs a hundred times less so
        return str(value)
    return _ENCODED(value)


def _last_box(text: str) -> str | None:
    """The inside of the last `\\boxed{…}`; None where there is none, or it is not closed."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for at in range(start + 6, min(len(text), start + 2000)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[start + 7 : at].strip()
    return None
