"""Conversations nobody has used for `RETENTION_DAYS` are removed, whatever they are marked as.

What they cost stays in the ledger; nothing there tells any more who asked.
"""

import asyncio
import logging
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models import Exists, OuterRef
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from chat.conversations.deletion import remove
from chat.models import LIVE, Attempt, Conversation, Turn
from chat.process.off_loop import off_loop

logger = logging.getLogger(__name__)

BATCH = 10
ROWS = 500
PAUSE_S = 0.5
LOOK_S = 600.0


async def keep_to_it_for_ever() -> None:
    """In small batches with pauses: SQLite lets nobody write beside one."""
    removed = 0
    while True:
        is_all = True
        try:
            count = await remove_due()
            removed += count
            is_all = count < BATCH and await off_loop(forget_who)() < ROWS
        except DatabaseError as error:
            logger.warning("old conversations stay: %s", type(error).__name__)
        if is_all and removed:
            logger.info("%d conversations unused for %d days were removed", removed, _days())
            removed = 0
        await asyncio.sleep(LOOK_S if is_all else PAUSE_S)


async def remove_due() -> int:
    """One batch, the longest unused first. Returns how many. What was imported is as old as its
    time here."""
    live = Turn.objects.filter(conversation=OuterRef("pk"), status__in=LIVE)
    unused = Conversation.objects.filter(~Exists(live), updated_at__lt=earliest())
    unused = unused.exclude(imported_at__gte=earliest())
    return await remove(unused.order_by("updated_at")[:BATCH])


def forget_who() -> int:
    """Take the user off ledger rows that old conversations have left. Returns how many, of a
    batch."""
    left = Attempt.objects.filter(turn=None, user__isnull=False, created_at__lt=earliest())
    ids = list(left.order_by().values_list("id", flat=True)[:ROWS])
    return Attempt.objects.filter(id__in=ids, turn=None).update(user=None) if ids else 0


def earliest() -> CombinedExpression:
    """What was last used before this is removed; by the database's clock, as that of a process may
    be wrong."""
    return Now() - timedelta(days=_days())


def _days() -> int:
    days: int = settings.RETENTION_DAYS
    return days
