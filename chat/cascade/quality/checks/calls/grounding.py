"""Whether what a call passes on comes from the conversation, or was made up to fill a gap."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.calls.asked import Asked, bare
from chat.cascade.quality.checks.calls.codes import is_code, is_currency_of, shortens
from chat.cascade.quality.checks.calls.figures import figures
from chat.cascade.quality.checks.calls.made import Made, choices_of, note_of
from chat.cascade.quality.checks.calls.words import stems

_GIVEN = 0.5
"""Share of a value that must be in the conversation, or it was made up."""

_TRANSLATED = 0.8
"""Share of a text below which, where message and tool are in two languages, nobody can tell."""

_TURNED = 0.4
"""Share of a number whose sign was turned."""

_MOST = 3

_PLACEHOLDER = re.compile(
    r"(?i)\s*(?:<[^<>]{0,60}>|\[[^\[\]]{0,60}\]|\{[^{}]{0,60}\}|n/?a|none|null|nil|unknown|tb[ad]"
    r"|todo|undefined|placeholder|\?{1,9}|\.{3}|x{3,9}|foo|bar|string|text|value|example|sample"
    r"|(?:your|my|some|any|users?|current|assigned)[ _-][\w -]{1,40})?\s*"
)
_RELATIVE = re.compile(
    r"(?i)\b(?:today|tonight|tomorrow|yesterday|now|next|last|past|this|upcoming|recent(?:ly)?"
    r"|weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)day|heute|morgen|gestern|jetzt|nächste[nrs]?"
    r"|hoy|mañana|ayer|próxim[oa]|demain|hier|aujourd|prochaine?)\b|今天|明天|昨天|下|اليوم|غدا"
)
_SIGNED = re.compile(r"-\d{1,12}(?:\.\d{1,12})?")
_FULL_HOUR = re.compile(r"(\d{1,2}):00(?::00)?")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d\d?[/.-]\d\d?[/.-]\d{2,4}")


_COMPOSED = re.compile(
    r"(?i)(?:^|_)(?:title|subject|headline|caption|body|text|content|message|comment|note|summary"
    r"|reply|email|post|story|poem|script|code|question|prompt)s?$"
)


@dataclass(frozen=True, slots=True)
class _Value:
    parameter: str
    value: str | float
    is_required: bool
    share: float
    reads: bool
    """Whether message and tool are in one language."""

    @property
    def can_be_compared(self) -> bool:
        """A text may be a translation of what was said; a number or a date less so."""
        if self.reads:
            return True
        has_letters = isinstance(self.value, str) and any(map(str.isalpha, self.value))
        return self.share >= (_TRANSLATED if has_letters else _GIVEN)


def grounding(calls: Sequence[Made], asked: Asked) -> Iterator[Finding]:
    """`grounded`: the least share, 0 to 1, of a value that the conversation gives.

    `invented`: how many values of required parameters it does not give, to 3.
    `placeholder`: how many stand for a value that is not known, to 3.

    Nothing is found where no value can be compared.
    """
    values = [value for made in calls for value in _values(made, asked)]
    if compared := [value for value in values if value.can_be_compared]:
        least = min(compared, key=lambda value: value.share)
        note = f"{_quoted(least)} is not in the conversation."
        said = "Every value passed on is in the conversation."
        is_given = least.share >= _GIVEN
        yield Finding("grounded", least.share, is_given, said if is_given else note)
        invented = [v for v in compared if v.is_required and v.share < _GIVEN]
        fault, fine = "Required values nobody gave: {}.", "No required value was made up."
        yield Finding.of_faults("invented", [*map(_quoted, invented)], _MOST, fault, fine)
    if values:
        stand_ins = [value for value in values if _stands_in(value.value, asked)]
        fault, fine = "Values that only hold a place: {}.", "No value only holds a place."
        yield Finding.of_faults("placeholder", [*map(_quoted, stand_ins)], _MOST, fault, fine)


def _quoted(value: _Value) -> str:
    shown = f"{value.value:g}" if isinstance(value.value, float) else f"“{value.value[:40]}”"
    return f"{value.parameter} = {shown}"


def _stands_in(value: str | float, asked: Asked) -> bool:
    if not isinstance(value, str) or not _PLACEHOLDER.fullmatch(value[:100]):
        return False
    return not value.strip() or bare(value) not in asked.bare


def _values(made: Made, asked: Asked) -> Iterator[_Value]:
    for name, leaves in made.leaves.items():
        shape = made.shapes.get(name, {})
        offered = frozenset(map(bare, [*choices_of(shape), str(shape.get("default", ""))]))
        noted = bare(note_of(shape))
        reads = asked.can_be_compared_with(made.description)
        steps = _in_even_steps(leaves)
        for leaf in (leaves[0], leaves[-1]) if steps else leaves:
            if isinstance(leaf, str | float) and not isinstance(leaf, bool):
                share = _share(leaf, asked, offered, noted)
                if share < 1 and _is_composed(name, leaf):
                    continue
                yield _Value(name, leaf, name in made.required, share, reads)


def _is_composed(parameter: str, leaf: str | float) -> bool:
    """Whether it is to be written anew, and so stands nowhere yet: a title, a message."""
    return isinstance(leaf, str) and len(leaf.split()) > 2 and bool(_COMPOSED.search(parameter))


def _in_even_steps(leaves: Sequence[object]) -> bool:
    """A list such as 2, 4, … 20 follows from its ends."""
    numbers = [leaf for leaf in leaves if type(leaf) is float]
    if len(numbers) < max(4, len(leaves)):
        return False
    step = numbers[1] - numbers[0]
    return all(abs(b - a - step) < 1e-9 for a, b in pairwise(numbers))


def _share(leaf: str | float, asked: Asked, offered: frozenset[str], noted: str) -> float:
    """Of what the schema itself names, a little less than all of it."""
    if isinstance(leaf, float):
        return _share_of_number(leaf, asked, offered, noted)
    whole = bare(leaf)
    if _SIGNED.fullmatch(leaf) and asked.turns(float(leaf)):
        return _TURNED
    if whole and whole in asked.bare:
        return 1.0
    if not whole or whole in offered:
        return 0.9 if whole else 0.0
    share = _share_of_text(leaf, asked)
    if "/" in leaf and " " not in leaf:  # Asia/Tokyo is told by Tokyo
        share = max(share, _share_of_text(leaf.rpartition("/")[2], asked))
    return max(share, 0.7) if len(whole) > 1 and whole in noted else share


def _share_of_number(leaf: float, asked: Asked, offered: frozenset[str], noted: str) -> float:
    written = bare(f"{leaf:g}")
    if asked.has_number(leaf):
        return _TURNED if asked.turns(leaf) else 1.0
    if written in offered:
        return 0.9
    if asked.follows(leaf):
        return 0.8
    return 0.6 if leaf in (0.0, 1.0) or (len(written) > 1 and written in noted) else 0.0


def _share_of_text(leaf: str, asked: Asked) -> float:
    if _DATE.search(leaf):
        return _share_of_date(leaf, asked)
    if hour := _FULL_HOUR.fullmatch(leaf):
        leaf = hour.group(1)
    found = [_has_stem(stem, asked) for stem in stems(leaf)]
    found += [float(any(map(asked.has_number, number))) for number in figures(leaf)]
    share = sum(found) / len(found) if found else 0.5
    return max(share, _abbreviates(bare(leaf), asked))


def _has_stem(stem: str, asked: Asked) -> float:
    if stem in asked.stems:
        return 1.0
    return 0.8 if len(stem) >= 4 and stem in asked.bare else 0.0


def _share_of_date(leaf: str, asked: Asked) -> float:
    """A date that was told by another (*next Friday*) cannot be followed: half."""
    numbers = list(figures(leaf.replace("-", " / ").replace(".", " / ")))
    found = sum(any(reading in asked.values for reading in number) for number in numbers)
    share = found / max(1, len(numbers))
    return max(share, 0.5) if _RELATIVE.search(asked.known) else share


def _abbreviates(code: str, asked: Asked) -> float:
    if not is_code(code):
        return 0.0
    words = asked.by_letter.get(code[0], ())
    is_known = code in asked.initials or any(shortens(code, word) for word in words)
    return 0.8 if is_known or is_currency_of(code, asked.known.casefold()) else 0.0
