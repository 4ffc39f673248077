"""Take the second factor off a user who has lost it. They set up another before they reach the
desk."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from chat.management.kept import KeptCommand
from chat.management.people import user_named


class Command(KeptCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as they sign in")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if not settings.TWO_FACTOR:
            raise CommandError("TWO_FACTOR is not set, so nobody is asked for one.")
        from chat.accounts import second_factor  # needs tables that are not there otherwise

        if not second_factor.remove(user_named(name)):
            raise CommandError(f"{name} has none.")
        self.stdout.write(f"Removed the second factor of {name}.")
