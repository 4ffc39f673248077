"""Whether a tool is for what was asked: what its description and the message have in common."""

from collections.abc import Iterator, Sequence

from chat.cascade.providers.base import ToolSpec
from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.calls.asked import Asked
from chat.cascade.quality.checks.calls.made import Made, choices_of, described, note_of, shapes_of
from chat.cascade.quality.checks.calls.words import stems, telling

_MOST_TOOLS = 64
_LONGEST = 3000
_WORDY = 14
"""Telling words of a message above which it tells a story around what it asks."""


def relevance(case: Case, calls: Sequence[Made], asked: Asked) -> Iterator[Finding]:
    """`purpose`: share of the words of a called tool's description that the message has (of the
    tool that has least). `unexplained`: share of a short message's words that are in no called
    tool and no argument. `other_tool`: how much better, -1 to 1, one that was not called fits.
    """
    called = {made.name: made.tool for made in calls}
    if not all(asked.can_be_compared_with(described(tool)) for tool in called.values()):
        return
    tool = min(called.values(), key=lambda tool: purpose(tool, asked))
    share = purpose(tool, asked)
    yield Finding("purpose", share, share > 0, _told(tool, asked))
    if 0 < len(asked.telling) <= _WORDY:
        yield _unexplained(calls, called.values(), asked)
    others = [tool for tool in case.tools[:_MOST_TOOLS] if tool["name"] not in called]
    if others and len(calls) == 1:
        best = max(others, key=lambda tool: fit(tool, asked))
        more = fit(best, asked) - fit(tool, asked)
        note = f"{best['name']} fits the message {'better' if more > 0 else 'no better'}."
        yield Finding("other_tool", more, more <= 0, note)


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


def _told(tool: ToolSpec, asked: Asked) -> str:
    about = _about(tool)
    shared = sum(_is_near(word, asked.stems) for word in about)
    return (
        f"The message has {shared} of the {len(about)} words that say what {tool['name']} is for."
    )


def _unexplained(calls: Sequence[Made], tools, asked: Asked) -> Finding:
    texts = [*map(text_of, tools), *(made.text for made in calls)]
    known = frozenset(stem for text in texts for stem in stems(text[:_LONGEST]))
    left = [word for word in asked.telling if not _is_near(word, known)]
    share = len(left) / len(asked.telling)
    note = f"{len(left)} of {len(asked.telling)} words of the message are in no call and no tool called."
    return Finding("unexplained", share, share < 0.5, note)


def text_of(tool: ToolSpec) -> str:
    """All that a tool says about itself."""
    parts = [tool["name"], described(tool)]
    for name, shape in shapes_of(tool).items():
        parts += [name, note_of(shape), *choices_of(shape)]
    return "\n".join(parts)[:_LONGEST]
