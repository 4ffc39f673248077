"""How a draft looks, whatever it was asked: empty, cut off, refusing, repeating, hedging, off the
topic. Every value is from 0 (bad) to 1 (good).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chat.cascade.quality.case import Case, Finding, excerpt
from chat.cascade.quality.checks.refusing import knows_nothing, refuses

EXCERPT = 8000
"""Characters of the beginning and of the end that are looked at for form."""

PASSING = 0.7

_Seen = tuple[float, str]
_Look = Callable[["Draft"], _Seen]


def form(case: Case) -> Iterator[Finding]:
    return _look(case, _LOOKS)


def form_so_far(case: Case) -> Iterator[Finding]:
    """What a draft that is still being written cannot take back; before a tool call it may say
    that it does not know."""
    return _look(case, (loop,) if case.tools else (refusal, no_access, loop))


def _look(case: Case, looks: Sequence[_Look]) -> Iterator[Finding]:
    draft = Draft(case, excerpt(case.prompt, 2 * EXCERPT), excerpt(case.draft, 2 * EXCERPT))
    for look in looks:
        value, note = look(draft)
        # That it cannot know can be honest where no tool is for it, but not once one was called.
        name = "gave_up" if look is no_access and case.goes_on else look.__name__
        yield Finding(name, value, value >= PASSING, note)


@dataclass(frozen=True, slots=True)
class Draft:
    """`prompt` and `text` are excerpts of the case's."""

    case: Case
    prompt: str
    text: str

    @property
    def has_ended(self) -> bool:
        return self.case.finish is not None


_SPECIAL = re.compile(r"<\|[^|<>\n]{1,30}\|>|</?s>|\[/?INST\]")
"""Marks between which models write, which are no text."""

_MARKS = re.compile(r"[\s.\u2026\u3002?\uff1f!\uff01,;:*_~`'\"-]*")
_ASKS_FOR_A_MARK = re.compile(
    r"(?i)punctuation|\b(?:marks?|symbols?|signs?|characters?|operators?|zeichen|signos?|signes?)\b|号|符"
)
_ECHO = 4
"""Words from which a draft that only repeats the prompt is none: people greet back."""


def empty(draft: Draft) -> _Seen:
    text = _SPECIAL.sub("", draft.text).strip()
    if draft.case.calls:
        return 1.0, "Has text"
    if not text:
        return 0.0, "There is no text."
    if _MARKS.fullmatch(text) and not _ASKS_FOR_A_MARK.search(draft.prompt):
        return 0.0, "There are only marks."
    words = text.casefold().split()
    if len(words) >= _ECHO and words == draft.prompt.casefold().split():
        return 0.0, "Only repeats the prompt."
    return 1.0, "Has text"


def truncated(draft: Draft) -> _Seen:
    text = draft.text.rstrip()
    if draft.case.finish == "length":
        return 0.0, "Cut off at the length limit."
    if len(draft.case.draft) <= 2 * EXCERPT and len(re.findall(r"(?m)^[ \t]{0,3}```", text)) % 2:
        return 0.2, "A code block is not closed."
    if text.endswith((",", "(", "[", "{", ":", "\u060c", "\u3001")):
        return 0.4, f"Ends in the middle, with “{text[-1]}”."
    return 1.0, "Ends properly"


def refusal(draft: Draft) -> _Seen:
    if draft.case.finish in ("refusal", "content_filter"):
        return 0.0, "The model refused, or a content filter stopped it."
    if said := refuses(draft.prompt, draft.text, has_ended=draft.has_ended):
        return 0.0, f"Begins like a refusal: “{said}”."
    return 1.0, "Does not refuse"


def no_access(draft: Draft) -> _Seen:
    if said := knows_nothing(draft.prompt, draft.text, has_ended=draft.has_ended):
        return 0.0, f"Says that it cannot know: “{said}”."
    return 1.0, "Does not say that it cannot know"


_MUCH = 0.5


def repetition(draft: Draft) -> _Seen:
    share = _said_before(draft.text)
    if share is None:
        return 1.0, "Too short to repeat itself"
    if share < _MUCH:
        return 1.0, "Does not repeat itself"
    return max(0.0, 1 - (share - _MUCH) / 0.3), f"{share:.0%} of the text was said before."


def _said_before(text: str) -> float | None:
    """The share of runs of four words (of eight characters, without spaces) said before."""
    words = re.findall(r"\w+", text.lower())
    runs: list[tuple[str, ...]] | list[str]
    if len(text) > 20 * max(1, len(words)):  # written without spaces
        joined = "".join(words)
        runs = [joined[at : at + 8] for at in range(len(joined) - 7)]
    else:
        runs = list(zip(*(words[at:] for at in range(4)), strict=False))
    return None if len(runs) < 20 else 1 - len(set(runs)) / len(runs)


_STRETCH = 1600
_STEP = 200
_REFRAIN = 50
_NOTHING_NEW = 0.7
"""Records, and lines of a page, of which one field changes, are two thirds as those before."""


def loop(draft: Draft) -> _Seen:
    """Whether it says one thing again and again for a stretch, wherever that is.

    What comes after does not mend it: so what ends a draft early is found in the whole one too, as
    both are looked at in the same places. But one that found an end may have kept all that it was
    told to keep; of that only the end counts.
    """
    text = draft.case.draft
    ends = [] if draft.case.instructions else [*range(_STRETCH, len(text) + 1, _STEP)]
    if draft.has_ended and len(text) >= _STRETCH:
        ends.append(len(text))
    if any(_is_loop(text[end - _STRETCH : end]) for end in ends):
        return 0.0, "Says the same again and again."
    return 1.0, "Comes to an end"


def _is_loop(stretch: str) -> bool:
    """Whether its last words come time after time and nothing new between them, as it does between
    the rules of a table and the fields of a record."""
    refrain = stretch[-_REFRAIN:]
    if stretch.count(refrain) < _STRETCH // (4 * _REFRAIN):
        return False
    if not _SAID.search(refrain):
        return not _SAID.search(stretch)
    share = _said_before(stretch)
    return share is None or share >= _NOTHING_NEW


_SAID = re.compile(r"\w")


_HEDGE = re.compile(
    r"(?i)\b(?=[mpicnah])(?:maybe|perhaps|possibly|probably|presumably"
    r"|i think|i believe|i guess|i suppose|might be"
    r"|could be|not (?:entirely |quite |completely )?(?:sure|certain)|as far as i know|if i recall"
    r"|hard to say|it (?:really )?depends|may or may not|i could be wrong)\b"
)
_SENTENCE_END = re.compile(r"[.!?\u3002\uff01\uff1f\u2026](?=\s|$)|\n+")


def hedging(draft: Draft) -> _Seen:
    hedges = len(_HEDGE.findall(draft.text))
    sentences = max(1, sum(1 for part in _SENTENCE_END.split(draft.text) if part.strip()))
    if hedges < 2:
        return 1.0, "Says what it says plainly"
    share = hedges / sentences
    value = 1.0 if share <= 0.25 else max(0.0, 1 - (share - 0.25) / 0.75)
    note = f"{hedges} hedges in {sentences} sentences."
    note = note if sentences > 1 else f"{hedges} hedges in one sentence."
    return value, note if value == 1 else f"Too many hedges: {note}"


_LATIN_WORD = re.compile(r"[a-z]{2,}")
_COMMON = frozenset(
    """
    the a an of to and in is are was were be for on with as it its that this these those by
    from at or not you your can will have has had do does did about into than then there their
    they what which who when where why how please could would should tell give make write
    explain describe list some more most very just like also all any each one two me my we us
    our i if but so between using use used need want know show find example answer question
    short brief words sentence sentences paragraph help
    """.split()
)
_FOREIGN_ANSWER = re.compile(
    r"(?i)\btranslat|\b(?:in|into|auf|en) (?:[A-Z][a-z]+(?:ish|ese|an|ch))\b"
)


def off_topic(draft: Draft) -> _Seen:
    """Whether a long English answer shares a single word stem with an English question."""
    asking, saying = _latin_words(draft.prompt), _latin_words(draft.text)
    asked, said = _stems(asking), _stems(saying)
    if _FOREIGN_ANSWER.search(draft.prompt) or len(asked) < 3 or len(said) < 25:
        return 1.0, "Not compared with the question"
    if not (_are_english(asking) and _are_english(saying)):
        return 1.0, "Not compared with the question"
    shared = len(asked & said)
    if not shared:
        return 0.0, "Shares no word with the question."
    return 1.0, f"Takes up {shared} of the question's {len(asked)} words"


def _latin_words(text: str) -> list[str]:
    return _LATIN_WORD.findall(text.lower())


def _stems(words: list[str]) -> set[str]:
    return {word[:4] for word in words if word not in _COMMON}


def _are_english(words: list[str]) -> bool:
    return sum(word in _COMMON for word in words) >= 0.15 * max(1, len(words))


_LOOKS: tuple[_Look, ...] = (
    empty,
    truncated,
    refusal,
    no_access,
    repetition,
    loop,
    hedging,
    off_topic,
)
