"""The choices that a prompt lists: `A. text`, `B) text`, `(C) text`, `D: text`, a line each."""

import re
from collections.abc import Mapping

_OPTION = re.compile(r"(?m)^[ \t]*\(?([A-Za-z])[.):][ \t]*(\S[^\n]*)$")


def read_options(prompt: str) -> Mapping[str, str]:
    """By upper-case letter. The letters follow each other from A, and there are at least two."""
    options: dict[str, str] = {}
    for found in _OPTION.finditer(prompt):
        letter = found.group(1).upper()
        if letter == "A":
            options = {}
        if letter == chr(ord("A") + len(options)):
            options[letter] = found.group(2).strip()
    return options if len(options) > 1 else {}
