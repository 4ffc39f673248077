"""Words of any language cut down to stems, for telling what two texts have in common.

A stem is how a word begins: crude, but it needs no grammar, and it finds `deriv` in *derivative*
and *derive*, `berec` in *berechnen* and *Berechnung*. Where words are written without spaces,
pairs of characters serve.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

_STEM = 5
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")

_LITTLE = {
    "en": """
a an the this that these those it its i me my we us our you your he she his her they them their
is are was were be been being am do does did has have had having will would can could should may
might must shall and or but nor so if then than as of in on at to from by for with about into onto
over under between within during after before since until per via not no yes any some all each
every both either other another more most much many very just also too only own same such there
here what which who whom whose when where why how please help need needs want wants like let lets
tell give show get got find found make made know see use using used look looking im ive id
up out off down
""",
    "de": """
der die das den dem des ein eine einen einem einer und oder aber nicht ist sind bin ich mir mich
du dir wir uns sie ihr es er mit von zu zum zur auf im fur bei nach wie wer wo wann bitte
""",
    "fr": """
le la les un une des du de et ou mais est sont je moi tu te nous vous il elle ils elles dans sur
pour avec par que qui quoi quel quelle comment
""",
    "es": """
el los las una unos unas y o pero es son yo mi tu nosotros usted ustedes ellos en con por para del
al como cual quien que hace
""",
}
_VAGUE = """
calculate computes compute determine estimate retrieve fetch search lookup check query return
returns provide provides obtain given specified specific specify based certain particular
information info detail details data result results value values name names number numbers list
string default optional format function functions tool tools api method parameter parameters
argument following different various current currently user users type types kind item items
example examples input output identify generate create locate etc set
berechnen suchen finden holen zeigen calculer chercher trouver buscar calcular encontrar
"""


def plain(text: str) -> str:
    """In lower case, without accents, full-width forms as ordinary ones."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def stem(word: str) -> str:
    bare = word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word
    return bare[:_STEM]


_LANGUAGE_OF = {word: name for name, words in _LITTLE.items() for word in words.split()}
_STEMS_OF_VAGUE = frozenset(map(stem, _VAGUE.split()))


def stems(text: str) -> Iterator[str]:
    """In their order, with those of `snake_case` and `camelCase` names apart, little words not."""
    for word in _WORD.findall(plain(_CAMEL.sub(" ", text))):
        if _UNSPACED.search(word):
            yield from (word[at : at + 2] for at in range(max(1, len(word) - 1)))
        elif word not in _LANGUAGE_OF and (len(word) > 1 or not word.isascii()):
            yield stem(word)


@lru_cache(maxsize=1024)
def telling(text: str) -> frozenset[str]:
    """The stems that say what a text is about. Cached: a chat's tools are the same every turn."""
    return frozenset(stems(text)) - _STEMS_OF_VAGUE


@lru_cache(maxsize=1024)
def whole_words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(plain(_CAMEL.sub(" ", text))))


@lru_cache(maxsize=1024)
def language(text: str) -> str:
    """`en`, `de`, `fr` or `es` by its little words, `other` by its script; "" cannot tell."""
    letters = [letter for letter in text[:400] if letter.isalpha()]
    if sum(letter > "\u024f" for letter in letters) > len(letters) / 4:
        return "other"
    words = _WORD.findall(plain(text[:2000]))
    found = Counter(_LANGUAGE_OF[word] for word in words if word in _LANGUAGE_OF)
    return max(found, key=found.__getitem__, default="")
