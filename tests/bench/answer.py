"""What is asked and answered in every measurement, so that all systems do the same work.

A prompt says how long the answer is to be and how fast it comes, which the provider reads. Every
sixteenth token or so carries a mark of when it was sent, by which lag is measured through whatever
is between.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from random import Random

QUESTION = "Why are there two high tides a day, and why do they come later each day?"

ANSWER = """\
High tides come in pairs because the Moon pulls on the near side of the Earth more strongly than \
on its centre, and on the centre more strongly than on the **far side**.

The difference between these pulls stretches the ocean along the line to the Moon. Water is heaped \
up on both ends of that line:

1. On the near side it is drawn ahead of the solid Earth.
2. On the far side it is *left behind*, because the Earth itself is drawn away from it.
3. Between the two bulges the level sinks, and there it is low tide.

As the Earth turns once a day, each coast passes through both bulges, so most places see two high \
tides and two low ones.

## Why they come later

While the Earth turns, the Moon moves on in its orbit by about thirteen degrees a day. A coast has \
to turn a little further to catch up with it, which takes some `50 minutes`. So the next high tide \
comes about 12 hours and 25 minutes after the last one, and each day's tides are late by twice \
that quarter of an hour and a bit.
"""

_PLACES = "the bay|a harbour|the estuary|an open coast|the strait|a fjord|the shelf|the reef"
_CAUSES = "the Moon|the Sun|the wind|a low pressure|the river|the slope of the ground|friction"
_DOES = "raises|holds back|delays|turns|splits|weakens|doubles|hides|carries|narrows"
_THINGS = "the flood|the ebb|the second crest|the slack water|the spring tide|the neap tide|a wave"
_TIMES = "at noon|twice a month|in spring|after a storm|every hour|near the equinox|at night"


def _section(number: int) -> str:
    """More of it, for long answers: of the same kind, and never the same again."""
    rng = Random(number)

    def sentence() -> str:
        cause, does, thing = (rng.choice(words.split("|")) for words in (_CAUSES, _DOES, _THINGS))
        place, time = (rng.choice(words.split("|")) for words in (_PLACES, _TIMES))
        least, most = rng.randrange(2, 90), rng.randrange(100, 990)
        return f"In {place} {cause} {does} {thing} {time}, by {least} to {most} cm."

    listed = "".join(f"{place}. {sentence()}\n" for place in range(1, 4))
    told = " ".join(sentence() for _ in range(5))
    return f"\n\n## Case {number}\n\n{told}\n\n**{sentence()}**\n\n{listed}"


def _cut(text: str) -> list[str]:
    """About as tokenizers do."""
    return re.findall(r"\s*\S{1,6}", text)


def _tokens() -> Iterator[str]:
    sections = (_section(number) for number in count(1))
    return chain.from_iterable(map(_cut, chain([ANSWER], sections)))


LENGTH, RATE = 300, 50
"""Tokens of an answer, and how many come a second: what readers of real answers see."""

MARK_EVERY = 16
MARK = re.compile(r"⟦(\d+)⟧")


def mark(moment: float) -> str:
    """By `time.monotonic()`, which is one clock for all processes of a machine; to 0.1 ms."""
    return f"⟦{round(moment * 10_000)}⟧"


def moment(marked: str) -> float:
    return int(marked) / 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer: how many tokens, and how many of them a second."""

    tokens: int = LENGTH
    rate: int = RATE

    @property
    def prompt(self) -> str:
        return f"{QUESTION} (#{self.tokens}@{self.rate})"

    @property
    def words(self) -> list[str]:
        """Its tokens without marks."""
        return [*islice(_tokens(), self.tokens)]

    @property
    def text(self) -> str:
        return "".join(self.words).lstrip()

    @property
    def lasts_s(self) -> float:
        return self.tokens / self.rate


def wanted(request: str) -> Wanted:
    """By the last prompt in a request."""
    tokens, rate = re.findall(r"\(#(\d+)@(\d+)\)", request)[-1]
    return Wanted(int(tokens), int(rate))


def marked(words: list[str]) -> list[bool]:
    """Which of them carry a mark: the first, and then only letters, which no Markdown begins."""
    found, last = [], -MARK_EVERY
    for number, word in enumerate(words):
        is_marked = number - last >= MARK_EVERY and word[-1].isalpha()
        last = number if is_marked else last
        found.append(is_marked)
    return found


def is_whole(text: str, answer: str) -> bool:
    """Whether all of it came, once and in order; white space is Markdown's to change."""
    return _dense(MARK.sub("", text)) == _dense(answer)


def _dense(text: str) -> str:
    return "".join(text.split())
