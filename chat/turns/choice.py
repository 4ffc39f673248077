"""Who answers in a conversation from its next turn on: its reader chooses, all tabs are told."""

from typing import NamedTuple
from uuid import UUID

from chat.models import Cascade, Conversation
from chat.off_loop import off_loop
from chat.turns.doorbell import ring


class Choice(NamedTuple):
    """`cascades` are those offered; `cascade` is the one chosen, also where it is not any more."""

    cascades: list[Cascade]
    cascade: Cascade | None


async def choose(conversation: Conversation, cascade: Cascade) -> None:
    await off_loop(Conversation.objects.filter(id=conversation.id).update)(cascade=cascade)
    await ring(conversation.id)


def chosen(conversation_id: UUID) -> int | None:
    """The key of the one chosen. One query."""
    found = Conversation.objects.filter(id=conversation_id).values_list("cascade", flat=True)
    return found.first()


def choice(conversation: Conversation | None) -> Choice:
    """Of one that does not exist yet, the default is chosen."""
    offered = list(Cascade.objects.offered())
    if conversation is None:
        return Choice(offered, next(iter(offered), None))
    same = (cascade for cascade in offered if cascade.pk == conversation.cascade_id)
    return Choice(offered, next(same, conversation.cascade))


def choice_in(conversation_id: UUID) -> Choice:
    kept = Conversation.objects.select_related("cascade").filter(id=conversation_id)
    return choice(kept.first())
