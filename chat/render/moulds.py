"""Partials that are rendered once, and filled for every piece of a text and under every answer.

Starting the template engine costs more than most pieces; filling a mould is joining strings.
"""

import re
from functools import lru_cache

from django.template.loader import get_template
from django.utils.html import conditional_escape
from django.utils.translation import get_language

# No template of ours holds them, and what is filled in is not looked through.
_PLACE = re.compile("\ufdde([a-z_]+)\ufddf")

_TURN = "fdde0000-0000-0000-0000-00000000fddf"
"""Stands for the id of a turn while a mould is made: addresses take nothing but a UUID."""


def filled(name: str, **values: str) -> str:
    """As the template, which has no words, would be rendered. It may ask whether a value is empty,
    and no more of it. `turn` is the id of one."""
    return _filled(name, None, values)


def filled_with_words(name: str, **values: str) -> str:
    """The same in the language that is active."""
    return _filled(name, get_language(), values)


def _filled(name: str, language: str | None, values: dict[str, str]) -> str:
    given = tuple((key, bool(value)) for key, value in values.items())
    parts = list(_mould(name, language, given))
    for place in range(1, len(parts), 2):
        parts[place] = conditional_escape(values[parts[place]])
    return "".join(parts)


@lru_cache(maxsize=256)
def _mould(
    name: str, _language: str | None, given: tuple[tuple[str, bool], ...]
) -> tuple[str, ...]:
    """What is around the values and, at every second place, the name of one."""
    places = {key: _place(key) if some else "" for key, some in given}
    if places.get("turn"):
        places["turn"] = _TURN
    rendered = get_template(f"chat/{name}.html").render(places)
    return tuple(_PLACE.split(rendered.replace(_TURN, _place("turn"))))


def _place(key: str) -> str:
    return f"\ufdde{key}\ufddf"
