"""All that is kept of one user, as a ZIP: account, conversations, ledger. No keys, no tokens."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from chat.conversations.portable import account
from chat.management.kept import KeptCommand
from chat.management.people import user_known_whole


class Command(KeptCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as they sign in")
        parser.add_argument("file", help="a new file, which only you can read")

    def handle(self, *args: Any, name: str, file: str, **options: Any) -> None:
        user, path = user_known_whole(name), Path(file)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as error:
            raise CommandError(f"{path} cannot be made: {error.strerror}.") from error
        try:
            with open(descriptor, "wb") as opened:
                count = account.write(user, opened)
        except BaseException:  # whatever ends it, half of a file would look like all of it
            path.unlink()
            raise
        self.stdout.write(f"Wrote {path}. Conversations of {name}: {count}.")
