"""`manage.py judge`: the decision over recorded drafts, one line of JSON for each."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from chat.cascade.quality import SHIPPED, UNTRAINED
from chat.cascade.quality.records import UnreadableRecord, opened, verdicts


class Command(BaseCommand):
    help = "Judge recorded drafts (JSON lines, .gz or not) and write a decision for each."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", required=True, type=Path, help="Records to judge.")
        parser.add_argument("--output", required=True, type=Path, help="Decisions to write.")
        parser.add_argument(
            "--untrained", action="store_true", help="Weigh the checks by the rules alone."
        )

    def handle(self, *, input: Path, output: Path, untrained: bool, **options: Any) -> None:
        """Names unreadable records on stderr and then exits with 1; the others are judged."""
        calibration = UNTRAINED if untrained else SHIPPED
        unreadable = 0
        try:
            with opened(input) as lines, output.open("w", encoding="utf-8") as written:
                for number, verdict in verdicts(lines, calibration):
                    if isinstance(verdict, UnreadableRecord):
                        unreadable += 1
                        self.stderr.write(f"Record {number} cannot be read: {verdict}")
                    else:
                        written.write(json.dumps(verdict) + "\n")
        except (OSError, EOFError) as exc:
            reason = getattr(exc, "strerror", None) or "it is not a whole gzip file"
            name = getattr(exc, "filename", None) or input
            raise CommandError(f"Cannot use {name}: {reason}.") from exc
        if unreadable:
            sys.exit(1)
