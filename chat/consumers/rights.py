"""Whether a socket's reader still may hold it, and how many they may.

Whatever takes a right away rings at the user's place (`chat.turns.doorbell`), in every process,
and their sockets look at once. Where no bell is rung, as by SQL, they look within half a minute.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from channels.auth import get_user
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import IntegerField, QuerySet, UUIDField
from django.db.models.signals import m2m_changed, post_delete, post_save

from chat.accounts import whence
from chat.models import Conversation
from chat.models.prepared import Given, prepared
from chat.turns import doorbell

SIGNED_OUT, NOT_FOUND, TOO_MANY_SOCKETS = 4401, 4404, 4409

_held: Counter[int] = Counter()
_held_from: Counter[str] = Counter()


class TooMany(Exception):
    """A user, or an address, opens more sockets than it may hold."""


class NotLetIn(Exception):
    """Not signed in, or not the owner; `code` is what to close with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def hold(user_id: int) -> Callable[[], None]:
    """Count one more socket, until what is returned is called. Raises `TooMany`."""
    address = whence.address.get()
    if _held[user_id] >= settings.SOCKETS_A_USER:
        raise TooMany
    if whence.is_counted(address) and _held_from[address] >= settings.SOCKETS_OF_AN_ADDRESS:
        raise TooMany
    _held[user_id] += 1
    _held_from[address] += 1
    return partial(_give_back, user_id, address)


def _give_back(user_id: int, address: str) -> None:
    _one_less(_held, user_id)
    _one_less(_held_from, address)


def _one_less(counted: Counter[Any], of: object) -> None:
    counted[of] -= 1
    if not counted[of]:
        del counted[of]


def count_held() -> int:
    return _held.total()


def let_in(session_key: str | None, conversation_id: uuid.UUID | None = None) -> int:
    """Whose session it is, by their id, if they may watch this conversation. Raises `NotLetIn`."""
    user = signed_in(session_key)
    if not isinstance(user, User):
        raise NotLetIn(SIGNED_OUT)
    if conversation_id is not None and not owns(user, conversation_id):
        raise NotLetIn(NOT_FOUND)
    return user.pk


def why_not(
    session_key: str | None, user_id: int, conversation_id: uuid.UUID | None = None
) -> int | None:
    """The code to close with, or None while this is still the session of the conversation's owner.

    By a fresh session: one that was read is remembered, also after signing out.
    """
    user = signed_in(session_key)
    if not isinstance(user, User) or user.pk != user_id:
        return SIGNED_OUT
    if conversation_id is None or owns(user, conversation_id):
        return None
    return NOT_FOUND


@prepared
def _own() -> QuerySet[Conversation, Any]:
    own = Conversation.objects.of(Given("user", IntegerField()))
    return own.filter(id=Given("conversation", UUIDField())).order_by().values_list("pk")


def owns(user: User, conversation_id: uuid.UUID) -> bool:
    return bool(_own(user=user.pk, conversation=conversation_id))


def signed_in(session_key: str | None) -> User | AnonymousUser:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    scope: Any = {"session": store(session_key)}
    found: User | AnonymousUser = get_user.func(scope)  # type: ignore[attr-defined]  # made by a decorator
    return found


def look_again(user_id: int) -> None:
    """Let the user's sockets look whether they still may, once it is in the database."""

    def ring() -> None:  # Django tells what broke by its name, which a partial lacks
        doorbell.ring_soon(doorbell.rights_of(user_id))

    transaction.on_commit(ring, robust=True)


def _user_changed(instance: Any, update_fields: Any = None, **_: object) -> None:
    """Signing in saves its time alone, which changes nothing here."""
    if isinstance(instance, User) and instance.pk and update_fields != {"last_login"}:
        look_again(instance.pk)


def _session_ended(instance: Session, **_: object) -> None:
    """Signing out, wherever it is done, ends with this."""
    user_id = str(instance.get_decoded().get("_auth_user_id", ""))
    if user_id.isdecimal():
        look_again(int(user_id))


def listen() -> None:
    for saved in (post_save, post_delete):
        saved.connect(_user_changed, sender=User)
    for rights in (User.groups.through, User.user_permissions.through):
        m2m_changed.connect(_user_changed, sender=rights)
    post_delete.connect(_session_ended, sender=Session)
