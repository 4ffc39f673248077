"""Whom a command is about."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from chat.accounts import kept


def user_named(name: str) -> User:
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is no user {name!r}.") from error


def user_known_whole(name: str) -> User:
    """For what is done with all that is kept of them."""
    user = user_named(name)
    if setting := kept.unknown_of(user):
        raise CommandError(
            f"Not all that is kept of {name} can be seen without {setting}. Run this with the "
            "settings that the server has, or had when they signed in."
        )
    return user
