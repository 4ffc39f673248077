"""The words of a text that say what it is about."""

import re

_WORD = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W\d_\u3040-\u30ff\u4e00-\u9fff]+(?:'[^\W\d_]+)?"
)
_COMMON = frozenset(
    """
    a an and are at be by for he her him his in is it its of on she that the their there they this
    to was were with am an auf aus das dem den der des die ein eine einem einen einer er es im in
    ist mit sie sind und vom von war waren zu zum zur au aux de des du elle en est et il la le les
    un une al del el es fue los las por se son su una y
    """.split()
)
"""In any sentence of English, German, French or Spanish."""


def content_words(text: str) -> frozenset[str]:
    """In small letters, without figures and possessives; of scripts without spaces each sign."""
    plain = text.casefold().replace("\u2019", "'")
    return frozenset(word.removesuffix("'s") for word in _WORD.findall(plain)) - _COMMON
