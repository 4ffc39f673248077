"""A user goes, with all that is theirs and every mention of their name.

The ledger keeps what they spent, without a word and without them; the history of the set-up keeps
what was changed, by somebody who is gone.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from chat.accounts.sign_in_limits import digest_of
from chat.conversations.deletion import remove
from chat.models import (
    LIVE,
    Attempt,
    Budget,
    Change,
    Conversation,
    Provider,
    Reading,
    SavedPrompt,
    Scope,
    ShareLink,
    SignInTry,
    Spending,
    Turn,
)
from chat.process.off_loop import off_loop
from chat.turns.stop import stop

GONE = "a removed user"

BATCH = 50
STOPPING_S = 5.0
"""What answers being written get to end, so that their players write no more of them."""


@dataclass(frozen=True, slots=True)
class Departure:
    """What was removed, and how many rows of the ledger stay."""

    conversations: int
    turns: int
    links: int
    prompts: int
    sessions: int
    ledger_rows: int


async def remove_user(user: User) -> Departure:
    """For good. Nobody can sign in as them from the beginning of it on."""
    sessions = await off_loop(_shut_out)(user)
    await _stop_answers(user)
    departure = await off_loop(_counted)(user, sessions)
    while await remove(Conversation.objects.filter(user=user)[:BATCH]):
        pass
    await off_loop(_erase)(user)
    return departure


def sessions_of(user: User) -> Iterator[Session]:
    """Whose a session is, is inside it: all are looked at."""
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            yield session


def _shut_out(user: User) -> int:
    """Sockets are told, each by a signal."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions = list(sessions_of(user))
    for session in sessions:
        session.delete()
    return len(sessions)


async def _stop_answers(user: User) -> None:
    live = Turn.objects.filter(conversation__user=user, status__in=LIVE)
    for turn in await off_loop(lambda: list(live.select_related("conversation")))():
        await stop(turn)
    for _ in range(round(STOPPING_S / 0.1)):
        if not await off_loop(live.exists)():
            return
        await asyncio.sleep(0.1)


def _counted(user: User, sessions: int) -> Departure:
    return Departure(
        conversations=Conversation.objects.filter(user=user).count(),
        turns=Turn.objects.filter(conversation__user=user).count(),
        links=ShareLink.objects.filter(conversation__user=user).count(),
        prompts=SavedPrompt.objects.filter(user=user).count(),
        sessions=sessions,
        ledger_rows=Attempt.objects.filter(user=user).count(),
    )


def _names_of(user: User) -> set[str]:
    """What they are called, and were; but for what somebody else is called now."""
    renamed = Change.objects.filter(kind="user", object_id=str(user.pk))
    told = [told for fields in renamed.values_list("fields", flat=True) for told in fields]
    former = {name for field, *names in told if field == "username" for name in names if name}
    others = User.objects.exclude(pk=user.pk).filter(username__in=former)
    return {user.get_username()} | former - set(others.values_list("username", flat=True))


def _budgets_of(user: User, names: set[str]) -> set[str]:
    """Those that are theirs, and those that were: what was handed on names them in its history."""
    theirs = {str(id) for id in user.budget_set.values_list("id", flat=True)}
    for id, fields in Change.objects.filter(kind="budget").values_list("object_id", "fields"):
        told = {str(name) for field, *both in fields if field.startswith("user") for name in both}
        if told & {*names, str(user.pk)}:
            theirs.add(id)
    return theirs


@transaction.atomic
def _erase(user: User) -> None:
    names, user_id = _names_of(user), str(user.pk)
    budgets = _budgets_of(user, names)
    SignInTry.objects.filter(name_digest__in=[*map(digest_of, names)]).delete()
    Spending.objects.filter(scope=Scope.USER, key__startswith=f"{user_id} ").delete()
    Reading.objects.filter(owner_name__in=names).update(owner_name=GONE)
    Reading.objects.filter(reader=user).update(reader_name=GONE)
    their_own = Q(by=None, by_name__in=names)  # what they changed of themselves
    Change.objects.filter(Q(by=user) | their_own).update(by_name=GONE)
    Provider.objects.filter(key_set_by__in=names).update(key_set_by=GONE)
    for model, ids in ((User, {user_id}), (Budget, budgets)):
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=ids).delete()
    user.delete()  # which leaves traces of both in the history
    theirs = Q(kind="user", object_id=user_id) | Q(kind="budget", object_id__in=budgets)
    Change.objects.filter(theirs).update(object=GONE, fields=[])
