"""Deleting a conversation: it is gone at once, can be taken back for a moment, then is removed.

The ledger keeps what its attempts have cost, without a word of them (`chat.conversations.remains`).
"""

import asyncio
import logging
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from chat.models import LIVE, Conversation, SavedPrompt, Scope, Spending, Tag, Turn
from chat.process.off_loop import off_loop
from chat.process.to_its_end import to_its_end
from chat.turns import doorbell
from chat.turns.log import log
from chat.turns.stop import stop

logger = logging.getLogger(__name__)

GRACE_S = 120
LOOK_S = 20.0
MOST_SHOWN = 3


async def delete(conversation: Conversation) -> None:
    """An answer that is being written is stopped."""
    await to_its_end(_delete(conversation))


async def _delete(conversation: Conversation) -> None:
    await off_loop(_mark)(conversation, Now())
    live = Turn.objects.filter(conversation=conversation, status__in=LIVE)
    if turn := await off_loop(live.select_related("conversation").first)():
        await stop(turn)
    await _ring(conversation)


async def undo(conversation: Conversation) -> None:
    await off_loop(_mark)(conversation, None)
    await _ring(conversation)


def recent(user: User) -> QuerySet[Conversation]:
    """What this user may still take back, last deleted first."""
    since = Now() - timedelta(seconds=GRACE_S)
    return Conversation.objects.filter(user=user, deleted_at__gt=since).order_by("-deleted_at")


async def remove_for_ever() -> None:
    while True:
        try:
            if count := await remove_expired():
                logger.info("%d deleted conversations were removed", count)
        except DatabaseError as error:
            logger.warning("deleted conversations stay: %s", type(error).__name__)
        await asyncio.sleep(LOOK_S)


async def remove_expired() -> int:
    """Saved prompts as well. Returns how many conversations."""
    over = Now() - timedelta(seconds=GRACE_S)
    await off_loop(SavedPrompt.objects.filter(deleted_at__lt=over).delete)()
    return await remove(Conversation.objects.filter(deleted_at__lt=over))


async def remove(which: QuerySet[Conversation]) -> int:
    """For ever, with turns, attachments, links, logs and what a search finds. Returns how many:
    those that another process is removing now are its."""
    count, turn_ids, user_ids = await off_loop(_remove_rows)(which)
    await log.remove(turn_ids)
    for user_id in user_ids:
        await doorbell.ring_list(user_id)
    return count


@transaction.atomic
def _remove_rows(which: QuerySet[Conversation]) -> tuple[int, list[str], set[int]]:
    """They are looked for in the transaction, so that none is removed that was used meanwhile."""
    found = which.select_for_update(skip_locked=True).values_list("id", "user_id")
    owners = dict(found)
    if not owners:
        return 0, [], set()
    turn_ids = Turn.objects.filter(conversation__in=owners).values_list("id", flat=True)
    gone = [str(turn_id) for turn_id in turn_ids]
    Conversation.objects.filter(id__in=owners).delete()
    Tag.objects.filter(conversations=None).delete()
    Spending.objects.filter(scope=Scope.CONVERSATION, key__in=map(str, owners)).delete()
    return len(owners), gone, set(owners.values())


def _mark(conversation: Conversation, moment: object) -> None:
    Conversation.objects.filter(id=conversation.id).update(deleted_at=moment)


async def _ring(conversation: Conversation) -> None:
    await doorbell.ring(conversation.id)
    await doorbell.ring_list(conversation.user_id)
