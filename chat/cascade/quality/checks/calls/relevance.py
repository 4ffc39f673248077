"""Whether a tool is for what was asked: what its description and the message have in common."""

import re
from collections.abc import Iterable, Iterator, Sequence

from chat.cascade.providers.base import ToolSpec
from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.calls.asked import Asked
from chat.cascade.quality.checks.calls.figures import figures
from chat.cascade.quality.checks.calls.made import Made, choices_of, described, note_of, shapes_of
from chat.cascade.quality.checks.calls.words import stems, telling, whole_words

_PAIRS = """
low high, lower higher, lowest highest, least most, minimum maximum, min max, worst best
small large, smallest largest, shortest longest, slowest fastest, cheapest expensive
oldest newest, hot cold, sunset sunrise, freezing boiling, melting boiling, external internal
inside outside, start stop, open close, add remove, insert delete, create delete
increase decrease, encode decode, encrypt decrypt, compress decompress, import export
upload download, departure arrival, sender recipient, income expense, profit loss
debit credit, win lose, winner loser, first last, future past, birth death, male female
derivative integral, multiply divide, even odd, lock unlock, enable disable
dernier premier, meilleur pire, minimo maximo, comprar vender
hochste niedrigste, kleinste grosste
"""
_OPPOSITES = [pair.split() for line in _PAIRS.strip().splitlines() for pair in line.split(", ")]

_SUM = re.compile(r"(?=.*\d)(?=.*[-+*/^%(])[\d\s.,+*/^%()a-z-]+")
_QUERY = re.compile(r"(?i)(?:search_?)?(?:query|q|terms?|keywords?|phrase)")
_FITTING = 0.6
"""The share of words in common that a sum counts as, and a search for the message's words."""

_MOST_TOOLS = 64
_LONGEST = 3000
_MANY = 0.7
_WORDY = 14
"""Telling words of a message above which it tells a story around what it asks."""


def relevance(case: Case, calls: Sequence[Made], asked: Asked) -> Iterator[Finding]:
    """`purpose`: share of the words of a called tool's description that the message has (of the
    tool that has least). `opposite`: 1 if one has the opposite of a word of the message, else 0.
    `unexplained`: share of a short message's words that are in no called tool and no argument.
    `other_tool`: how much better, -1 to 1, one fits that was not called.
    """
    searching = [made for made in calls if _searches(made, asked)]
    worded = [made for made in calls if made not in searching and not _computes(made, asked)]
    if not worded:
        computes = "It computes with the numbers of the message."
        note = "It searches for words of the message." if searching else computes
        yield Finding("purpose", _FITTING, True, note)
        return
    calls = worded
    called = {made.name: made.tool for made in calls}
    if not all(asked.can_be_compared_with(described(tool)) for tool in called.values()):
        return
    yield _purpose(called.values(), asked)
    yield _opposite(called.values(), asked)
    if 0 < len(asked.telling) <= _WORDY:
        yield _unexplained(calls, called.values(), asked)
    others = [tool for tool in case.tools[:_MOST_TOOLS] if tool["name"] not in called]
    if others and len(calls) == 1:
        yield _other_tool(calls[0].tool, others, asked)


def _computes(made: Made, asked: Asked) -> bool:
    """Whether it passes on a sum of the message's numbers, which says by itself what it is for."""
    _, text = _only_text(made)
    if not _SUM.fullmatch(text[:500]):
        return False
    numbers = list(figures(text))
    return bool(numbers) and all(any(map(asked.has_number, number)) for number in numbers)


def _searches(made: Made, asked: Asked) -> bool:
    """Whether it looks at large for what the message has the words of, whatever that is about."""
    name, text = _only_text(made)
    if not _QUERY.fullmatch(name) or "search" not in made.name.lower():
        return False
    words = list(stems(text[:_LONGEST]))
    shared = sum(_is_near(word, asked.stems) for word in words)
    return 0 < len(words) <= 2 * shared


def _only_text(made: Made) -> tuple[str, str]:
    """Parameter and value, where one text is all that is passed on; else nothing."""
    leaves = [(name, leaf) for name, values in made.leaves.items() for leaf in values]
    match leaves:
        case [(name, str(text))]:
            return name, text
    return "", ""


def _purpose(tools: Iterable[ToolSpec], asked: Asked) -> Finding:
    tool = min(tools, key=lambda tool: purpose(tool, asked))
    about, share = _about(tool), purpose(tool, asked)
    shared = sum(_is_near(word, asked.stems) for word in about)
    note = f"The message has {shared} of {len(about)} words that say what {tool['name']} is for."
    return Finding("purpose", share, share > 0, note)


def _opposite(tools: Iterable[ToolSpec], asked: Asked) -> Finding:
    found = [pair for tool in tools for pair in _opposed(tool, asked)]
    note = f"The message says {found[0][0]}, the tool {found[0][1]}." if found else "No opposites"
    return Finding("opposite", float(bool(found)), not found, note)


def _opposed(tool: ToolSpec, asked: Asked) -> Iterator[tuple[str, str]]:
    """What the message says, and its opposite in the tool, where neither has both."""
    ours, theirs = whole_words(asked.prompt), whole_words(f"{tool['name']} {described(tool)}")
    for one, other in _OPPOSITES:
        for wanted, offered in ((one, other), (other, one)):
            if wanted in ours - theirs and offered in theirs - ours:
                yield wanted, offered


def _unexplained(calls: Sequence[Made], tools: Iterable[ToolSpec], asked: Asked) -> Finding:
    texts = [*map(text_of, tools), *(made.text for made in calls)]
    known = frozenset(stem for text in texts for stem in stems(text[:_LONGEST]))
    left = sum(not _is_near(word, known) for word in asked.telling)
    share = left / len(asked.telling)
    note = f"{left} of {len(asked.telling)} words of the message are in no call and no tool called."
    return Finding("unexplained", share, share < _MANY, note)


def _other_tool(tool: ToolSpec, others: Sequence[ToolSpec], asked: Asked) -> Finding:
    best = max(others, key=lambda other: fit(other, asked))
    more = fit(best, asked) - fit(tool, asked)
    fits = "better" if more > 0 else "no better"
    return Finding("other_tool", more, more <= 0, f"{best['name']} fits the message {fits}.")


def fit(tool: ToolSpec, asked: Asked) -> float:
    """0 to 1: the shares of a tool's name and of its description that the message has."""
    return (_share(telling(tool["name"]), asked) + purpose(tool, asked)) / 2


def purpose(tool: ToolSpec, asked: Asked) -> float:
    return _share(_about(tool), asked)


def _about(tool: ToolSpec) -> frozenset[str]:
    return telling(tool["name"]) | telling(described(tool))


def _share(words: frozenset[str], asked: Asked) -> float:
    if not words:
        return 0.5
    return sum(_is_near(word, asked.stems) for word in words) / len(words)


def _is_near(word: str, among: frozenset[str]) -> bool:
    return word in among or (len(word) > 4 and word[:4] in among)


def text_of(tool: ToolSpec) -> str:
    """All that a tool says about itself."""
    parts = [tool["name"], described(tool)]
    for name, shape in shapes_of(tool).items():
        parts += [name, note_of(shape), *choices_of(shape)]
    return "\n".join(parts)[:_LONGEST]
