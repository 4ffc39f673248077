"""Whether a draft begins with what its model will not or cannot do, in the words models use for it.

That somebody is sorry, or cannot come, refuses nothing: comfort, corrections, letters and
translations say so. What counts is that the writer cannot do what an assistant is there to do, and
does not then do it all the same. Asked what it is, an assistant answers with what it cannot.
"""

import re
from functools import lru_cache

from chat.cascade.quality.instructions.asking import QUOTED

_BEGINNING = 200
"""Characters that are looked at: an answer may well end with what it cannot know."""

_CANNOT = (
    r"(?:i (?:(?:simply|really|also|unfortunately|regretfully) )?(?:can(?:not| not|['\u2019]t)"
    r"|won['\u2019]t|will not|must decline to"
    r"|am (?:unable|not (?:able|allowed|going|in a position)) to)"
    r"|i['\u2019]m (?:unable|not (?:able|allowed|going|in a position)) to)"
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
    r"|\bsomething i(?:['\u2019]m| am) (?:not |un)able to (?:assist|help|answer|do)\b"
    r"|(?:\bnot|n['\u2019]t) something i(?:['\u2019]m| am) able to (?:assist|help|answer|do)\b"
    r"|\bi(?:['\u2019]m| am) not comfortable (?:with )?(?:writing|creating|generating|providing"
    r"|answering|discussing|helping)\b"
    r"|\A\W*i(?:['\u2019]d| would) rather not (?:write|create|answer|discuss|provide|help)\b"
    r"|(?:\bnot|n['\u2019]t) be appropriate for me to (?:answer|respond|help|provide|discuss"
    r"|write)\b"
    r"|\bagainst my (?:content |usage |safety )?"
    r"(?:guidelines|principles|polic\w{1,3}|programming)\b"
    rf"|\b(?:sorry|afraid),?(?: but)? {_CANNOT}(?:execute|run|open|perform|determine|identify"
    r"|explain|tell you|say (?:why|what|who|whether|how|when|where|which)"
    r"|write|create|compose|generate|produce|draw|translate|summari[sz]e|explain|recommend"
    r"|continue|verify|talk about|solve|look (?:that|this|it|up)"
    r"|understand (?:your|the|this|that)|(?:find|locate) (?:any|the|that|this|your)"
    r"|(?:see|read|make|find) (?:this|that|your))\b"
    r"|\b(?:sorry|afraid),?(?: but)? (?:it|that|this)(?: is|['\u2019]s) not (?:possible|supported"
    r"|available|allowed)\b"
    r"|\bsorry,?(?: but)? the (?:[^\s.!?]{1,30} ){1,6}?is not (?:possible|supported|designed)\b"
    r"|\b(?:ich (?:kann|darf|werde)|(?:kann|darf|werde) ich)\b[^.!?\n]{0,60}?\bnicht\b"
    r"[^.!?\n]{0,30}?\b(?:(?:weiter)?helfen|behilflich|(?:be)?antworten|bearbeiten|erfüllen"
    r"|nachkommen|unterstützen)\b"
    r"|\b(?:darf|kann) ich (?:dir |ihnen )?(?:leider )?keine (?:auskunft|hilfe|anleitung"
    r"|informationen) (?:geben|erteilen|leisten|anbieten)\b"
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


def refuses(prompt: str, draft: str, *, has_ended: bool) -> str:
    """The words it refuses with, or ""."""
    return _found(_REFUSAL, prompt, draft, has_ended)


def knows_nothing(prompt: str, draft: str, *, has_ended: bool) -> str:
    """The words with which it says that it cannot know, or ""."""
    return _found(_NO_ACCESS, prompt, draft, has_ended)


_OPENED = re.compile(r"(?<!\w)[\"\u201c„«「].*", re.DOTALL)
_BUT = r"(?:but|however|aber|jedoch|mais|pero|sin embargo)\b"
_HELPS = re.compile(
    rf"(?i)[^.!?,;\n]{{0,80}}(?:[,;] {_BUT},? |\uff0c(?:但是?|不过)|، لكن )"
    r"(?!(?:i|you|feel|if|please|let|there|perhaps|maybe|thank|ich|sie|du|wenn|je|vous|tu|si|puedo"
    r"|puedes|usted)\b|我|你|您|请)\w+ ?\w"
)
"""A caveat, and then the answer; not an offer of something else."""
_IS_SAID = re.compile(rf"[.!?\n\u3002\uff01\uff1f\u061f]|[,;] (?!{_BUT})\w+\W")


@lru_cache(maxsize=256)
def _first(pattern: re.Pattern[str], start: str) -> re.Match[str] | None:
    """Cached: a draft is looked at many times while it is written, and begins but once."""
    return pattern.search(_OPENED.sub("", QUOTED.sub("", start))[:_BEGINNING])


def _found(pattern: re.Pattern[str], prompt: str, draft: str, has_ended: bool) -> str:
    found = _first(pattern, draft[: 2 * _BEGINNING])
    if not found or _HELPS.match(found.string, found.end()) or _is_wanted(prompt, found.group()):
        return ""
    is_said = has_ended or bool(_IS_SAID.search(found.string, found.end() - 1))
    return found.group() if is_said else ""


_COMPOSES = re.compile(
    r"(?i)\b(?:translat|re-?writ|re-?phras|paraphras|write|draft|compose|proofread|correct|shorten"
    r"|say|mean|tell|text|message|e-?mail|übersetz|schreib|formulier|heißt|tradu|écri|dit-on"
    r"|escrib|redact|dice)|翻译|写|怎么说"
    r"|ترجم|اكتب"
)
_ONE = re.compile(
    r"(?i)\b(?:refus(?:al|e|ing|er)|declin(?:e|ing)(?! of)|reject(?:ion|ing)|apolog(?:y|i[sz])"
    r"|turn\w{0,3} down|absage|ablehn\w{0,5}|entschuldigung|excuses|rechaz\w{1,3}|disculpa)\b"
    r"|拒绝|道歉|رفض|اعتذار"
)
_MATTER = re.compile("[:\uff1a\"“„«\u2018\n]|(?<!\\w)'")
_SORRY = re.compile(
    r"(?i)\b(?:sorry|can(?:no|['\u2019])t|unable|not able|won['\u2019]t|don['\u2019]t know"
    r"|do not know|leid|kann nicht"
    r"|weiß (?:es )?nicht|désolée?|ne (?:peux|sais) pas|siento|no (?:puedo|lo sé|sé))\b"
    r"|抱歉|对不起|不能|不知道|آسف|لا أستطيع"
)


_HELP = re.compile(
    r"(?i)help|assist|answer|provide|know|helf|antwort|weiß|aide|répond|sa(?:is|ve)\b|ayud|respond"
    r"|contest|\bsé\b|帮|幫|助|回答|提供|知道|مساعد|الإجابة|أعرف"
)
_SAYS_THAT = re.compile(
    r"(?i)\b(?:say(?:ing)?|that|tell \w+(?: \w+)?|if|because|why|to say) i(?:['\u2019]m)? "
    r"(?:can(?:no|['\u2019])t|won['\u2019]t|unable|(?:am )?not able)\b"
    r"|\bdass ich [^.?!\n]{0,60}\bnicht\b|\bque (?:je|j['\u2019]) ?ne (?:peux|pourrai)\b"
    r"|\bque no puedo\b"
    r"|说我[^。\n]{0,12}不能|(?:أنني|أني|إنني) لا أستطيع"
)
_OF_ITSELF = re.compile(
    r"(?i)\W{0,3}(?:(?:can|could) you (?:really |actually |even )?(?:access|browse|surf|go online"
    r"|connect"
    r"|see|hear|remember|learn|feel|think|sleep|dream|eat|taste|smell|search the"
    r"|use the internet)\b"
    r"|(?:are|were) you (?!able|sure|going|willing|ready)|who (?:are|made|created|built"
    r"|trained) you\b"
    r"|do you (?:(?:really|ever|actually) )?(?:dream|sleep|eat|feel|think|remember|learn|exist"
    r"|love|breathe"
    r"|have (?:an? )?(?:feelings?|emotions?|body|name|opinions?|memory|soul|consciousness|family"
    r"|access)"
    r"|know (?:me|my|who i|where i))\b|what (?:can(?:no|['\u2019])t you|can you not|are) (?:do"
    r"|you)\b"
    r"|(?:who am i|what(?: is|['\u2019]s) my (?:name|age|birthday))\b|(?:what|where|when) did i\b"
    r"|(?:kannst du|können sie) [^.?!\n]{0,40}(?:zugreifen|surfen|sehen|hören|fühlen|träumen"
    r"|schlafen)\b"
    r"|(?:bist|träumst|schläfst|fühlst) du\b|weißt du,? (?:wer ich|wie ich|meinen?)\b"
    r"|wie heiße ich\b"
    r"|(?:peux-tu|pouvez-vous|tu peux|est-ce que tu peux) (?:accéder|naviguer|voir|entendre|rêver"
    r"|dormir)"
    r"|(?:es|rêves|dors)-tu\b|(?:puedes|puede) (?:acceder|navegar|ver|oír|soñar|dormir|sentir)\b"
    r"|(?:eres|sueñas|duermes)\b|你(?:能|会|可以)?(?:上网|联网|访问|浏览|看|听|做梦|睡|吃|感)|你是"
    r"|هل (?:يمكنك|تستطيع) (?:الوصول|الدخول|تصفح|رؤية|سماع)|هل (?:أنت|تحلم|تنام))"
)
"""What an assistant is and can, and what only the asker knows."""


_NOT_POSSIBLE = re.compile(r"(?i)\bnot (?:possible|supported|available|allowed|designed)$")
_WHETHER = re.compile(
    r"(?i)\b(?:(?:can|could|may) (?:i|you|we|one|he|she|it|they|people)"
    r"|is (?:it|this|that|there)|are there)\b"
)


def _is_wanted(prompt: str, refusal: str) -> bool:
    """Whether the prompt asks for a refusal, for other words for one that it brings along, or for
    what an assistant cannot but say no to."""
    if _OF_ITSELF.match(prompt) or (_NOT_POSSIBLE.search(refusal) and _WHETHER.search(prompt)):
        return True
    asked = _COMPOSES.search(prompt)
    if not asked:
        return False
    if _ONE.search(prompt):
        return True
    matter = _SAYS_THAT.search(prompt) or _MATTER.search(prompt, asked.end())
    if not matter or not _SORRY.search(prompt, matter.start()):
        return False
    return bool(_HELP.search(prompt, matter.start()) or not _HELP.search(refusal))
