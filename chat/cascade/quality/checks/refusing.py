"""Whether a draft begins with what its model will not or cannot do, in the words models use for it.

That somebody is sorry, or cannot come, refuses nothing: comfort, corrections, letters and
translations say so. What counts is that the writer cannot do what an assistant is there to do.
"""

import re

from chat.cascade.quality.instructions.asking import QUOTED

_BEGINNING = 200
"""Characters that are looked at: an answer may well end with what it cannot know."""

_CANNOT = (
    r"(?:i (?:(?:simply|really|also|unfortunately|regretfully) )?(?:can(?:not| not|['\u2019]t)"
    r"|won['\u2019]t|will not|must decline to|am (?:unable|not (?:able|allowed|going)) to)"
    r"|i['\u2019]m (?:unable|not (?:able|allowed|going)) to)"
    r"(?: be able to)? (?:\w{1,20}ly |just |and won['\u2019]t )?"
)
_TASK = (
    r"(?:help(?! (?:but|it|myself|\w+ing)\b)|assist|answer|respond|provide|comply|fulfil\w{0,4}"
    r"|do (?:that|this|it|so)\b|discuss|engage|participate|predict|browse|share|offer|tell you"
    r"|give (?:you|advice|medical|legal|financial)|support (?:that|this|such)"
    r"|(?:complete|process|continue with|proceed with) (?:that|this|your|the)"
    r"|(?:write|create|generate|produce) (?:that|this|such|any|content|explicit|material))"
)
_REFUSAL = re.compile(
    rf"(?i)\b{_CANNOT}{_TASK}"
    r"|\bi (?:can(?:no|['\u2019])t|won['\u2019]t)[.!]"
    r"|\bi must decline\b|\bas an ai\b|\bsomething i (?:can['\u2019]t|cannot|won['\u2019]t) do\b"
    r"|\bagainst my (?:guidelines|principles|polic\w{1,3}|programming)\b"
    r"|\b(?:sorry|afraid),?(?: but)? (?:[^\s.!?]{1,30} ){0,8}?(?:unable|cannot|can['\u2019]t"
    r"|not (?:able|possible|designed|supported|available|allowed))\b"
    r"|\b(?:ich (?:kann|darf|werde)|(?:kann|darf|werde) ich)\b[^.!?\n]{0,60}?\bnicht\b"
    r"[^.!?\n]{0,30}?\b(?:(?:weiter)?helfen|behilflich|(?:be)?antworten|bearbeiten|erfüllen"
    r"|nachkommen|unterstützen)\b"
    r"|\bich kann (?:dir |ihnen )?(?:das|dabei) (?:leider )?nicht\b|\bich bin nicht in der lage\b"
    r"|\bje ne (?:peux|pourrai|suis) pas (?:en mesure |capable )?(?:de |d['\u2019])?"
    r"(?:(?:vous|te|y|lui) |[tl]['\u2019])?(?:aider|assister|répondre|fournir|accéder|traiter)"
    r"|\bno (?:puedo|podré|soy capaz de|me es posible) (?:ayudar|responder|contestar|proporcionar"
    r"|cumplir|asistir|atender)"
    r"|(?:我|抱歉|对不起|對不起)[^。\n]{0,10}(?:无法|無法|不能|没法|没办法)[^。\n]{0,8}"
    r"(?:回答|帮|幫|协助|協助|提供|满足|滿足|完成|处理|處理)"
    r"|(?:لا (?:أستطيع|استطيع|يمكنني)|غير قادر على)[^.!\u061f\n]{0,20}"
    r"(?:مساعد|الإجابة|الاجابة|تقديم|تلبية|الرد|القيام)"
)
_NO_ACCESS = re.compile(
    r"(?i)\bi do(?: not|n['\u2019]t) (?:know|have (?:access|enough"
    r"|(?:(?:any|real-time|current|specific) )?information))\b"
    rf"|\b{_CANNOT}(?:access|retrieve|fetch|search)\b"
)


def refuses(prompt: str, draft: str) -> str:
    """The words it refuses with, or ""."""
    return _found(_REFUSAL, prompt, draft)


def knows_nothing(prompt: str, draft: str) -> str:
    """The words with which it says that it cannot know, or ""."""
    return _found(_NO_ACCESS, prompt, draft)


def _found(pattern: re.Pattern[str], prompt: str, draft: str) -> str:
    beginning = QUOTED.sub("", draft[: 2 * _BEGINNING])[:_BEGINNING]
    found = pattern.search(beginning)
    return found.group() if found and not _is_wanted(prompt) else ""


_COMPOSES = re.compile(
    r"(?i)\b(?:translat|re-?writ|re-?phras|paraphras|write|draft|compose|proofread|correct|shorten"
    r"|say|mean|übersetz|schreib|formulier|heißt|tradu|écri|dit-on|escrib|redact|dice)|翻译|写|怎么说"
    r"|ترجم|اكتب"
)
_ONE = re.compile(
    r"(?i)\b(?:refus(?:al|e|ing|er)|declin(?:e|ing)(?! of)|reject(?:ion|ing)|apolog(?:y|i[sz])"
    r"|turn\w{0,3} down|absage|ablehn\w{0,5}|entschuldigung|excuses|rechaz\w{1,3}|disculpa)\b"
    r"|拒绝|道歉|رفض|اعتذار"
)
_MATTER = re.compile("[:\uff1a\"“„«\u2018\n]|(?<!\\w)'")
_SORRY = re.compile(
    r"(?i)\b(?:sorry|can(?:no|['\u2019])t|unable|don['\u2019]t know|do not know|leid|kann nicht"
    r"|weiß (?:es )?nicht|désolée?|ne (?:peux|sais) pas|siento|no (?:puedo|lo sé|sé))\b"
    r"|抱歉|对不起|不能|不知道|آسف|لا أستطيع"
)


def _is_wanted(prompt: str) -> bool:
    """Whether the prompt asks for a refusal, or for other words for one that it brings along."""
    asked = _COMPOSES.search(prompt)
    if not asked:
        return False
    matter = _MATTER.search(prompt, asked.end())
    return bool(_ONE.search(prompt) or (matter and _SORRY.search(prompt, matter.end())))
