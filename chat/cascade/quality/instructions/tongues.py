"""The language asked for: "in French", "auf Deutsch", "用中文回答"."""

import re
from collections.abc import Callable, Iterator

from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.instruction import (
    ALLOWED,
    LEFT_OPEN,
    Ask,
    Instruction,
    Kept,
    banned_within,
)
from chat.cascade.quality.instructions.language import NAMES, likelihoods

_ALL = "|".join(f"(?P<{code}>{names})" for code, names in NAMES.items())
_ASKED = re.compile(
    rf"(?:\b(?i:in|into|only|auf|ins|en|em|al|use|using|speak|contain|except)(?i:\s+(?:only"
    rf"|just|the|a|simple|plain|fluent|modern|standard|formal|informal|casual|colloquial"
    rf"|good|proper|everyday|easy|basic|perfect|correct|British|American|Brazilian|European"
    rf"|Mexican|Traditional|Simplified|nur|solo)){{0,3}}\s+|\b(?i:translate)\b[^.:\n]{{0,60}}?\b(?i:to)\s+|用|使用|以|译成|翻译成|翻译为|(?:ب"
    rf"|باللغة "
    rf"|إلى |إلى اللغة ))(?i:{_ALL})e?(?![A-Za-z-])"
)
_FOLLOWED_BY_A_NOUN = re.compile(
    r"\s+(?!(?:language|only|no|and|or|but|why|how|what|where|when|who|with|without|about"
    r"|on|to|for|of|using|please|in|as|that|which|then|translation|rather|instead"
    r"|throughout|is|are|the|a|an|at|from|by|words|y|und|et|except|because|if|so|en|con|de"
    r"|por|avec|sur|über|mit|sin|sans|under|using|like|bitte"
    r"|antworten|schreiben|sagen|erklären|übersetzen|formulieren)\b)[a-z]"
)
_PART_OF_A_NAME = re.compile(
    r"\s+(?!(?i:please|thanks?|and|or|but|about|for|on|in|with|without|using|as|to|the|an?|of|only|i)\b)"
    r"[A-Z][a-z]+"
)
"""A country or a quarter, as in "French Polynesia"."""
_WRITES = re.compile(
    r"(?i)\b(?:answer|respond|reply|replies|write|wrote|explain|describe|summari[sz]e|tell"
    r"|rewrite|create|compose|make|generate|use|using|speak|talk|response|answers"
    r"|translate|output|text|essay|story|poem|haiku"
    r"|give|provide|say|draft|rap|song|letter|joke|list|entirely|entire|only|antworten?"
    r"|schreib(?:en?)?|sag(?:en?)?|erklären?|übersetzen?|responde|escribe|explica|tradúce\w*|traduce|réponds|écris|explique"
    r"|traduis|should be|please|bitte|por favor|conversation|rephrase|riddle)\b"
    r"|回答|写|说|解释|翻译|译|أجب|اكتب"
    r"|اشرح|ترجم"
)
_CAN_YOU = re.compile(
    r"(?i)\W*(?:can|do|did|could) you (?:also |even |really )?(?:speak|understand)\b"
    r"(?!.*\bplease\b)"
)
_AGAIN = re.compile(r"(?i)\W*(?:(?:now|again|once more|the same|same|but|nochmal|jetzt)\b\W*)+")
_ASKS_ABOUT = re.compile(
    r"(?i)\bhow (?:do|would|can|to|does|did|is|are)\b|\bwhat(?:[’']s| is| are| does"
    r"| was)?\b[^.]{0,40}\b(?:word|called|mean|say|name|translation)\b|\b(?:words?"
    r"|phrases?|terms?|names?|books?|novels?|tenses?|verbs?|nouns?|adjectives?|pronouns?|movies?|sentences?"
    r"|prepositions?|adverbs?|subjunctive|conditional|articles work|cases|genders?|vowels?|accents?"
    r"|mistakes?|grammar|keyboard|text"
    r"|sentence written|essay|following|conversation) (?:(?!and )\w+ )?(?:written )?in\b|\bteach"
    r"|\blearn\w*|\bfluent\b|\bpronounce"
    r"|\bfrom [A-Z]\w+ (?:in)?to\b.*\band then\b|\b(?:wie|cómo|comment) (?:sagt|heißt"
    r"|se dice|dit-on|dit)\b|怎么说|كيف (?:نقول|تقول)|\b(?:lived?|born|class|course|degree"
    r"|majors?|interested|test|exam) in\b"
)
_BANNED = banned_within(20)
_OF_OTHERS = re.compile(
    r"(?i)\b(?:he|she|they|who|my \w+|(?:the|a|this|our) (?:customer|client|user|guest|boss|author"
    r"|sender)) (?:also |always )?(?:wrote|writes?|answers|answered|speaks?|spoke|replied|replies"
    r"|sent)\b[^.,;]{0,25}$"
    r"|\b(?:the|this|my|our|his|her) (?:[\w-]+ )?(?:letter|text|e-?mail|article|book|song|poem"
    r"|essay|story|lyrics|original|message|document|page|list|joke) (?:is|was|are|were|comes?)"
    r" (?:all |only |written |mostly )*$"
    r"|\b(?:who|whom|where|in which)\b[^.,;]*"
    r"\b(?:speaks?|says?|asks?|answers?|orders?|talks?|sings?)(?: only)? $"
    r"|^if\b[^,]*$|^(?:should|can|may|do) (?:i|we|one|people|they)\b[^.,;]*$"
)
_AND_MORE = re.compile(
    r"(?i)\btranslat\w*\b.*\b(?:and|then)\b|\bboth\b|\b(?:in|to|into) \w+ (?:and"
    r"|or) (?:in )?(?-i:[A-Z])\w+|\bstarts? with\b|\bbilingual\b|\bonly [^.]{0,20}words?\b"
)


def tongues(ask: Ask) -> Iterator[Instruction]:
    for found in _ASKED.finditer(ask.text):
        before, behind = ask.text[: found.start()], ask.text[found.end() :]
        if _PART_OF_A_NAME.match(behind) and not found.group().lower().startswith("translat"):
            continue
        if _CAN_YOU.match(ask.text) or _FOLLOWED_BY_A_NOUN.match(behind):
            continue
        if _ASKS_ABOUT.search(ask.text[: found.start() + 3]):
            continue
        if any(said.search(before) for said in (_BANNED, LEFT_OPEN, ALLOWED, _OF_OTHERS)):
            continue
        if _AND_MORE.search(ask.text) and not re.search(r"(?i)\bonly\b|no other", ask.text):
            continue
        if _WRITES.search(ask.text) or _AGAIN.fullmatch(before):
            code = found.lastgroup or ""
            yield Instruction("language", f"an answer in {english_name(code)}", _speaks(code))


def english_name(code: str) -> str:
    return re.split(r"[|(]", NAMES.get(code, code))[0]


_FEW_WORDS = 6
_LEAD = 2
"""Small words of two languages by which they must differ: most are words in several."""


def _speaks(code: str) -> Callable[[Draft], Kept]:
    def judge(draft: Draft) -> Kept:
        scores = likelihoods(draft.text)
        best = max(scores, key=lambda one: scores[one], default="")
        if not best or scores[best] == 0:
            return Kept(0.9, "does not show which")
        if code == best:
            return Kept(1.0, "")
        own, words = scores.get(code), draft.words.low
        if own is not None and (words < _FEW_WORDS or (scores[best] - own) * words < _LEAD):
            return Kept(0.9, "does not show which")
        close = own is not None and own >= 0.7 * scores[best]
        others = (score for one, score in scores.items() if one != best)
        is_plain = (scores[best] - max(others, default=0.0)) * words >= _LEAD
        said = english_name(best) if is_plain else "another language"
        return Kept(0.7 if close else 0.0, f"it is in {said}")

    return judge
