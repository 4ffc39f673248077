"""The set-up as YAML, for git: providers, models with prices, cascades, budgets. No secrets."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from chat.management.kept import KeptCommand
from chat.setup.file.writing import written


class Command(KeptCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", help="a file instead of the terminal")

    def handle(self, *args: Any, output: str | None = None, **options: Any) -> None:
        if output is None:
            self.stdout.write(written(), ending="")
        else:
            try:
                Path(output).write_text(written(), encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
