"""`manage.py rotate_keys`: stored keys, encrypted anew by the first of FIELD_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import transaction

from chat.accounts import kept
from chat.cascade.errors import ConfigError
from chat.management.kept import KeptCommand
from chat.models import Provider
from chat.setup import keys


class Command(KeptCommand):
    help = "Encrypt all stored keys by the first of FIELD_KEYS. The others can then be removed."

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        if kept.unknown_secrets():
            raise CommandError(
                "Nothing was changed: second factors are kept as well, and cannot be seen. Run "
                "this with TWO_FACTOR=1."
            )
        stored = Provider.objects.exclude(key_encrypted="").select_for_update()
        count, unread_of = len(stored), list[str]()
        try:
            unread = [provider.name for provider in stored if not keys.rotate(provider)]
            if settings.TWO_FACTOR:
                from chat.accounts import second_factor

                secrets, unread_of = second_factor.rotate()
                count += secrets
        except ConfigError as error:
            raise CommandError(str(error)) from error
        if unread or unread_of:
            transaction.set_rollback(True)
            raise CommandError(_why_not(unread, unread_of))
        self.stdout.write(f"Encrypted anew: {count}.")


def _why_not(providers: list[str], users: list[str]) -> str:
    why = ["Nothing was changed."]
    if providers:
        why.append(
            f"None of FIELD_KEYS reads the keys of {', '.join(providers)}: give those keys again, "
            "or clear them."
        )
    if users:
        why.append(
            f"None reads the second factors of {', '.join(sorted(set(users)))}: put back the key "
            "they were encrypted with, or run remove_second_factor for each."
        )
    return " ".join(why)
