"""Whether a draft chooses one of the options, how it came to it, and what the options tell."""

from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.checks.choice.chosen import Chosen
from chat.cascade.quality.checks.choice.odds import odds
from chat.cascade.quality.checks.choice.working import working


def choice(case: Case) -> Iterator[Finding]:
    """`choice_given`: how many of the options it names: none (0), one, or several (2)."""
    if not case.options:
        return
    seen = Chosen(case)
    count = min(2, len(seen.labels))
    yield Finding("choice_given", count, count == 1, _GIVEN[count].format(", ".join(seen.labels)))
    yield from working(seen)
    yield from odds(seen)


_GIVEN = ("Names none of the options.", "Chooses {}.", "Chooses several: {}.")
