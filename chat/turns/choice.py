"""Who answers in a conversation from its next turn on: its reader chooses, all tabs are told."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet, UUIDField

from chat.models import Cascade, Conversation
from chat.models.prepared import Given, prepared
from chat.process.off_loop import off_loop
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
    return next(iter(_chosen(conversation=conversation_id)), None)


@prepared
def _chosen() -> QuerySet[Conversation, int | None]:
    kept = Conversation.objects.filter(id=Given("conversation", UUIDField()))
    return kept.order_by().values_list("cascade", flat=True)


def choice(conversation: Conversation | None) -> Choice:
    """Of one that does not exist yet, the default is chosen."""
    offered = _offered()
    if conversation is None:
        return Choice(offered, next(iter(offered), None))
    same = (cascade for cascade in offered if cascade.pk == conversation.cascade_id)
    return Choice(offered, next(same, conversation.cascade))


@prepared
def _offered() -> QuerySet[Cascade]:
    return Cascade.objects.offered()


def choice_in(conversation_id: UUID) -> Choice:
    return choice(next(iter(_with_cascade(conversation=conversation_id)), None))


@prepared
def _with_cascade() -> QuerySet[Conversation]:
    kept = Conversation.objects.filter(id=Given("conversation", UUIDField()))
    return kept.order_by().select_related("cascade")
