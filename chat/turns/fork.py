"""A fork: another conversation that begins with copies of the turns up to one of this."""

from django.db import transaction
from django.utils.translation import pgettext

from chat.conversations import search
from chat.models import Conversation, Turn
from chat.process.off_loop import off_loop
from chat.turns.begin import busy
from chat.turns.history import path_to
from chat.turns.store import attempts_of, copy_of

TITLE_LENGTH = 110

_COPIED = (
    "client_id",
    "prompt",
    "attachments",
    "cascade_id",
    "status",
    "only",
    "strategy",
    "complexity",
    "reason",
    "model_names",
    "predicted_acceptance",
    "error",
    "error_code",
    "notice",
)
"""All but what it has cost and taken: that was paid for once."""


async def fork(turn: Turn) -> Conversation:
    """Raises `Refused` while the turn's answer is written."""
    if turn.is_live:
        raise busy()
    # Translators: behind the title of what it was forked from, in at most nine letters.
    return await off_loop(_fork)(turn, pgettext("title", "(fork)"))


@transaction.atomic
def _fork(turn: Turn, mark: str) -> Conversation:
    old = turn.conversation
    title = f"{old.title[:TITLE_LENGTH]} {mark}"
    new = Conversation.objects.create(user_id=old.user_id, title=title, cascade_id=old.cascade_id)
    last: Turn | None = None
    for original in path_to(turn):
        fields = {name: getattr(original, name) for name in _COPIED}
        kept = [copy_of(row) for row in attempts_of(original)]
        last = Turn.objects.create(
            conversation=new,
            parent=last,
            copied=kept,
            is_copy=True,
            ended_at=original.ended_at,
            **fields,
        )
    new.head = last
    new.save()
    search.index_conversation(new.id)
    return new
