"""Saved prompts: kept, changed, deleted and taken back by the user whose they are."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.conversations.deletion import GRACE_S
from chat.models import SavedPrompt

MOST = 100
"""A user may keep: their menu brings all of them at once."""


class TooMany(Exception):
    """A user keeps as many as they may."""


class NameTaken(Exception):
    """A user keeps another of that name, from which their menu could not tell it."""


def of(user: User) -> QuerySet[SavedPrompt]:
    return SavedPrompt.objects.filter(user=user, deleted_at=None)


def just_deleted(user: User) -> QuerySet[SavedPrompt]:
    """What may still be taken back, last deleted first."""
    since = timezone.now() - timedelta(seconds=GRACE_S)
    return SavedPrompt.objects.filter(user=user, deleted_at__gt=since).order_by("-deleted_at")


@transaction.atomic
def keep(user: User, name: str, text: str, prompt_id: UUID | None = None) -> None:
    """A new one, or one that is there in other words. Sent twice, it is kept once. Raises `TooMany`
    and `NameTaken`."""
    _one_at_a_time(user)
    same_name = of(user).filter(name=name)
    if prompt_id is not None:
        changed = of(user).filter(id=prompt_id)
        if same_name.exists() and not changed.filter(name=name).exists():
            raise NameTaken
        changed.update(name=name, text=text)
    elif same_name.filter(text=text).exists():
        return
    elif same_name.exists():
        raise NameTaken
    elif of(user).count() >= MOST:
        raise TooMany
    else:
        SavedPrompt.objects.create(user=user, name=name, text=text)


def delete(user: User, prompt_id: UUID) -> bool:
    """Whether there was one."""
    return of(user).filter(id=prompt_id).update(deleted_at=timezone.now()) > 0


@transaction.atomic
def undo(user: User, prompt_id: UUID) -> bool:
    """Whether it could still be taken back. Raises `TooMany` and `NameTaken`."""
    _one_at_a_time(user)
    found = just_deleted(user).order_by().filter(id=prompt_id)
    if of(user).filter(name__in=found.values("name")).exists():
        raise NameTaken
    if found.exists() and of(user).count() >= MOST:
        raise TooMany
    return found.update(deleted_at=None) > 0


def _one_at_a_time(user: User) -> None:
    """Of what a user saves, until the transaction ends: so that it can be counted and compared."""
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).values("pk").first()
