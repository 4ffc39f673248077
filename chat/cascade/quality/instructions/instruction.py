"""What an instruction is: what a prompt asks of the answer's form, if it can be counted or seen."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.numerals import in_figures


class Kept(NamedTuple):
    """How far a draft keeps an instruction, 0 to 1, and what it did instead ("has 83").

    A share between tells that it depends on how one counts.
    """

    share: float
    found: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """`asked` completes the sentence "Asked for …". Of two in one family the later turn's holds.

    One that is `final` cannot be kept any more once a beginning has broken it: a limit, a ban.
    """

    family: str
    asked: str
    judge: Callable[[Draft], Kept]
    final: bool = False


def yes_or_no(kept: bool, found: str) -> Kept:
    return Kept(float(kept), found)


def plain(text: str) -> str:
    """For comparing: without capitals, double spaces and the marks around it."""
    return " ".join(text.casefold().replace("’", "'").split()).strip("\"'“”*_ .")


_SO_FAR: Final = r"(?:(?! (?:but|just|only|sondern) )[^.,;:!?\n]){0,50}$"
LEFT_OPEN = re.compile(
    r"(?i)(?:(?:\bnot|n[’']t) (?:(?:have|need) to|matter|mind|feel)\b|\bneed(?:n[’']t| not)\b"
    r"|\bno need (?:to|for)\b"
    r"|\b(?:muss|musst|müssen|müsst|brauch(?:e|en|st|t))\b[^.,;:!?\n]{0,30}\bnicht\b)"
    rf"{_SO_FAR}"
)
"""To be searched for in what stands before: what follows is neither wanted nor banned."""

ALLOWED = re.compile(
    r"(?i)(?:\bfeel free to\b|\b(?:fine|ok|okay|all ?right) (?:if|to)\b"
    r"|\b(?:you|it|this|answer|response|reply|text|summary|essay|story|du|sie|es|antwort)"
    r" (?:may|might|can|could|darf(?:st)?|kann(?:st)?)\b"
    r"(?![’']| (?:not|only|never|nicht|nur|keine?n?)\b))"
    rf"{_SO_FAR}"
)
"""The same, of what is said to be welcome."""


def banned_within(characters: int) -> re.Pattern[str]:
    """To be searched for in what stands before: a "not" so near, with no comma or "but" between.
    "Don't forget to" and "Why don't you" ban nothing."""
    return re.compile(
        r"(?i)(?:\b(?:not|never|avoid|without|nicht)|n[’']t)\b"
        r"(?! (?:you|we|just|only|forget|fail|hesitate|worry)\b)"
        rf"(?:(?! (?:but|and|sondern) )[^.,;\n]){{0,{characters}}}$"
    )


NOT_JUST = re.compile(
    r"(?i)(?:\bnot|n[’']t|nicht) (?:just|only|merely|simply|nur|bloß)\b[^.,;\n]{0,20}$"
)
"""The same, of what is too little."""

_BANNED = banned_within(30)
_NONE = re.compile(
    r"(?i)\b(?:no|keine?n?|ohne|sin|sans) (?:[\w-]+ )?$"
    r"|\b(?:instead of|rather than|(?:an)?statt)\b[^.,;\n]{0,35}$"
)


def is_wanted(before: str) -> bool:
    """Of a form named behind `before`: neither banned there, left open nor merely allowed."""
    return not any(said.search(before) for said in (_BANNED, _NONE, LEFT_OPEN, ALLOWED))


def shows(mark: re.Pattern[str]) -> Callable[[Draft], Kept]:
    return lambda draft: yes_or_no(bool(mark.search(draft.text)), "and there is none")


@dataclass(frozen=True)
class Ask:
    """A sentence of the prompt. Each quotation in it is one character; `quotes` has its words.

    `before` and `after` are the sentences around it, `prompt` is the prompt as it was written.
    """

    text: str
    before: str
    after: str
    prompt: str
    quotes: Mapping[str, str]

    @cached_property
    def folded(self) -> str:
        return self.text.casefold()

    @cached_property
    def figures(self) -> str:
        """`text` with its numbers of several words in figures."""
        return in_figures(self.text)

    def has(self, cues: Collection[str]) -> bool:
        """Whether it is worth looking closer; without cues it always is."""
        return not cues or any(cue in self.folded for cue in cues)

    def unquoted(self, text: str) -> str:
        """`text` with its quotations put back."""
        return "".join(self.quotes.get(char, char) for char in text)


Reader = Callable[[Ask], Iterator[Instruction]]
