"""Whom a command is about."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def user_named(name: str) -> User:
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is no user {name!r}.") from error
