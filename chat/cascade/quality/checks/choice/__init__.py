"""Whether a draft chooses one of the options, how it came to it, and what the options tell."""

import re
from collections.abc import Iterator

from chat.cascade.quality.case import Case, Finding, excerpt
from chat.cascade.quality.checks.choice.chosen import Chosen
from chat.cascade.quality.checks.choice.odds import odds
from chat.cascade.quality.checks.choice.working import working


def choice(case: Case) -> Iterator[Finding]:
    """`choice_given`: how many of the options it names: none (0), one (or those that were asked
    for), or several (2)."""
    if not case.options:
        return
    seen = Chosen(case)
    most = 1 if _ALL_ASKED.search(excerpt(case.prompt, _LONGEST)) else 2
    count = min(most, len(seen.labels))
    yield Finding("choice_given", count, count == 1, _GIVEN[count].format(", ".join(seen.labels)))
    yield from working(seen)
    yield from odds(seen)


_LONGEST = 8000
_ALL_ASKED = re.compile(
    r"(?i)\ball (?:that|which) apply\b"
    r"|\b(?:all|two|three) (?:correct|right|true) (?:answers|options)\b"
    r"|\b(?:select|choose|pick|check|mark) (?:all|every|two|three)\b|\balle (?:zutreffend|richtig)"
    r"|\btodas las\b|\btoutes les (?:bonnes )?réponses\b|多选|所有(?:正确|适用)"
)
_GIVEN = ("Names none of the options.", "Chooses {}.", "Chooses several: {}.")
