"""Versions of a turn: which of them a conversation shows."""

from django.db import transaction

from chat.models import LIVE, Conversation, Turn
from chat.process.off_loop import off_loop
from chat.turns.begin import busy
from chat.turns.doorbell import ring
from chat.turns.history import leaf_under


async def show(turn: Turn) -> None:
    """Show this version, and what was asked after it. Raises `Refused` while an answer is
    written: it would go on unseen."""
    await off_loop(_show)(turn)
    await ring(turn.conversation_id)


@transaction.atomic
def _show(turn: Turn) -> None:
    # Held until the end, so that no turn begins meanwhile, off the path that is shown then.
    conversation = Conversation.objects.filter(id=turn.conversation_id)
    conversation.select_for_update(no_key=True).values("pk").first()
    turns = Turn.objects.filter(conversation=turn.conversation_id)
    if turns.filter(status__in=LIVE).exists():
        raise busy()
    conversation.update(head=leaf_under(turn))
