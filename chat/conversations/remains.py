"""What remains of an attempt when its conversation goes: the bill, and not a word.

By a signal, so that whatever removes a conversation, or a user with all that is theirs, leaves the
same behind.
"""

from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import pre_delete

from chat.models import Attempt, Conversation

WORDLESS: dict[str, Any] = {"text": "", "reasoning": "", "tool_calls": [], "error": ""}

BATCH = 200


def listen() -> None:
    pre_delete.connect(_conversation_goes, sender=Conversation)


def strip(attempts: QuerySet[Attempt]) -> None:
    """Take their words away; of a decision its numbers stay, for its sentences quote the draft."""
    judged = attempts.filter(decision__isnull=False).order_by().only("decision")
    for row in judged.iterator(BATCH):
        Attempt.objects.filter(pk=row.pk).update(decision=_numbers(row.decision or {}))
    attempts.order_by().update(**WORDLESS)


def _conversation_goes(instance: Conversation, **_: object) -> None:
    """One that is not settled yet is charged by its text first, and stripped then
    (`chat.turns.store.settle`). Turns, and attempts after them as their players do, are held until
    the turns are gone: what is settled meanwhile would come after those that are stripped here."""
    attempts = Attempt.objects.filter(turn__conversation=instance)
    for theirs in (instance.turns.all(), attempts):
        list(theirs.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    strip(attempts.filter(settled=True))


def _numbers(decision: dict[str, Any]) -> dict[str, Any]:
    checks = [{**check, "note": ""} for check in decision.get("checks", ())]
    return {**decision, "checks": checks}
