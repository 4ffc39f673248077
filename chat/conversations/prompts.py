"""Saved prompts: kept, changed, deleted and taken back by the user whose they are."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from chat.conversations.deletion import GRACE_S
from chat.models import SavedPrompt

MOST = 100
"""A user may keep: their menu brings all of them at once."""


class TooMany(Exception):
    """A user keeps as many as they may."""


def of(user: User) -> QuerySet[SavedPrompt]:
    return SavedPrompt.objects.filter(user=user, deleted_at=None)


def just_deleted(user: User) -> QuerySet[SavedPrompt]:
    """What may still be taken back, last deleted first."""
    since = timezone.now() - timedelta(seconds=GRACE_S)
    return SavedPrompt.objects.filter(user=user, deleted_at__gt=since).order_by("-deleted_at")


def keep(user: User, name: str, text: str, prompt_id: UUID | None = None) -> None:
    """A new one, or one that is there in other words. Raises `TooMany`."""
    if prompt_id is not None:
        of(user).filter(id=prompt_id).update(name=name, text=text)
    elif of(user).count() >= MOST:
        raise TooMany
    else:
        SavedPrompt.objects.create(user=user, name=name, text=text)


def delete(user: User, prompt_id: UUID) -> bool:
    """Whether there was one."""
    return of(user).filter(id=prompt_id).update(deleted_at=timezone.now()) > 0


def undo(user: User, prompt_id: UUID) -> bool:
    """Whether it could still be taken back. Raises `TooMany`."""
    found = just_deleted(user).order_by().filter(id=prompt_id)
    if found.exists() and of(user).count() >= MOST:
        raise TooMany
    return found.update(deleted_at=None) > 0
