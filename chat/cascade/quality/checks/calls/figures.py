"""The numbers a text gives: in digits of any script and grouping, and as words."""

import re
from collections.abc import Iterator

_DIGITS = re.compile(r"\d+(?:[.,'\u2019\u066b\u066c]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'\u2019\u00a0\u202f\u066c ]\d{3})+(?:[.,\u066b]\d+)?")
_PART = re.compile(r"\d+")
_COMMA = re.compile(r"\d+[,\u066b]\d+")
_BETWEEN = re.compile(r"[,'\u2019\u00a0\u202f\u066c ]")
_LONGEST = 40
"""Characters of a number; what is longer is not one that anybody compares."""

_WORDS = {
    word: float(value)
    for value, names in {
        0: "zero null cero zéro",
        1: "once",
        2: "two twice both couple pair double zwei dos deux 二 两",
        3: "three thrice triple drei tres trois 三",
        4: "four vier cuatro quatre 四",
        5: "five fünf cinco cinq 五",
        6: "six sechs seis 六",
        7: "week woche semana semaine seven sieben siete sept 七",
        8: "eight acht ocho huit 八",
        9: "nine neun nueve neuf 九",
        10: "ten decade zehn diez dix 十",
        11: "eleven elf once onze",
        12: "twelve dozen zwölf doce douze",
        13: "thirteen",
        14: "fourteen fortnight",
        15: "fifteen",
        16: "sixteen",
        17: "seventeen",
        18: "eighteen",
        19: "nineteen",
        20: "twenty zwanzig veinte vingt",
        30: "thirty dreißig treinta trente",
        40: "forty vierzig",
        50: "fifty fünfzig",
        60: "sixty sechzig",
        70: "seventy",
        80: "eighty",
        90: "ninety",
        100: "hundred century hundert cien cent 百",
        1000: "thousand tausend mil mille 千",
        1e6: "million millions millón",
        1e9: "billion billions",
        0.5: "half halb halbe medio demi 半",
        0.25: "quarter",
    }.items()
    for word in names.split()
}
_NAME = re.compile(r"[^\W\d_]+")


def figures(text: str) -> Iterator[tuple[float, ...]]:
    """Each number in digits, in every way it can be read: `1,5` is 1.5, and 1 beside 5."""
    for found in _DIGITS.finditer(text):
        if len(written := found.group()) > 4 * _LONGEST:
            continue
        yield from _readings(written)


def _readings(written: str) -> Iterator[tuple[float, ...]]:
    if any(len(part) > _LONGEST for part in _PART.findall(written)):
        return
    if _GROUPED.fullmatch(written):
        yield _grouped(written)
    elif _COMMA.fullmatch(written):
        whole, rest = _PART.findall(written)
        yield (float(f"{whole}.{rest}"), float(whole), float(rest))
    else:
        for piece in _BETWEEN.split(written):
            parts = _PART.findall(piece)
            if len(parts) == 2:
                yield (float(".".join(parts)),)
            else:
                yield from ((float(part),) for part in parts)


def _grouped(written: str) -> tuple[float, ...]:
    """`1.234` may also be a little more than one, `100 200` two numbers."""
    parts, marks = _PART.findall(written), _PART.split(written)[1:-1]
    if len(parts) > 2 and marks[-1] != marks[0]:
        return (float("".join(parts[:-1]) + "." + parts[-1]),)
    joined = float("".join(parts))
    if marks[0] == " ":
        return (joined, *map(float, parts))
    return (joined, float(".".join(parts))) if len(parts) == 2 else (joined,)


def spelled(text: str) -> Iterator[float]:
    """Number words, each by itself, and `twenty-five` also as one."""
    tens = 0.0
    for word in _NAME.findall(text.lower()):
        value = _WORDS.get(word)
        if value is None:
            tens = 0.0
            continue
        yield value
        if tens and 1 <= value <= 9:
            yield tens + value
        if value in (100, 1000, 1e6, 1e9) and tens:
            yield tens * value
        tens = value if value in range(1, 91) else 0.0
