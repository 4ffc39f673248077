"""Tables as CSV and JSON, a piece at a time."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from chat.costs.tables import Pages

# What a spreadsheet may take for a formula at the beginning of a cell, or its full-width twin.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_OURS = ("_usd", "acceptance", "score")


def as_json(columns: Sequence[str], pages: Pages) -> Iterator[str]:
    """An array of objects, one a line; money is text, so that no reader rounds it."""
    yield "["
    separator = "\n"
    for page in pages:
        for row in page:
            ordered = {name: row[name] for name in columns}
            yield separator + json.dumps(ordered, ensure_ascii=False, allow_nan=False)
            separator = ",\n"
    yield "\n]\n"


def as_csv(columns: Sequence[str], pages: Pages) -> Iterator[str]:
    yield _lines([columns])
    for page in pages:
        yield _lines([[_cell(name, row[name]) for name in columns] for row in page])


def _lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(name: str, value: object) -> object:
    """Text that a spreadsheet would run gets a quote before it; figures are ours, and stay."""
    is_text = isinstance(value, str) and not name.endswith(_OURS)
    return f"'{value}" if is_text and str(value).startswith(_ACTIVE) else value
