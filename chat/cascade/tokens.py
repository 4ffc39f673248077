"""How many tokens a text is, where nobody who knows has said.

A count by kinds of characters, with weights fitted to the o200k encoding (GPT-4o and later); how
far it is off, by kind of text, is in docs/costs.md. Vendors' encodings differ by more than that on
languages other than English, so what rests on it is marked as an estimate.
"""

import math
import re

_LATIN = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_KANA, _HAN, _HANGUL = (
    r"\u3040-\u30ff",
    r"\u3400-\u9fff\uf900-\ufaff",
    r"\u1100-\u11ff\uac00-\ud7af",
)

_PIECES: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(f"[{_LATIN}]+"), 1.0),
    (re.compile(r"[0-9]{1,3}"), 1.6),  # the space before a number is a token of its own
    (re.compile(r"\s*\n\s*|[ \t]{2,}"), 1.1),
    (re.compile(r"[^\w\s]+|_+"), 0.76),
)
_CHARACTERS: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(f"(?<=[{_LATIN}]{{6}})[{_LATIN}]"), 0.1),
    (re.compile(f"(?<=[{_LATIN}]{{20}})[{_LATIN}]"), 0.4),  # no word: a key, a hash, base64
    (re.compile(r"[^\w\s]|_"), 0.06),
)
_BEYOND_ASCII: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]"), 0.3),
    (re.compile(f"[{_KANA}]"), 0.66),
    (re.compile(f"[{_HAN}]"), 0.8),
    (re.compile(f"[{_HANGUL}]"), 0.71),
    (re.compile(f"[^\\W\\d_{_LATIN}{_KANA}{_HAN}{_HANGUL}]"), 0.34),
    (re.compile(r"[\U00010000-\U0010ffff]"), 1.0),  # mostly emoji
)


def estimate_tokens(text: str) -> int:
    """Takes a millisecond for 5,000 characters."""
    counted = _PIECES + _CHARACTERS
    if not text.isascii():
        counted += _BEYOND_ASCII
    return math.ceil(sum(weight * len(kind.findall(text)) for kind, weight in counted))
