"""Amounts as people write them: "at least five", "50 or fewer", "3 to 5", "höchstens drei".

A number is found together with its unit; what stands just before and just after tells the relation.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from chat.cascade.quality.instructions.draft import Span
from chat.cascade.quality.instructions.instruction import Kept, banned_within

MANY: Final = 10**9

_NUMBER_WORDS: Final = {
    1: "one|a single|single|einen?|einem|einer|eine|ein|una?|une|一|واحدة?",
    2: "two|both|zwei|dos|deux|两|二|اثنين|اثنتين",
    3: "three|drei|tres|trois|三|ثلاثة?",
    4: "four|vier|cuatro|quatre|四|أربعة?|اربعة?",
    5: "five|fünf|cinco|cinq|五|خمسة?",
    6: "six|sechs|seis|六|ستة?",
    7: "seven|sieben|siete|sept|七|سبعة?",
    8: "eight|acht|ocho|huit|八|ثمانية?|ثماني",
    9: "nine|neun|nueve|neuf|九|تسعة?",
    10: "ten|zehn|diez|dix|十|عشرة?",
    11: "eleven|elf|once(?= palabras| frases| líneas)|onze",
    12: "twelve|zwölf|doce|douze|a dozen",
    15: "fifteen|fünfzehn|quince|quinze",
    20: "twenty|zwanzig|veinte|vingt|二十|عشرين|عشرون",
    30: "thirty|dreißig|treinta|trente",
    40: "forty|vierzig|cuarenta|quarante",
    50: "fifty|fünfzig|cincuenta|cinquante|五十|خمسين|خمسون",
    100: "(?:a|one) hundred|hundert|cien|cent|一百|مئة|مائة",
    200: "two hundred|zweihundert|doscientas|deux cents|二百|两百",
    500: "five hundred|fünfhundert|quinientas|cinq cents|五百",
}
_VALUE: Final = [
    (re.compile(f"(?:{words})", re.IGNORECASE), value) for value, words in _NUMBER_WORDS.items()
]
_WORDS = "|".join(_NUMBER_WORDS[value] for value in sorted(_NUMBER_WORDS, reverse=True))
_LETTER = "[^\\W\\d_\u0600-\u06ff\u4e00-\u9fff]"
"""Chinese is written without spaces; Arabic puts small words before a number without one."""
NUMBER: Final = rf"(?:\d{{1,3}}(?:[,.]\d{{3}})+(?!\d)|\d{{1,6}}|(?:{_WORDS})(?!{_LETTER}))"

_PLURAL: Final = re.compile(r"(?<=[a-z])s(?![a-z])")
_TIMES: Final = {
    "once": 1, "twice": 2, "thrice": 3,
    "einmal": 1, "zweimal": 2, "dreimal": 3, "viermal": 4, "fünfmal": 5,
}  # fmt: skip
_TIMES_WORD: Final = "|".join(_TIMES)


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both allowed; `words` is how it was asked for, as "at least 5"."""

    low: int
    high: int
    words: str

    def judge(self, span: Span, found: str = "has {}") -> Kept:
        """Where it depends on how one counts, a minimum met on one reading is met, all but for a
        doubt; a limit is passed, all but for a doubt."""
        if span.high < self.low or self.high < span.low:
            share = 0.0
        else:
            share = 0.4 if self.high < span.high else 0.8 if span.low < self.low else 1.0
        return Kept(share, found.format(span.high if self.high < span.high else span.low))

    def of(self, nouns: str) -> str:
        """As "at most 5 bullet points" and "exactly 1 bullet point"."""
        one = self.words.endswith(" 1")
        return f"{self.words} {_PLURAL.sub('', nouns, count=1) if one else nouns}"

    @property
    def negated(self) -> "Range":
        """What "not" makes of it: not more than twice is at most twice."""
        return at_most(self.low - 1) if self.high == MANY else self


def exactly(number: int) -> Range:
    return Range(number, number, f"exactly {number}")


def only(number: int) -> Range:
    """As many as are seen at once; of more, which nobody counts, it is a limit."""
    return exactly(number) if number < _MANY_TO_SEE else at_most(number)


_MANY_TO_SEE: Final = 20


def at_least(number: int) -> Range:
    return Range(number, MANY, f"at least {number}")


def at_most(number: int) -> Range:
    return Range(0, number, f"at most {number}")


def under(number: int) -> Range:
    return Range(0, number - 1, f"fewer than {number}")


def over(number: int) -> Range:
    return Range(number + 1, MANY, f"more than {number}")


def about(number: int) -> Range:
    """A length asked for by a round number: four fifths of it will do, and half as much again."""
    return Range(number * 4 // 5, max(number + 1, number * 3 // 2), f"about {number}")


def between(low: int, high: int) -> Range:
    return Range(min(low, high), max(low, high), f"{low} to {high}")


_RELATIONS: Final = (
    # The longer first: "no more than" ends in "more than".
    (
        at_most,
        r"<=|≤|at (?:the )?most|no (?:more|longer|greater) than"
        r"|not (?:be )?(?:more|longer|greater) than"
        r"|(?:not|n[’']t|never) (?:exceed|go over|go beyond|use more than)(?:ing)?|up to"
        r"|max(?:imum|\.)?(?: of)?|within|limit(?: is| of)?:?|(?:limit|restrict|keep"
        r"|cap)(?:ed)?\b[^.;]{0,40} (?:to|at|within)"
        r"|höchstens|maximal|nicht (?:mehr|länger) als|bis zu|como (?:máximo|mucho)|máximo(?: de)?"
        r"|no más de|hasta|au (?:plus|maximum)|pas plus de|ne dépass\w+ pas"
        r"|最多|不超过|不多于|不要超过|لا (?:يزيد|تزيد) عن|لا (?:يتجاوز|تتجاوز)"
        r"|على الأكثر|بحد أقصى",
    ),
    (
        at_least,
        r">=|≥|at least|at minimum|no(?:t)? (?:fewer|less) than|(?:a )?min(?:imum|\.)?(?: of)?"
        r"|mindestens|wenigstens|al menos|como mínimo|mínimo(?: de)?|por lo menos|au (?:moins"
        r"|minimum)"
        r"|至少|不少于|最少|على الأقل|لا (?:يقل|تقل) عن",
    ),
    (
        under,
        r"<|(?:less|fewer|shorter) than|under|below|weniger als|unter|kürzer als|menos de|moins de"
        r"|少于|أقل من",
    ),
    (
        over,
        r"(?:more|longer|greater) than|over|above|exceed(?:ing)?|mehr als|über|länger als|más de"
        r"|plus de|超过|多于|أكثر من",
    ),
    (
        about,
        r"about|around|approximately|approx\.?|roughly|~|circa|ca\.|etwa|ungefähr|rund"
        r"|alrededor de|aproximadamente|unas|unos|environ|à peu près|大约|约|大概|حوالي|نحو",
    ),
    (
        exactly,
        r"exactly|precisely|genau|exakt|exactamente|exactement|正好|恰好|بالضبط",
    ),
    (
        only,
        r"only|just|nur|sólo|solo|seulement|只用?|فقط",
    ),
)
_PLACES: Final = (under, over)
"""Their words may say where: "the text below in 3 sentences" asks for three."""

_BEFORE: Final = [
    (
        make,
        re.compile(
            rf"(?i)(?:{words})\s*(?:(?:a )?(?:grand )?total of|the|of"
            rf"{'' if make in _PLACES else '|use|in'})?\s*$"
        ),
    )
    for make, words in _RELATIONS
]
_BANNED: Final = banned_within(20)
_OPPOSITE: Final = {over: at_most, under: at_least}
"""Of "don't write more than"."""

_AFTER: Final = (
    (
        at_least,
        r"\+|or (?:more|longer|above)|minimum|at (?:the )?least|and (?:up|above)|oder (?:mehr"
        r"|länger)"
        r"|o más|ou plus|以上|或更多|على الأقل|أو أكثر",
    ),
    (
        at_most,
        r"or (?:less|fewer|shorter|under|below)|max(?:imum)?\b|at (?:the )?most|tops|oder weniger"
        r"|o menos|ou moins|máximo|以内|以下|之内|على الأكثر|كحد أقصى|أو أقل",
    ),
    (about, r"左右|上下|تقريبا|or so\b"),
)
_BEHIND: Final = [(make, re.compile(rf"(?i)\s*(?:{words})")) for make, words in _AFTER]

_JOIN = r"\s?(?:-|–|—|to|and|or|bis|oder|und|y|o|a|à|et|ou|到|至|إلى|و|أو)\s?"


@dataclass(frozen=True, slots=True)
class Amount:
    """`stated` tells that a relation was named; without one the number stands bare."""

    range: Range
    stated: bool
    start: int
    end: int
    unit: str


def value_of(text: str) -> int:
    digits = re.sub(r"[,.\s]", "", text)
    if digits.isdecimal():
        return int(digits)
    return next((value for words, value in _VALUE if words.fullmatch(text)), 1)


class Finder:
    """Finds a number, or two of a range, and `unit` behind it.

    The unit is looked for first: most sentences have none, and that is soon seen. The number with
    it is compiled for the first that has one: for all units it took a fifth of a start.
    """

    def __init__(
        self, unit: str, *, between_them: str = r"(?:(?!\d|with\b|mit\b|con\b|avec\b)[\w-]+ ){0,2}?"
    ) -> None:
        self.unit = re.compile(unit, re.IGNORECASE)
        self._between_them = between_them

    @cached_property
    def amount(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?i)(?<!{_LETTER})(?<![\d$€£#.,:/-])(?P<low>{NUMBER})(?:{_JOIN}(?P<high>{NUMBER}))?"
            rf"(?P<more>\+| or (?:more|fewer|less))?(?:\s|-)?(?:个|句"
            rf"|条)?(?:(?:{self._between_them})(?P<unit>{self.unit.pattern}))"
            rf"(?!{_LETTER})"
        )


def amounts(finder: Finder, text: str) -> Iterator[Amount]:
    if finder.unit.search(text):
        for found in finder.amount.finditer(text):
            yield _amount(found, text)


def _amount(found: re.Match[str], text: str) -> Amount:
    low, end = value_of(found["low"]), found.end()
    before, behind = text[max(0, found.start() - 60) : found.start()], text[end : end + 30]
    if found["high"]:
        wanted, stated = between(low, value_of(found["high"])), True
    elif make := _relation(before, found["more"] or "", behind):
        wanted, stated = make(low), True
    else:
        wanted, stated = exactly(low), False
    return Amount(wanted, stated, found.start(), end, found["unit"].lower())


def _relation(before: str, more: str, behind: str) -> Callable[[int], Range] | None:
    for make, words in _BEHIND:
        if words.match(more) or words.match(behind):
            return make
    for make, words in _BEFORE:
        if said := words.search(before):
            is_banned = make in _OPPOSITE and _BANNED.search(before[: said.start()])
            return _OPPOSITE[make] if is_banned else make
    return None


_FREQUENCY: Final = re.compile(
    rf"(?i)(?:(?<!{_LETTER})(?P<low>{NUMBER})(?:{_JOIN}(?P<high>{NUMBER}))?(?P<more>\+"
    rf"| or (?:more|fewer|less))?"
    rf"\s?(?P<unit>(?:or more |or fewer |or less )?times?\b|Mal\b|veces\b|vez\b|fois\b|次|مرات|مرة)"
    rf"|\b(?P<word>{_TIMES_WORD})\b)"
)


def frequency(text: str) -> Range | None:
    """How often, as "at least twice" or "6 or 7 times"; the first that is said."""
    if not (found := _FREQUENCY.search(text)):
        return None
    if found["word"]:
        number = _TIMES[found["word"].lower()]
        before, behind = text[: found.start()], text[found.end() : found.end() + 30]
        make = _relation(before, "", behind)
        return make(number) if make else at_least(number)
    amount = _amount(found, text)
    return amount.range if amount.stated else at_least(amount.range.low)
