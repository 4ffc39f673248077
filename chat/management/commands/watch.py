"""`manage.py watch`: what ending lost drafts early saves, measured on recorded ones."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from chat.cascade.quality.records import UnreadableRecord, judge_record, opened, parsed, written_of


class Command(BaseCommand):
    help = (
        "Watch recorded drafts (JSON lines, .gz or not) being written, four characters at a time."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", required=True, type=Path, help="Records to watch.")

    def handle(self, *, input: Path, **options: Any) -> None:
        drafts = ended = changed = 0
        characters = saved = 0.0
        try:
            for record in _records(input):
                written, size = written_of(record), len(record["weak_answer"])
                drafts, characters = drafts + 1, characters + size
                if written < 1:
                    ended, saved = ended + 1, saved + size * (1 - written)
                    changed += judge_record(record)["accepted"]
        except (OSError, EOFError, ValueError, UnreadableRecord) as exc:
            raise CommandError(f"The records cannot be read: {exc}") from exc
        self.stdout.write(
            f"{drafts} drafts, {ended} ended early ({_share(ended, drafts)}), "
            f"{_share(saved, characters)} of all draft text not written; "
            f"{changed} of those would have been kept in the end ({_share(changed, ended)})."
        )


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    with opened(path) as lines:
        yield from (record for record in parsed(lines) if record.get("weak_answer"))


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "0%"
