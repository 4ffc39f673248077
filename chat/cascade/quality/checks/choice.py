"""How a draft that chooses among options came to its choice.

What it chose, whether the working leads there (by its last number, by the words it ends with), and
whether the draft itself says that no option fits. `odds.py` looks at the options alone.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.options import chosen

SHORT = 40
"""Characters below which what stands before an answer is no working."""

_TAIL = 400
"""Characters at the end of the working that are taken for its conclusion."""

_FIGURES = 0.6
"""The share of options with a digit from which a question is one of numbers."""


@dataclass(frozen=True)
class Chosen:
    """A case of options, and what its draft makes of them."""

    case: Case

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """As the answer names them; of an answer that is not marked, the first or last line."""
        lines = self.case.draft.strip().split("\n")
        for text in (self.case.answer.final, lines[0], lines[-1]):
            if text and (labels := chosen(text, self.case.options)):
                return labels
        return ()

    @cached_property
    def label(self) -> str:
        return self.labels[0] if self.labels else ""

    @cached_property
    def working(self) -> str:
        """What stands before the answer; "" where that is too short to be any."""
        answer = self.case.answer
        text = (answer.working if answer.marked else self.case.draft).strip()
        return text if len(text) > SHORT else ""

    @cached_property
    def is_of_numbers(self) -> bool:
        options = self.case.options.values()
        return sum(any(map(str.isdecimal, text)) for text in options) > _FIGURES * len(options)

    @cached_property
    def words(self) -> Mapping[str, frozenset[str]]:
        return {label: words(text) for label, text in self.case.options.items()}

    @cached_property
    def shared(self) -> Counter[str]:
        """In how many options a word occurs."""
        return Counter(word for option in self.words.values() for word in option)

    @property
    def is_unexplained(self) -> bool:
        """Neither working nor the model's own confidence tells how good the choice is."""
        return not self.working and not (self.case.confidence and self.case.confidence.answer)


def choice(case: Case) -> Iterator[Finding]:
    """`choice_given`: the options named, none (0), one, or several (2)."""
    if not case.options:
        return
    seen = Chosen(case)
    count = min(2, len(seen.labels))
    yield Finding("choice_given", count, count == 1, _GIVEN[count].format(", ".join(seen.labels)))
    if seen.working:
        yield from _says(seen.working)
        if seen.label:
            yield from _named_otherwise(seen)
            yield from _taken_up(seen)
            yield from _reached(seen)
    if seen.working or seen.is_unexplained:
        yield from _worked(seen)


_GIVEN = ("Names none of the options.", "Chooses {}.", "Chooses several: {}.")

_MISFIT = re.compile(
    r"(?i)\bnone of (?:the|these|those)\b (?:\w{1,20} ){0,3}(?:options?|choices?|answers?|match)"
    r"|(?:\bnot|n['\u2019]t) (?:\w{1,20} ){0,3}(?:match|among|listed|any of the|in the options"
    r"|available|one of the)|\bclosest\b|\bno (?:option|choice|correct answer)\b"
    r"|\b(?:error|mistake|typo|issue|problem) (?:in|with) (?:the |our |my )?(?:\w{1,20} ){0,2}"
    r"(?:question|problem|options?|choices?|statement|calculations?)\b"
    r"|\bkeine (?:der|dieser) (?:optionen|antworten)|\bam nächsten\b|\bninguna de las (?:opciones"
    r"|respuestas)|\bmás cercan|\baucune des (?:options|réponses)|\bla plus proche\b"
    r"|没有(?:一个)?(?:选项|答案)|最接近|لا يوجد (?:خيار|إجابة)"
)
_CORRECTION = re.compile(
    r"(?i)\b(?:wait|however|actually|hmm+|let['\u2019]?s (?:try|re)|instead|correction|oops"
    r"|apologi[sz]e|re-?(?:examine|check|consider|evaluate|read|calculate)\w{0,4}|incorrect"
    r"|another approach|alternatively|but|moment mal|korrektur|sin embargo|en realidad"
    r"|cependant|en fait|toutefois)\b|等等|不对|重新|然而|لكن|انتظر"
)
_DOUBT = re.compile(
    r"(?i)\b(?:most (?:likely|plausible|reasonable|appropriate)|best (?:option|guess|fit)|seems?"
    r"|appears?|likely|probably|might|may|could|perhaps|possib\w{1,4}|unclear|suggests?|assum\w{1,5}"
    r"|without (?:more|further|additional)|insufficient|not enough|would be|if we|vermutlich"
    r"|wahrscheinlich|vielleicht|probablemente|quizás?|parece|probablement|peut-être|semble)\b"
    r"|可能|也许|大概|ربما|يبدو"
)
_SAYINGS = (
    ("choice_misfit", 3, _MISFIT, "Says {} times that no option quite fits."),
    ("choice_corrections", 4, _CORRECTION, "Turns back {} times in its working."),
    ("choice_doubts", 4, _DOUBT, "Hedges {} times in its working."),
)


def _says(working: str) -> Iterator[Finding]:
    """How often the working says that nothing fits, takes something back, hedges."""
    for name, most, pattern, note in _SAYINGS:
        count = sum(1 for _ in pattern.finditer(working))
        yield Finding(name, min(most, count), not count, note.format(count))


_NAMED = re.compile(
    r"(?:[(\uff08]|(?i:\b(?:option|choice|answer is|opción|réponse|antwort)) )([A-Z])\b"
)


def _named_otherwise(seen: Chosen) -> Iterator[Finding]:
    """`choice_others`: how many other options the working names by their letter."""
    named = set(_NAMED.findall(seen.working)) & set(seen.case.options) - {seen.label}
    note = f"Names {len(named)} other options on the way."
    yield Finding("choice_others", len(named), not named, note)


def _taken_up(seen: Chosen) -> Iterator[Finding]:
    """`choice_taken_up`: how much of the option's own words the conclusion has, less the best of
    the others', -1 to 1. `choice_words`: the same of the whole working, without the others."""
    if seen.is_of_numbers or not seen.words[seen.label]:
        return
    conclusion = _coverage(seen, seen.working[-_TAIL:])
    own = conclusion.pop(seen.label)
    margin = own - max(conclusion.values())
    note = "The working ends with the words of " + (
        "the option chosen." if margin >= 0 else "another option."
    )
    yield Finding("choice_taken_up", margin, margin >= 0, note)
    share = _coverage(seen, seen.working)[seen.label]
    yield Finding(
        "choice_words", share, True, f"{share:.0%} of the option's words are worked with."
    )


def _coverage(seen: Chosen, text: str) -> dict[str, float]:
    """By option, the share of its words that the text has; rarer among options weighs more."""
    size = len(seen.words)
    said = words(text)
    weight = {word: math.log((size + 1) / n) for word, n in seen.shared.items()}
    telling = {
        label: [word for word in option if seen.shared[word] < size]
        for label, option in seen.words.items()
    }
    return {
        label: sum(weight[word] for word in own if word in said)
        / max(0.1, sum(weight[word] for word in own))
        for label, own in telling.items()
    }


def _reached(seen: Chosen) -> Iterator[Finding]:
    """`choice_reached`: the last number is the chosen option's (1), another's (-1) or none's (0).
    `choice_numbers`: the share of the option's numbers that occur in the working."""
    found = figures(seen.working)
    own = figures(seen.case.options[seen.label])
    if not (seen.is_of_numbers and found and own):
        return
    others = [text for label, text in seen.case.options.items() if label != seen.label]
    last = found[-1:]
    value = 1 if _any_in(own, last) else -int(any(_any_in(figures(text), last) for text in others))
    yield Finding("choice_reached", value, value >= 0, _REACHED[value])
    ordered = sorted(found)
    share = sum(_is_in(figure, ordered) for figure in own) / len(own)
    note = f"{share:.0%} of the chosen option's numbers occur in the working."
    yield Finding("choice_numbers", share, share > 0, note)


_REACHED = {
    1: "The working ends with the number of the option chosen.",
    0: "The working ends with a number that is no option's.",
    -1: "The working ends with the number of another option.",
}


def _worked(seen: Chosen) -> Iterator[Finding]:
    """`choice_computed` and `choice_length_…`: the working's share of digits, and the logarithm of
    its length in characters; apart for numbers and words, where they mean different things."""
    size = len(seen.working)
    note = f"{size} characters of working." if size else "Shows no working."
    if not seen.is_of_numbers:
        yield Finding("choice_length_words", math.log1p(size), True, note)
        return
    yield Finding("choice_length_numbers", math.log1p(size), True, note)
    digits = sum(map(str.isdecimal, seen.working)) / max(1, size)
    note = f"{digits:.0%} of the working is figures." if digits else "Chooses without computing."
    yield Finding("choice_computed", digits, digits > 0, note)
    equations = seen.working.count("=")
    note = f"{equations} equations in the working."
    yield Finding("choice_equations", math.log1p(equations), True, note)


_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u4e00-\u9fff]+")


def words(text: str) -> frozenset[str]:
    """In small letters; of scripts without spaces each sign."""
    return frozenset(_WORD.findall(text.casefold()))


_NUMBER = re.compile(r"\d[\d.,]{0,40}")


def figures(text: str) -> list[float]:
    """1,234.5 and 1.234,5 alike; without signs, which options and working write differently."""
    return [_value(found.group().rstrip(".,")) for found in _NUMBER.finditer(text)]


def _value(written: str) -> float:
    """A mark before three digits is of thousands if it is a comma or comes again."""
    comma, dot = written.rfind(","), written.rfind(".")
    decimal = "," if comma > dot else "."
    if decimal == "," and dot < 0 and (written.count(",") > 1 or len(written) - comma == 4):
        decimal = "."
    if decimal == "." and written.count(".") > 1:
        decimal = ","
    whole, _, part = written.partition(decimal)
    digits = "".join(filter(str.isdecimal, whole)), "".join(filter(str.isdecimal, part))
    return float(f"{digits[0] or 0}.{digits[1] or 0}")


_TOLERANCE = 0.006
"""Relative: options are rounded."""


def _any_in(own: Sequence[float], ordered: Sequence[float]) -> bool:
    return any(_is_in(figure, ordered) for figure in own)


def _is_in(figure: float, ordered: Sequence[float]) -> bool:
    at = bisect_left(ordered, figure * (1 - _TOLERANCE) - 1e-12)
    return at < len(ordered) and ordered[at] <= figure * (1 + _TOLERANCE) + 1e-12
