"""Whether a draft is in the language of its question, where both show theirs plainly."""

import re
from collections.abc import Iterator, Mapping, Sequence

from chat.cascade.quality.case import Case, Finding
from chat.cascade.quality.instructions.asking import QUOTED
from chat.cascade.quality.instructions.language import NAMES, likelihoods, small_words
from chat.cascade.quality.instructions.tongues import english_name

_LONGEST_PROMPT = 600
_LOOKED_AT = 1500
"""Characters of a prompt, above which it brings a text along, and of a draft."""

_MAY_BE_WANTED = re.compile(
    r"(?i)translat|languag|lyrics|recite|\bquot|\bsing\b|\bsongs?\b|übersetz|sprach|zitat|liedtext"
    r"|\bmean(?:s|ing)?\b|bedeut|signifi|意思|معنى|يعني|\boriginal"
    r"|tradu|lang(?:ue|age)|idioma|lengua|\bcit(?:a|e|ation)|翻译|语|文|译|ترجم|لغة|"
    + "|".join(NAMES.values())
)
"""Another language than the question's, as far as the question goes."""

_BRINGS_ALONG = re.compile('[:\uff1a\n"“”„«»`「『]')
_NO_WORDS = re.compile(r"\\[A-Za-z]+|[A-Za-z](?![^\W\d_])(?<![^\W\d_][A-Za-z])")
"""Formulas, and letters alone, which are small words of some language or other."""

_FEWEST_WORDS = 8
_SHOWN_BY = 2
_LEAD = 4
"""Small words that show a question's language, and by which the draft's leads any of those."""

_MANY, _PROSE = 0.15, 0.2
"""Shares of small words: of a text that is in a language, and in what is written in sentences."""

_DIFFERENT = 3

_MOST_CAPITALS = 0.5
"""A share of words, above which they are names and titles, which are in any language."""


def tongue(case: Case) -> Iterator[Finding]:
    """`other_language`: 0 where it is in another; nothing is found where it is not or may be."""
    if len(case.prompt) > _LONGEST_PROMPT or case.calls:
        return
    draft = _NO_WORDS.sub(" ", case.draft[:_LOOKED_AT])
    words = draft.split() if " " in draft.strip() else [*draft]
    asked = likelihoods(_NO_WORDS.sub(" ", case.prompt))
    if len(words) < _FEWEST_WORDS or not asked:
        return
    expected = max(asked, key=lambda code: asked[code])
    if len(small_words(expected, draft)) > _MANY * len(words) or _are_names(words):
        return
    said = likelihoods(draft)
    best = max(said, key=lambda code: said[code], default="")
    own = _may_be_in(asked, len(case.prompt.split()))
    if best and own and best not in own:
        lead = said[best] - max(said.get(code, 0.0) for code in own)
        leads = lead * len(words) >= _LEAD and lead >= said[best] / 2
        if leads and _is_prose(best, said, draft) and not _may_be_wanted(case):
            note = f"It is in {english_name(best)}, and the question is not."
            yield Finding("other_language", 0.0, False, note)


def _may_be_wanted(case: Case) -> bool:
    if any(instruction.family == "language" for instruction in case.instructions):
        return True
    if _BRINGS_ALONG.search(case.prompt.strip()) or QUOTED.search(case.prompt):
        return True
    earlier = (str(message.get("content") or "")[:_LOOKED_AT] for message in case.history)
    return any(map(_MAY_BE_WANTED.search, (case.prompt, *earlier)))


def _are_names(words: Sequence[str]) -> bool:
    return sum(word[0].isupper() for word in words) > _MOST_CAPITALS * len(words)


def _is_prose(code: str, said: Mapping[str, float], draft: str) -> bool:
    """Sentences have several small words, and not one of them again and again."""
    told = set(small_words(code, draft))
    return said[code] == 1 or (said[code] >= _PROSE and len(told) >= _DIFFERENT)


def _may_be_in(scores: Mapping[str, float], words: int) -> list[str]:
    """The languages of which a question has half as much as of any; where it shows none, those of
    its script, and none where that is of the many that are written in Latin letters."""
    most = max(scores.values())
    if most * words < _SHOWN_BY:
        return [] if "en" in scores else [*scores]
    return [code for code, score in scores.items() if score * 2 >= most]
