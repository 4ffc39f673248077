"""Numbers of several words, as "twenty-five" and "zweihundertfünfzig", written in figures.

Read a word at a time they would be others: "twenty-five" would be twenty to five.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

_ONES: Final = (
    "one two three four five six seven eight nine",
    "ein zwei drei vier fünf sechs sieben acht neun",
    "uno dos tres cuatro cinco seis siete ocho nueve",
    "un deux trois quatre cinq six sept huit neuf",
)
_TEENS: Final = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno"
    " veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve",
    "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
)
_TENS: Final = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "vingt trente quarante cinquante soixante",
)
_HUNDREDS: Final = (
    "ciento doscientas trescientas cuatrocientas quinientas",
    "cien doscientos trescientos cuatrocientos quinientos",
)
_TIMES: Final = {
    "dozen": 12, "hundred": 100, "hundert": 100, "cent": 100, "cents": 100,
    "thousand": 1000, "tausend": 1000,
}  # fmt: skip
_READ_ANYHOW: Final = 12
"""Up to here a word is a number to `amounts` already, or something else: "once"."""


def in_figures(text: str) -> str:
    return _spelt().sub(_figures, text)


def _figures(spelt: re.Match[str]) -> str:
    values = _values()
    whole = part = 0
    for word in _word().findall(spelt.group().lower()):
        times = _TIMES.get(word, 0)
        part = max(part, 1) * times if times else part + values.get(word, 0)
        if times == 1000:
            whole, part = whole + part, 0
    return str(whole + part) if whole + part > _READ_ANYHOW else spelt.group()


@cache
def _spelt() -> re.Pattern[str]:
    """Compiled when first asked for: a start has other things to do."""
    return re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(_ways())})(?!\w)")


def _ways() -> Iterator[str]:
    en, de, es, fr = zip(map(_any, _ONES), map(_any, _TEENS), map(_any, _TENS), strict=True)
    one, teen, ten = en
    # "Twenty five-word sentences" are twenty.
    tens = rf"(?:{ten}(?:-{one}| {one}(?!-))?|{teen}|{one})"
    hundreds = rf"(?:(?:a|{one}) hundred(?: (?:and )?{tens}(?!-| hundred))?|{tens})"
    yield rf"(?:a|{hundreds}) thousand(?:,? (?:and )?{hundreds})?|{one} dozen|{hundreds}"
    one, teen, ten = de
    tens = rf"(?:{one}und{ten}|{teen}|{ten}|{one})"
    yield rf"(?:{one}?tausend)?{one}?hundert(?:und)?{tens}?|{one}?tausend|{tens}"
    one, teen, ten = es
    hundreds = _any(" ".join(_HUNDREDS))
    yield rf"(?:{hundreds} )?(?:{ten}(?: y {one})?|{teen})|{hundreds}"
    one, teen, ten = fr
    yield rf"(?:(?:{one} )?cents? )?(?:{ten}(?:-{one}| et une?)?|{teen})"


@cache
def _values() -> dict[str, int]:
    tables = ((_ONES, 1, 1), (_TEENS, 10, 1), (_TENS, 20, 10), (_HUNDREDS, 100, 100))
    return {
        word: first + step * at
        for rows, first, step in tables
        for row in rows
        for at, word in enumerate(row.split())
    }


@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"und|{_any(' '.join((*_values(), *_TIMES)))}")


def _any(words: str) -> str:
    """The longest first: "sixteen" begins with "six"."""
    return f"(?:{'|'.join(sorted(words.split(), key=len, reverse=True))})"
