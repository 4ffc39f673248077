"""Apply a set-up that `export_config` wrote: by names, all of it or nothing. Nothing is deleted."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from chat.management.kept import KeptCommand
from chat.setup.file.applying import applied
from chat.setup.file.parsing import BadFile


class Command(KeptCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a YAML file, or - for what is typed or piped")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    def handle(self, *args: Any, file: str, dry_run: bool = False, **options: Any) -> None:
        try:
            lines = applied(_read(file), dry_run=dry_run)
        except BadFile as error:
            raise CommandError("\n".join([*error.sentences, "Nothing was changed."])) from error
        for line in lines:
            self.stdout.write(line)
        self.stdout.write(_summary(len(lines), dry_run=dry_run))


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not text in UTF-8.") from error


def _summary(count: int, *, dry_run: bool) -> str:
    if not count:
        return "Everything is as the file says."
    return f"{count} to change; nothing was changed." if dry_run else f"{count} changed."
