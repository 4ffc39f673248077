"""Partials without words, rendered once and filled for every piece of a text.

Starting the template engine costs more than most pieces; filling a mould is joining strings.
"""

import re
from functools import lru_cache

from django.template.loader import get_template
from django.utils.html import conditional_escape

# No template of ours holds them, and what is filled in is not looked through.
_PLACE = re.compile("\ufdde([a-z]+)\ufddf")


def filled(name: str, **values: str) -> str:
    """As the template would be rendered. It may ask whether a value is empty, and no more of it."""
    parts = list(_mould(name, tuple((key, bool(value)) for key, value in values.items())))
    for place in range(1, len(parts), 2):
        parts[place] = conditional_escape(values[parts[place]])
    return "".join(parts)


@lru_cache(maxsize=64)
def _mould(name: str, given: tuple[tuple[str, bool], ...]) -> tuple[str, ...]:
    """What is around the values and, at every second place, the name of one."""
    places = {key: f"\ufdde{key}\ufddf" if some else "" for key, some in given}
    return tuple(_PLACE.split(get_template(f"chat/{name}.html").render(places)))
