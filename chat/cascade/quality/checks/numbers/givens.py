"""Whether a draft uses what the question gives, in the sense in which it gives it."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from chat.cascade.quality.arithmetic import Equation, Figure
from chat.cascade.quality.case import Finding
from chat.cascade.quality.checks.numbers.worked import Worked, shown

_MOST = 5
_HALF = Fraction(1, 2)
_WORDS: dict[str, Fraction | int] = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "hundred": 100, "dozen": 12, "twice": 2, "double": 2, "doubled": 2, "triple": 3,
    "tripled": 3, "thrice": 3, "half": _HALF, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4,
    "fourth": 4, "fifth": 5,
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "doppelt": 2, "dreimal": 3, "hälfte": _HALF,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "doble": 2, "mitad": _HALF, "tercio": 3,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "moitié": _HALF, "tiers": 3, "douzaine": 12,
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_MORE = frozenset(
    """
    more older taller longer greater higher additional extra another heavier faster bigger
    larger
    """.split()
)
_LESS = frozenset(
    """
    fewer less younger shorter smaller lower cheaper below off discount slower lighter
    """.split()
)
_GAINS = frozenset(
    """
    buys bought gets got finds found receives received adds added earns earned wins won
    collects collected picks picked
    """.split()
)
_LOSES = frozenset(
    """
    eats ate gives gave loses lost spends spent sells sold uses used removes removed breaks
    broke dropped drops donates donated takes took fell pays paid owes
    """.split()
)
_SENSES = {"+": "added", "-": "taken away", "*": "multiplied with"}


def givens(worked: Worked) -> Iterator[Finding]:
    values, equations = worked.values, worked.arithmetic.equations
    if values:
        yield _unused(worked)
    yield _unused_words(worked)
    yield _contrary(worked)
    spare = max(-8, min(8, len(equations) - len(values)))
    note = f"{len(equations)} sums for {len(values)} given numbers."
    yield Finding("steps_spare", spare, True, note)


def worded(question: str) -> set[Fraction]:
    """The numbers that a question writes as words."""
    return {Fraction(_WORDS[word]) for word in _number_words(question)}


def _number_words(question: str) -> set[str]:
    return {word for word in _WORD.findall(question.lower()) if word in _WORDS}


def _unused(worked: Worked) -> Finding:
    """`given_unused`: numbers of the question that the draft never mentions."""
    unused = sorted(value for value in worked.values if not _is_among(worked.said, value))
    note = "Every number of the question is taken up."
    if unused:
        note = f"The question's {shown(unused[0])} is not used."
    return Finding("given_unused", min(_MOST, len(unused)), not unused, note)


def _unused_words(worked: Worked) -> Finding:
    """`words_unused`: the same of numbers that the question writes as words, `twice`, `a third`."""
    unused = [
        word
        for word in sorted(_number_words(worked.question))
        if not _is_among(worked.said, Fraction(_WORDS[word]))
    ]
    note = "No number that the question writes as a word is left out."
    if unused:
        note = f"The question's “{unused[0]}” does not show in the working."
    return Finding("words_unused", min(4, len(unused)), len(unused) < 2, note)


def _is_among(seen: set[Fraction] | frozenset[Fraction], value: Fraction) -> bool:
    """As it is, as a percentage or its share, or turned over: to halve is to divide by 2."""
    return (
        value in seen
        or value / 100 in seen
        or value * 100 in seen
        or (value > 0 and 1 / value in seen)
    )


def _contrary(worked: Worked) -> Finding:
    """`sign_contrary`: `5 fewer` added, `3 more` taken away; rightly so only now and then."""
    contrary = [
        (figure, sense)
        for figure in worked.given.figures
        if (sense := _sense(worked.given.text, figure))
        and (used := _signs_of(figure.value, worked.arithmetic.equations))
        and sense not in used
    ]
    note = "What is more is added, what is less taken away."
    if contrary:
        figure, sense = contrary[0]
        note = f"{shown(figure.value)} reads as if to be {_SENSES[sense]}, and is not."
    return Finding("sign_contrary", min(3, len(contrary)), not contrary, note)


def _sense(text: str, figure: Figure) -> str:
    """The sign that the words round a figure ask for, or ""."""
    after = _WORD.findall(text[figure.at : figure.at + 40].lower())[:3]
    before = _WORD.findall(text[max(0, figure.at - 25) : figure.at].lower())[-1:]
    if figure.is_percent:
        return ""
    if after[:1] == ["times"]:
        return "*"
    for words, more, less in ((after, _MORE, _LESS), (before, _GAINS, _LOSES)):
        if not more.isdisjoint(words):
            return "+"
        if not less.isdisjoint(words):
            return "-"
    return ""


def _signs_of(value: Fraction, equations: Sequence[Equation]) -> set[str]:
    used: set[str] = set()
    for equation in equations:
        signs = equation.signs.replace("/", "*")
        for at, operand in enumerate(equation.operands):
            if operand == value or (value and operand == 1 / value):
                used.add(signs[max(0, at - 1) : max(1, at)])
    return used
