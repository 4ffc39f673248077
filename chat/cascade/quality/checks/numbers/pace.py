"""How a draft goes about it: at what length, in whose words, and how often it takes itself back."""

import math
import re
from collections.abc import Iterator

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.numbers.worked import Worked

_WORD = re.compile(r"[^\W\d_]{3,}")
_FEWEST_WORDS = 5
_STEM = 6
_CORRECTION = re.compile(
    r"(?i)\b(?=[a-w])(?:wait|however|let'?s (?:re|correct|try)|re-?(?:evaluat|consider|examin"
    r"|calculat|check)\w*|correct(?:ion|ing)|mistake|actually|oops|apolog\w+|sorry|incorrect|instead"
    r"|(?:not |im)possible|assum\w+|moment mal|allerdings|fehler|nochmal|espera|sin embargo|error"
    r"|corrij\w+|attendez|cependant|erreur|corrig\w+|en fait)\b|等等|不对|重新|错误|انتظر|لكن|خطأ"
)
_USUAL = frozenset(
    """
    the and for with that this each every how many much what does did was were are has have had his
    her him them they she from more than then will would there not but all any per one two who its
    into can get got now after before about also only out our you your when where which while been
    being same other over take takes took make makes made give gives gave left total answer need
    needs final therefore step find first next calculate
    """.split()
)


def pace(worked: Worked) -> Iterator[Finding]:
    question, working = worked.question, worked.working
    asked, said = math.log(1 + len(question)), math.log(1 + len(working))
    note = f"The question has {len(question)} characters, the working {len(working)}."
    yield Finding("question_length", asked, True, note)
    yield Finding("length_ratio", said - asked, True, note)
    yield from _new_words(worked)
    yield _corrections(working)
    figures = len(worked.arithmetic.figures)
    yield Finding("figures", math.log(1 + figures), True, f"{figures} numbers are written.")


def _new_words(worked: Worked) -> Iterator[Finding]:
    """`new_words`: the share of the working's words that the question does not have. Of scripts
    without spaces, and of the barest working, there are too few to tell."""
    asked, said = _stems(worked.question), _stems(worked.working)
    if len(said) < _FEWEST_WORDS or len(asked) < _FEWEST_WORDS:
        return
    share = len(said - asked) / len(said)
    yield Finding("new_words", share, True, f"{share:.0%} of the words are not the question's.")


def _stems(text: str) -> set[str]:
    return {word.rstrip("s")[:_STEM] for word in _WORD.findall(text.lower()) if word not in _USUAL}


def _corrections(working: str) -> Finding:
    """`corrections`: how often it doubts itself or assumes, to 4."""
    found = _CORRECTION.findall(working)
    note = "Goes straight on."
    if found:
        note = f"Turns back or assumes {len(found)} times, first with “{found[0]}”."
    return Finding("corrections", min(4, len(found)), not found, note)
