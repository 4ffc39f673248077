"""Whether the calls take up all that was asked, and each thing once."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.calls.asked import Asked, bare, digits
from chat.cascade.quality.checks.calls.codes import is_code, is_currency_of, shortens
from chat.cascade.quality.checks.calls.figures import figures
from chat.cascade.quality.checks.calls.made import Made, choices_of, note_of
from chat.cascade.quality.checks.calls.relevance import text_of
from chat.cascade.quality.checks.calls.words import telling

_MOST_NAMES = 60
_MOST = 3
_MOST_NUMBERS = 4

_QUOTED = re.compile(r"[\"“„«「]([^\"“”„«»「」\n]{2,60})[\"”“»」]|(?<!\w)'([^'\n]{2,60})'(?!\w)")
_NAMED = re.compile(r"\b[A-ZÀ-ÖØ-Þ][^\W\d_]{1,40}(?: [A-ZÀ-ÖØ-Þ][^\W\d_]{1,40}){0,5}")
_OPENS = re.compile(r"(?:^|[.!?:;\n\"“'*(¿¡-])\s{0,2}$")
_LIST = re.compile(r"[\[(] ?-?\d{1,9}(?:\.\d{1,9})?(?:, ?-?\d{1,9}(?:\.\d{1,9})?)+ ?[\])]")
_LISTED = re.compile(r"'([^'\n]{2,30})'")
_MEASURED = re.compile(
    r"(?i)\d ?(cm|mm|km|kg|m|g|ft|feet|foot|inch(?:es)?|met(?:er|re)s?|miles?|yards?|pounds?"
    r"|lit(?:er|re)s?|celsius|fahrenheit|°[CF])\b"
)
_DEFAULT = re.compile(r"defaults?(?:value)?(?:to|is)?")
"""As it reads without its spaces."""

_UNIT = re.compile(r"(?i)unit|einheit|unidad")


def coverage(calls: Sequence[Made], asked: Asked) -> Iterator[Finding]:
    """How many, of each to a few: `numbers_unused` and `names_unused` of the message, `left_out`
    parameters that it speaks of, calls `repeated`; `split_list`: 1 if one call could do for more.
    """
    if asked.numbers:
        numbers = _unused_numbers(calls, asked)
        fault, fine = "Numbers no call takes up: {}.", "Every number is taken up by a call."
        yield Finding.of_faults("numbers_unused", numbers, _MOST_NUMBERS, fault, fine)
    if names := _names(asked):
        unused = _unused_names(names, calls)
        fault, fine = "Names no call takes up: {}.", "Every name is taken up by a call."
        yield Finding.of_faults("names_unused", unused, _MOST, fault, fine)
    fault, fine = "Asked for, but not passed on: {}.", "Nothing that is asked for is left out."
    yield Finding.of_faults("left_out", _left_out(calls, asked), 2, fault, fine)
    if len(calls) > 1:
        fault, fine = "Called twice with the same: {}.", "No call is made twice."
        yield Finding.of_faults("repeated", _repeated(calls), 2, fault, fine)
    if any(isinstance(value, list) for made in calls for value in made.call.arguments.values()):
        fault, fine = "One call could take the whole list: {}.", "No list is split into calls."
        yield Finding.of_faults("split_list", _split(calls), 1, fault, fine)


def _unused_numbers(calls: Sequence[Made], asked: Asked) -> list[str]:
    """Lists as a whole, too. A zero, as in `= 0`, need not be passed on."""
    text = bare(" ".join(made.text for made in calls))
    used = {digits(reading) for made in calls for reading in _passed(made)}
    unused = [
        f"{number[0]:g}"
        for number in asked.numbers
        if number[0] and not any(digits(reading) in used for reading in number)
    ]
    numbers = [number for number in dict.fromkeys(unused) if bare(number) not in text]
    lists = dict.fromkeys(_LIST.findall(asked.prompt)[:_MOST_NAMES])
    return numbers or [listed for listed in lists if bare(listed) not in text]


def _passed(made: Made) -> Iterator[float]:
    for number in figures(made.text):
        yield from number
    for leaves in made.leaves.values():
        yield from (leaf for leaf in leaves if type(leaf) is float)


def _names(asked: Asked) -> list[str]:
    """What is quoted, and what is written with a capital where that marks a name."""
    found = [one or other for one, other in _QUOTED.findall(asked.prompt)]
    for match in _NAMED.finditer(asked.prompt) if asked.language != "de" else ():
        words = match.group().split()
        opens = _OPENS.search(asked.prompt[max(0, match.start() - 3) : match.start()])
        if name := " ".join(words[1:] if opens else words):
            found.append(name)
    return list(dict.fromkeys(found))[:_MOST_NAMES]


def _unused_names(names: Sequence[str], calls: Sequence[Made]) -> list[str]:
    passed = "\n".join(made.text for made in calls)
    text = bare("\n".join([passed, *(text_of(made.tool) for made in calls)]))
    codes = frozenset(filter(is_code, map(bare, passed.split("\n"))))
    return [name for name in names if not _is_used(name, text, codes)]


def _is_used(name: str, text: str, codes: frozenset[str]) -> bool:
    whole = bare(name)
    if whole in text or any(len(word) > 3 and bare(word)[:5] in text for word in name.split()):
        return True
    return any(shortens(code, whole) or is_currency_of(code, name.lower()) for code in codes)


def _left_out(calls: Sequence[Made], asked: Asked) -> list[str]:
    """By any call that could take it."""
    units = frozenset(map(bare, _MEASURED.findall(asked.prompt)))
    wanted = {
        made.name: [n for n, shape in made.shapes.items() if _is_asked(n, shape, asked, units)]
        for made in {made.name: made for made in calls}.values()
    }
    left = [name for made in calls for name in wanted[made.name] if name not in made.leaves]
    return list(dict.fromkeys(left))


def _is_asked(name: str, shape: Mapping[str, Any], asked: Asked, units: frozenset[str]) -> bool:
    """The message has its name, one of its choices but the default, or its unit of measure."""
    about = telling(name)
    if about and about <= asked.telling:
        return True
    note = bare(note_of(shape))
    choices = {bare(choice) for choice in [*choices_of(shape), *_LISTED.findall(note_of(shape))]}
    usual = _DEFAULT.sub("default", note)
    for choice in choices - {bare(str(shape.get("default", "")))}:
        if len(choice) > 2 and choice in asked.bare and f"default{choice}" not in usual:
            return True
    return bool(units and _UNIT.search(name)) and not any(unit in note for unit in units)


def _repeated(calls: Sequence[Made]) -> list[str]:
    seen, again = set(), []
    for made in calls:
        if made.key in seen:
            again.append(made.name)
        seen.add(made.key)
    return again


def _split(calls: Sequence[Made]) -> list[str]:
    """Calls that differ only in the one item of a list."""
    items: dict[object, set[object]] = defaultdict(set)
    names: dict[object, str] = {}
    for made in calls:
        for name, value in made.call.arguments.items():
            if isinstance(value, list) and len(value) == 1:
                rest = tuple((k, v) for k, v in sorted(made.leaves.items()) if k != name)
                items[made.name, name, rest].add(made.leaves[name])
                names[made.name, name, rest] = name
    return [names[key] for key, several in items.items() if len(several) > 1]
