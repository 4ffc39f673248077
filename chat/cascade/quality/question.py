"""The question itself within a prompt: without what is said before it and the labels round it."""

import re
from collections.abc import Mapping

_BREAK = re.compile(r"\n[ \t]*\n")
_LABEL = re.compile(r"[^\W\d_][\w ]{0,20}[:\uff1a]\s+")
_LONGEST_LABEL = 25


def question_of(text: str) -> str:
    """The last paragraph, without a label before it (`Question:`) or after it (`Answer:`)."""
    lines = text.split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or _is_label(lines[-1])):
        lines.pop()
    paragraph = _BREAK.split("\n".join(lines))[-1].strip()
    return _LABEL.sub("", paragraph, count=1) if _LABEL.match(paragraph) else paragraph


def question_before(prompt: str, options: Mapping[str, str]) -> str:
    label, text = next(iter(options.items()))
    lines = prompt.split("\n")
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at].strip(" \t\r*-([\uff08")
        if line.endswith(text) and line[: len(label)].upper() == label:
            return question_of("\n".join(lines[:at]))
    return question_of(prompt[: max(0, prompt.find(text))])


def _is_label(line: str) -> bool:
    """A word or two and a colon; `He claims that:` is a question."""
    is_short = len(line) < _LONGEST_LABEL and len(line.split()) < 3
    return is_short and line.rstrip(" \t\r*").endswith((":", "\uff1a"))
