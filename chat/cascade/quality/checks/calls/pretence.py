"""Whether a draft that calls nothing gives out what only a tool could have told or done."""

import re

from chat.cascade.quality.checks.calls.asked import Asked
from chat.cascade.quality.checks.calls.figures import figures

_BEGINNING = 400
"""Characters in which a deed is told; figures are looked for in them too."""

_MADE = (
    r"(?:set|sent|scheduled|created|added|booked|ordered|reserved|updated|deleted|removed|saved"
    r"|placed"
    r"|cancell?ed|turned|switched|posted|submitted|transferred|paid|called|emailed|reminded)"
)
_DEED = re.compile(
    rf"(?i)\bi(?:['\u2019]ve| have) (?:just |now |already |successfully |also )?{_MADE}\b"
    rf"|\b(?:has|have) been (?:successfully )?{_MADE}\b"
    r"|\bi(?:['\u2019]ll| will) (?:remind|send|book|schedule|order|email|notify)\b"
    r"(?![^.!?\n]{0,80}\b(?:once|when|if|as soon as|after)\b)"
    r"|\A\W{0,3}(?:done|all set|erledigt|gemacht|hecho|listo|c['\u2019]est fait)\b"
    r"|\bich habe\b[^.!?\n]{0,60}\b(?:eingestellt|gestellt|gesetzt|erstellt|gesendet|geschickt"
    r"|gebucht|angelegt|eingetragen|hinzugefügt|gelöscht|gespeichert|bestellt)\b"
    r"|\bich erinnere dich\b"
    r"|\bhe (?:creado|enviado|programado|añadido|reservado|guardado|configurado)\b"
    r"|\bj['\u2019]ai (?:créé|envoyé|programmé|ajouté|réservé|enregistré)\b"
    r"|已(?:经)?(?:为您|帮您|为你|帮你)?(?:设置|发送|创建|添加|预订|删除|保存)"
)
_OUTWARD = re.compile(
    r"(?i)\bi(?:['\u2019]ve| have) (?:just |now |already |successfully |also )?(?:sent|scheduled"
    r"|booked"
    r"|ordered|reserved|cancell?ed|turned (?:on|off)|switched|submitted|transferred|paid|called"
    r"|emailed)\b|\bhas been (?:successfully )?(?:sent|scheduled|booked|ordered|reserved"
    r"|cancell?ed)\b"
    r"|\b(?:erinnerung|termin|wecker|ereignis|nachricht|e-?mail|bestellung|licht)\b"
    r" (?:ist|wurde) (?:\w+ ){0,2}(?:ein|an|aus)?ge(?:tragen|stellt|legt|sendet|schickt|bucht"
    r"|schaltet)"
    r"|\b(?:ist|wurde) (?:ein|an|aus)ge(?:tragen|schaltet|stellt|legt)\b"
    r"|\bich habe\b[^.!?\n]{0,60}\b(?:eingetragen|gesendet|geschickt|gebucht|bestellt|reserviert)\b"
    r"|\bhe (?:enviado|programado|reservado|agendado|(?:creado|añadido) (?:el|la|un"
    r"|una) (?:evento|cita"
    r"|recordatorio|alarma|reunión))\b"
    r"|\bj['\u2019]ai (?:envoyé|programmé|réservé|commandé)\b|\b(?:rendez-vous|rappel|événement"
    r"|message"
    r"|courriel|e-?mail) (?:est|a été) (?:\w+ )?(?:ajouté|créé|envoyé|programmé|enregistré|réservé)"
    r"|已(?:经)?(?:为您|帮您|为你|帮你)?(?:安排|发送|预订|预约|设置)"
    r"|تم(?:ت)? (?:إرسال|حجز|جدولة|إضافة|إنشاء) "
)
"""Deeds in the world, which no text is: a poem is created too."""
_COMPOSES = re.compile(
    r"(?i)\b(?:write|draft|compose|translat|re-?phras|re-?writ|proofread|schreib|übersetz"
    r"|formulier|écri"
    r"|tradui|rédige|escrib|traduc|redact)|翻译|写|ترجم|اكتب"
)
_LIST_NUMBER = re.compile(r"(?m)^[ \t]*\d{1,3}[.)](?=\s)")


def pretends(draft: str, asked: Asked) -> str:
    """A sentence on what it does so with, or ""."""
    beginning = draft[:_BEGINNING]
    if found := _DEED.search(beginning):
        return f"No call did what it says: “{found.group()}”."
    for number in figures(_LIST_NUMBER.sub("", beginning)):
        if not any(asked.has_number(value) or asked.follows(value) for value in number):
            return f"{number[0]:g} is not in the conversation."
    return ""


def acts(draft: str, asked: Asked) -> str:
    """The same on a deed in the world alone, in whatever language its tools are described."""
    found = None if _COMPOSES.search(asked.prompt) else _OUTWARD.search(draft[:_BEGINNING])
    return f"No call did what it says: “{found.group().strip()}”." if found else ""
