"""Remove a user with their conversations and every mention of their name. The ledger keeps what was
spent, without a word and without them."""

from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import CommandError, CommandParser

from chat.accounts.departure import remove_user
from chat.management.kept import KeptCommand
from chat.management.people import user_known_whole


class Command(KeptCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as they sign in")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, name: str, yes: bool, **options: Any) -> None:
        user = user_known_whole(name)
        if not yes:
            self._ask(name, user.conversations.count())
        gone = async_to_sync(remove_user)(user)
        self.stdout.write(
            f"Removed {name}. Conversations: {gone.conversations}, turns: {gone.turns}, "
            f"links: {gone.links}, saved prompts: {gone.prompts}, sessions: {gone.sessions}.\n"
            f"Attempts kept in the ledger, without words and without the user: {gone.ledger_rows}."
        )

    def _ask(self, name: str, conversations: int) -> None:
        self.stdout.write(
            f"{name} is removed for good, with all their conversations: {conversations}. To keep a "
            f"copy, stop here and run: manage.py export_user {name} FILE"
        )
        try:
            typed = input(f"Type {name} to go on: ")
        except EOFError:
            typed = ""
        if typed != name:
            raise CommandError("Nothing was removed.")
