"""`manage.py calibrate`: fit the numbers that weigh the checks to labelled drafts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from chat.cascade.quality.calibration import PATH
from chat.cascade.quality.records import UnreadableRecord, opened, parsed
from chat.cascade.quality.scorer import as_json
from chat.cascade.quality.training import FEWEST, crossed, examples, train
from chat.learning.calibrations import recalibrate_all


class Command(BaseCommand):
    help = (
        "Fit the scorers, one for each kind of work, to labelled records (JSON lines, .gz or not)."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", type=Path, nargs="+", help="Records.")
        parser.add_argument("--output", type=Path, default=PATH, help="Where the numbers go.")
        parser.add_argument(
            "--leave-out",
            nargs="*",
            default=[],
            help="Sets, by the beginning of their name, that must not be fitted to.",
        )
        parser.add_argument(
            "--cross",
            type=Path,
            help="Ship nothing; write scores by numbers fitted without a record's own fifth here.",
        )

    def handle(
        self,
        *,
        input: list[Path] | None,
        output: Path,
        leave_out: list[str],
        cross: Path | None,
        **options: Any,
    ) -> None:
        if input is None:
            self.stdout.write(f"{recalibrate_all()} calibrations were fitted again.")
            return
        try:
            if cross is None:
                self._ship(input, output, tuple(leave_out))
            else:
                self._cross(input, cross, tuple(leave_out))
        except OSError as exc:
            reason = f"{exc.filename}: {exc.strerror}." if exc.filename else exc
            raise CommandError(f"Cannot use {reason}") from exc
        except (UnreadableRecord, EOFError, ValueError) as exc:
            raise CommandError(f"The records cannot be read: {exc}") from exc

    def _cross(self, paths: list[Path], output: Path, left_out: tuple[str, ...]) -> None:
        records = [row for row in _records(paths, ()) if row.get("weak_answer") is not None]
        with output.open("w", encoding="utf-8") as written:
            for identity, score in crossed(records, left_out):
                written.write(json.dumps({"id": identity, "score": score}) + "\n")
        self.stdout.write(f"Wrote {output}")

    def _ship(self, paths: list[Path], output: Path, left_out: tuple[str, ...]) -> None:
        labelled = list(examples(_records(paths, left_out)))
        scorers = train(labelled)
        if not scorers:  # the shipped numbers would be gone
            raise CommandError(f"Nothing was written: no set has {FEWEST} drafts of a kind.")
        output.write_text(as_json(scorers), encoding="utf-8")
        for kind in scorers:
            count = sum(1 for of, _ in labelled if of == kind)
            self.stdout.write(f"{kind}: {count} drafts")
        self.stdout.write(f"Wrote {output}")


def _records(paths: list[Path], left_out: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    for path in paths:
        with opened(path) as lines:
            for record in parsed(lines):
                if not str(record.get("dataset", "")).startswith(left_out):
                    yield record
