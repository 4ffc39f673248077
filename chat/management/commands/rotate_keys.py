"""`manage.py rotate_keys`: stored keys, encrypted anew by the first of FIELD_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from chat import keys
from chat.cascade.errors import ConfigError
from chat.models import Provider


class Command(BaseCommand):
    help = "Encrypt all stored keys by the first of FIELD_KEYS. The others can then be removed."

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        stored = Provider.objects.exclude(key_encrypted="").select_for_update()
        try:
            unread = [provider.name for provider in stored if not keys.rotate(provider)]
            if settings.TWO_FACTOR:
                from chat.accounts import second_factor

                unread += second_factor.rotate()
        except ConfigError as error:
            raise CommandError(str(error)) from error
        if unread:
            transaction.set_rollback(True)
            raise CommandError(
                "Nothing was changed: none of FIELD_KEYS reads the keys of "
                f"{', '.join(unread)}. Give those keys again, or clear them."
            )
        self.stdout.write(f"Encrypted anew: {len(stored)}.")
