"""How much one user, and one address, may ask at once: what a hurried person never meets, and a
program soon does."""

import threading
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, DateTimeField, IntegerField, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.accounts.whence import address, is_counted
from chat.models import IS_LIVE, Conversation, Turn
from chat.models.prepared import Given, prepared

LIVE_TURNS = 2
"""Answers written for one user at a time, in all their conversations: each holds a line to a
provider, and a part of the process."""


def refusal(conversation: Conversation) -> tuple[str, str] | None:
    """The sentence and the code why no turn may begin there now; within the transaction that begins
    one. None also where one is live there: no other can be stored, whatever the limits.

    The user's row is held until its end, so that of many sent at once no more are let in. SQLite
    has one writer at a time, and knows no such lock.
    """
    user_id = conversation.user_id
    if connection.features.has_select_for_update:
        User.objects.select_for_update(no_key=True).filter(pk=user_id).values("pk").first()
    live = [conversation_id for (conversation_id,) in _live_of(user=user_id)]
    if conversation.pk in live:
        return None
    if len(live) >= LIVE_TURNS:
        sentence = _("{count} answers are being written for you. Wait for one, or stop it.").format(
            count=LIVE_TURNS
        )
        return sentence, "too_many_live"
    most = settings.SENDS_A_MINUTE
    if sum(begun for _, begun in _begun_by(user=user_id, **_about_now())) >= most:
        sentence = _("That were {most} questions in a minute. Send it again in a while.").format(
            most=most
        )
        return sentence, "too_many_sends"
    return _sends.refusal(address.get())


def _about_now() -> dict[str, datetime]:
    """A minute, and another one ahead, as clocks of other processes may be. Of what was begun later
    than that the clock has been set back since."""
    now, minute = timezone.now(), timedelta(minutes=1)
    return {"since": now - minute, "until": now + minute}


_user = Given("user", IntegerField())


@prepared
def _live_of() -> QuerySet[Turn, Any]:
    live = Turn.objects.filter(IS_LIVE, conversation__user=_user)
    return live.order_by().values_list("conversation_id")


@prepared
def _begun_by() -> QuerySet[Turn, Any]:
    since, until = Given("since", DateTimeField()), Given("until", DateTimeField())
    used = Turn.objects.filter(conversation__user=_user, conversation__updated_at__gt=since)
    begun = used.filter(created_at__gt=since, created_at__lt=until, is_copy=False)
    return begun.order_by().values_list("conversation__user").annotate(begun=Count("pk"))


class Sends:
    """What was begun from each address within a minute, in this process: people behind one address
    may have accounts without number."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}
        self._counting = threading.Lock()

    def refusal(self, address: str) -> tuple[str, str] | None:
        """Counts one more, if it may be."""
        if not is_counted(address):
            return None
        now, most = time.monotonic(), settings.SENDS_A_MINUTE_OF_AN_ADDRESS
        with self._counting:
            self._forget(now - 60)
            times = self._times.setdefault(address, deque())
            if len(times) < most:
                times.append(now)
                return None
        sentence = _(
            "{most} questions came from your address in a minute. Send it again in a while."
        ).format(most=most)
        return sentence, "too_many_sends"

    def _forget(self, before: float) -> None:
        for one, times in list(self._times.items()):
            while times and times[0] < before:
                times.popleft()
            if not times:
                del self._times[one]


_sends = Sends()
