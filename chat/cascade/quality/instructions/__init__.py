"""What a prompt asks of an answer's form, read into instructions that can be verified.

Readers look at a sentence at a time and read only what is plain: an instruction that was never
given would refuse good drafts.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from chat.cascade.providers.base import Message
from chat.cascade.quality.instructions.asking import asks
from chat.cascade.quality.instructions.counts import counts
from chat.cascade.quality.instructions.draft import Draft
from chat.cascade.quality.instructions.formats import formats, lists, markup
from chat.cascade.quality.instructions.given import choices, repeats
from chat.cascade.quality.instructions.instruction import Instruction, Kept, Reader
from chat.cascade.quality.instructions.layout import (
    highlights,
    placeholders,
    postscripts,
    quotations,
    titles,
)
from chat.cascade.quality.instructions.marks import absences, capitals
from chat.cascade.quality.instructions.parts import parts, sections, template
from chat.cascade.quality.instructions.places import ends, paragraph_starts
from chat.cascade.quality.instructions.terms import letters, terms
from chat.cascade.quality.instructions.tongues import tongues

__all__ = ["Draft", "Instruction", "Kept", "read_instructions"]

_READERS: Final[tuple[tuple[str, Reader], ...]] = (
    # One of these a sentence must have, in small letters, for its reader to look at it.
    (
        "word wort wört palabra mot 字 词 كلم sentence satz sätz oraci frase phrase 句 جمل paragr"
        " absatz absätz párraf 段 فقر char zeichen caract حرف أحرف line zeile líne ligne 行 سطر"
        " سطور stanza stroph estrofa bullet stich aufzähl viñeta puces 要点 نقاط hashtag emoji head"
        " überschrift question exclam",
        counts,
    ),
    ("highlight itali bold emphasi", highlights),
    ("placeholder platzhalter marcadores", placeholders),
    ("", terms),
    ("letter buchstabe letra lettre character symbol", letters),
    (
        "cap upper lower small grossb kleinb mayús minús majus minus word 大写 小写",
        capitals,
    ),
    (
        "comm komm coma virgul colon exclam ausruf question frageze dash parenth bracket quot emoji"
        " emotic hashtag bullet aufz stichp viñeta puces list table tabla tabelle head übersch"
        " markdown code asterisk link url line punct ponct punt satz 逗 分号 号 表 要点 فواصل فاصلة"
        " ترقيم",
        absences,
    ),
    ("", formats),
    ("xml html yaml", markup),
    (
        "list name give suggest provide write generate create share come recommend nenne nombra"
        " enumera cite gib liste zähl schlag empfiehl donne nomme propos dame dime sugiere"
        " recomienda top 列 给我 推荐 说出 اذكر عدد أعطني اقترح",
        lists,
    ),
    ("<< angular angle", titles),
    ("quot anführung comillas guillemets 引号 علامات", quotations),
    ("p.s p. p.p ps: script 附言 posdata nachschrift", postscripts),
    ("mark start begin not label titled named head indicat separat", sections),
    ("separat divid split break between getrennt trenn sépar 分 افصل", parts),
    (
        "end finish conclu close last start begin schließ schliess fang termin acaba empieza"
        " comienza commence finis 以 اختم أنه ابدأ",
        ends,
    ),
    ("paragraph", paragraph_starts),
    ("repeat repleat copy restate", repeats),
    ("answer respon répond repl say output choose contain antworte 回答", choices),
    ("", tongues),
)
_CUED: Final = [(tuple(cues.split()), reader) for cues, reader in _READERS]

_MERE_QUESTION: Final = re.compile(
    r"(?i)^(?:is|are|was|were|why|how|when|should|does|did|do|which|who|whose)\b"
    r"(?!.*\b(?:without|please)\b).*\?$"
)
_OF_QUESTIONS: Final = [row for row in _CUED if row[1] in (counts, formats, tongues)]
"""A question can ask for a length, a form or a language; the rest of it is its matter."""

_LASTING = re.compile(
    r"(?i)\b(?:always|never|from now on|for the rest|every (?:answer|response|reply)"
    r"|all (?:answers|responses|your)|immer|nie|ab jetzt|siempre|nunca|toujours|jamais)\b"
    r"|始终|总是|从现在|دائما|من الآن"
)

_OF_THE_ANSWER = re.compile(
    r"(?i)\b(?:answer|respon[ds]\w*|repl(?:y|ies)|explain|explanation|reasoning)\b"
    r"|[^\x00-\x7f]"
)


def read_instructions(
    prompt: str, history: Sequence[Message] = (), *, has_options: bool = False
) -> tuple[Instruction, ...]:
    """Those of the last user turn, and those set before it to last; of one family the later.

    Where a prompt lists options, most of it is the question's matter; only what names the answer
    is read.
    """
    found: dict[str, Instruction] = {}
    now = _read(prompt, _OF_THE_ANSWER if has_options else None)
    for instruction in (*now, *_lasting(history)):
        found.setdefault(instruction.family, instruction)
    if "parts" in found:  # paragraphs between marks may have blank lines in them
        for family in ("paragraphs", "items", "some parts"):
            found.pop(family, None)
    return tuple(found.values())


@lru_cache(maxsize=32)  # a draft is looked at several times while it is written
def _read(prompt: str, only: re.Pattern[str] | None = None) -> tuple[Instruction, ...]:
    return tuple(_asked(prompt, only))


def _asked(prompt: str, only: re.Pattern[str] | None) -> Iterator[Instruction]:
    for ask in asks(prompt):
        if not only or only.search(ask.text):
            readers = _OF_QUESTIONS if _MERE_QUESTION.search(ask.text) else _CUED
            found = [one for cues, reader in readers if ask.has(cues) for one in reader(ask)]
            # What a program is to do is not asked of the answer.
            yield from [one for one in found if one.family == "code"] or found
    if not only:
        yield from template(prompt)


def _lasting(history: Sequence[Message]) -> Iterator[Instruction]:
    """The operator's instructions hold throughout; a user's earlier ones where they say so."""
    for message in reversed(history):
        if message["role"] in ("system", "user"):
            yield from _read(message["content"], _LASTING if message["role"] == "user" else None)
