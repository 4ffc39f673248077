"""Whether the working of a draft leads to the option it chooses.

By the last number reached, by the words it ends with, and by what the draft itself says of it: that
no option fits, that something was wrong.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.choice.chosen import Chosen, figures, words

_TAIL = 400
"""Characters at the end of the working that are taken for its conclusion."""


def working(seen: Chosen) -> Iterator[Finding]:
    if seen.working:
        yield from _says(seen.working)
        if seen.label:
            yield from _named_otherwise(seen)
            yield from _taken_up(seen)
            yield from _reached(seen)
    if seen.is_of_numbers and (seen.working or not seen.is_told):
        yield from _worked(seen)


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
    """`choice_computed`: the working's share of digits, where the options are numbers.
    `choice_equations`: the logarithm of their count."""
    digits = sum(map(str.isdecimal, seen.working)) / max(1, len(seen.working))
    note = f"{digits:.0%} of the working is figures." if digits else "Chooses without computing."
    yield Finding("choice_computed", digits, digits > 0, note)
    equations = seen.working.count("=")
    note = f"{equations} equations in the working."
    yield Finding("choice_equations", math.log1p(equations), True, note)


_TOLERANCE = 0.006
"""Relative: options are rounded."""


def _any_in(own: Sequence[float], ordered: Sequence[float]) -> bool:
    return any(_is_in(figure, ordered) for figure in own)


def _is_in(figure: float, ordered: Sequence[float]) -> bool:
    at = bisect_left(ordered, figure * (1 - _TOLERANCE) - 1e-12)
    return at < len(ordered) and ordered[at] <= figure * (1 + _TOLERANCE) + 1e-12
