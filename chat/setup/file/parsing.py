"""A file -> plain data of the right shape, or a sentence for each place where it is not."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from chat.setup.file.shape import SECTIONS, VERSION

_MOST_CHARACTERS = 2_000_000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # which escapes can bring


class BadFile(Exception):
    """`sentences` say where and what, for whoever wrote the file."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def parsed(text: str) -> dict[str, Any]:
    data = _loaded(text)
    if not isinstance(data, dict):
        raise BadFile("The file must hold sections: providers, models, cascades, budgets.")
    if unknown := [name for name in data if name not in SECTIONS]:
        raise BadFile(f"Unknown section {unknown[0]!r}, must be one of: {', '.join(SECTIONS)}")
    if data.get("version", VERSION) != VERSION:
        raise BadFile(f"The file is of version {data['version']!r}, and this is for {VERSION}.")
    for name in ("providers", "models", "cascades"):
        rows = data.get(name) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadFile(f"{name}: must be a list of entries with names and values.")
    if not isinstance(data.get("budgets") or {}, dict):
        raise BadFile("budgets: must be names with amounts in USD.")
    if twice := list(_twice(data)):
        raise BadFile(*twice)
    return data


def _twice(data: dict[str, Any]) -> Iterator[str]:
    """What one entry says and another takes back: each time it is applied, both are changes."""
    for section in ("providers", "models", "cascades"):
        rows = data.get(section) or []
        first: dict[str, int] = {}
        for at, row in enumerate(rows):
            known = first.setdefault(repr((row.get("provider"), row.get("name"))), at)
            if known != at:
                yield f"{section}[{at}]: stands twice, also at {section}[{known}]."
    defaults = [
        at for at, row in enumerate(data.get("cascades") or []) if row.get("is_default") is True
    ]
    for at in defaults[1:]:
        yield f"cascades[{at}].is_default: cascades[{defaults[0]}] is the default, and one can be."


def _loaded(text: str) -> Any:
    """Aliases are refused: nobody needs them here, and a few of them unfold to gigabytes."""
    if len(text) > _MOST_CHARACTERS:
        raise BadFile("The file is too long to be a set-up.")
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else "?"
            if isinstance(event, yaml.AliasEvent):
                raise BadFile(f"Line {line}: aliases are not taken here.")
            if isinstance(event, yaml.ScalarEvent) and _UNSTORABLE.search(event.value):
                raise BadFile(f"Line {line}: a text here holds what cannot be kept.")
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"Line {mark.line + 1}: " if mark else ""
        raise BadFile(f"{where}this is not YAML ({error.problem}).") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadFile("This is not YAML.") from error
