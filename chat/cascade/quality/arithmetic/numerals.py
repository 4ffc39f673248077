"""Numbers as people write them: 1,234.5 and 1.234,5 and 1 234,5, in the digits of any script.

`plain` brings a text to one alphabet of digits and signs and takes LaTeX's clothes off, so that one
pass can read it. What separates thousands is told from the text that uses it.
"""

import re
from fractions import Fraction

LONGEST = 30
"""Digits beyond which a number is not read."""

_SIGNS = {
    "*": "\u00d7\u22c5\u00b7\u2219\uff0a",
    "/": "\u00f7\u2215\u2044\uff0f",
    "-": "\u2212\u2013",
    "+": "\uff0b",
    "=": "\uff1d",
    "%": "\uff05\u066a",
    "(": "\uff08",
    ")": "\uff09",
    ".": "\u066b",
    ",": "\u066c",
    ", ": "\uff0c\u060c",
    "'": "\u2019",
    " ": "\u00a0\u202f\u2009$\u00a3\u00a5\u20b9",
    " 1/2": "\u00bd",
    " 1/4": "\u00bc",
    " 3/4": "\u00be",
    " 1/3": "\u2153",
    " 2/3": "\u2154",
    "^2": "\u00b2",
    "^3": "\u00b3",
}
"""What is read, by all the ways to write it; signs of money are spaces but the
euro's, which tells how thousands are written."""

_DIGITS = {
    chr(zero + value): str(value)
    for zero in (0xFF10, 0x0660, 0x06F0, 0x0966)
    for value in range(10)
}
_ALPHABET = str.maketrans({way: sign for sign, ways in _SIGNS.items() for way in ways} | _DIGITS)

_WORDS = (
    ("等于", "="), ("乘以", "*"), ("除以", "/"), ("加上", "+"), ("减去", "-"), ("يساوي", "="),
    ("{,}", ","), ("\\,", ""), ("\\!", ""), ("\\;", " "), ("\\ ", " "), ("\\%", "%"),
    ("\\left", ""), ("\\right", ""), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"),
    ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\approx", "≈"), ("\\boxed", ""),
    ("\\(", " "), ("\\)", " "), ("\\[", "\n"), ("\\]", "\n"),
)  # fmt: skip
_DOUBLED = re.compile(r"\\\\(?=[a-zA-Z%,(\[)\]])")
_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox)\{([^{}]{0,200})\}")
_BOLD = re.compile(r"\*\*(?:(?<!\d\*\*)|(?![\d(]))|__|`")


def plain(text: str) -> str:
    text = _DOUBLED.sub(r"\\", text.translate(_ALPHABET))
    for written, meant in _WORDS:
        text = text.replace(written, meant)
    return _BOLD.sub("", _TEXT.sub(r" \1 ", text))


NUMBER = (
    r"\d{1,3}(?:[ ']\d{3})+(?![\d-])(?:[.,]\d+)?"
    r"|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)(?:,\d+)?"
    r"|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d+[.,]\d+|\d+|\.\d+"
)

_POINTS = re.compile(r"\d\.\d{1,2}(?!\d)|,\d{3}\.\d|\d,\d{3}(?!\d)|\.\d{4}")
_COMMAS = re.compile(
    r"(?<![(\d,.])\d+,\d{1,2}(?![\d,)])|\.\d{3},\d"
    r"|(?<![\d.,])[1-9]\d{0,2}\.\d{3} ?(?:€|(?:EUR|Euros?|euros?)\b)"
    r"|(?:€|\bEUR) ?[1-9]\d{0,2}\.\d{3}(?!\d|[.,]\d)"
)
"""The euro is not divided by a thousand: 1.200 € is no price with three decimals."""


_PARTED = re.compile(r"[.,]\d")
_THOUSANDS_OR_NOT = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?!\d|[.,]\d)")


def may_part_thousands(text: str) -> bool:
    """Whether a plain text has a 1.200, which is more than a thousand to half of the world."""
    return bool(_THOUSANDS_OR_NOT.search(text))


def has_decimal_commas(text: str) -> bool:
    """Whether a plain text writes 3,5 where others write 3.5."""
    if not _PARTED.search(text):
        return False
    return len(_COMMAS.findall(text)) > len(_POINTS.findall(text))


def read_number(written: str, *, decimal_commas: bool = False) -> tuple[Fraction, int] | None:
    """Its value and how many decimals it shows; None of one too long to be a quantity."""
    digits = written.replace(" ", "").replace("'", "")
    if len(digits) > LONGEST:
        return None
    whole, decimals = _parted(digits, decimal_commas)
    scale: int = 10 ** len(decimals)
    return Fraction(int(whole + decimals or "0"), scale), len(decimals)


def _parted(digits: str, decimal_commas: bool) -> tuple[str, str]:
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits, ""
    mark, after = digits[last], digits[last + 1 :]
    both = "." in digits and "," in digits
    thousands = len(after) == 3 and 0 < last <= 3 and mark == ("." if decimal_commas else ",")
    if digits.count(mark) > 1 or (thousands and not both):
        return digits.replace(mark, ""), ""
    return digits[:last].replace(".", "").replace(",", ""), after
