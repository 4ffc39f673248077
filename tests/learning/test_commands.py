"""The commands that fit numbers and measure what ending drafts early saves."""

import gzip
import io
import json
import random
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from chat.cascade.quality.kinds import Kind
from chat.cascade.quality.scorer import from_json

REFUSAL = "I'm sorry, but I can't help with that. " * 20


def record(number: int, draft: str, good: bool, dataset: str = "sums") -> dict[str, object]:
    return {
        "id": str(number),
        "dataset": dataset,
        "prompt": f"Which is a river?\nA. Rhine {number}\nB. Rome\nC. Rhodes",
        "weak_answer": draft,
        "weak_score": float(good),
        "strong_score": 1.0,
        "score_kind": "correct",
        "group": str(number),
    }


def write(path: Path, records: list[dict[str, object]]) -> Path:
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in records)
    return path


def told(*command: object) -> str:
    out = io.StringIO()
    call_command(*map(str, command), stdout=out)
    return out.getvalue()


def test_calibrate_fits_each_kind_to_labelled_records(tmp_path: Path) -> None:
    dice = random.Random(1)
    rows = []
    for number in range(160):
        good = dice.random() < 0.7
        rows.append(record(number, "A" if good else "Perhaps A. Maybe B. I think C.", good))
    source, output = write(tmp_path / "rows.jsonl.gz", rows), tmp_path / "fitted.json"

    said = told("calibrate", "--input", source, "--output", output)

    assert "choice: 160 drafts" in said
    assert from_json(output.read_text()).keys() == {Kind.CHOICE}


def test_crossed_scores_come_from_numbers_that_never_saw_the_question(tmp_path: Path) -> None:
    """A draft that is bad in one question alone is not found out by its own label."""
    rows = [record(number, "A", number != 7) for number in range(160)]
    source, cross = write(tmp_path / "rows.jsonl.gz", rows), tmp_path / "crossed.jsonl"
    told("calibrate", "--input", source, "--cross", cross)
    scores = {row["id"]: row["score"] for row in map(json.loads, cross.read_text().splitlines())}
    assert len(scores) == 160
    assert scores["7"] > 0.9


def test_calibrate_leaves_out_what_it_must_not_fit_to(tmp_path: Path) -> None:
    left_out = [record(number, "A", number % 2 == 0, "alpaca_x") for number in range(160)]
    rows = [record(number, "A", number % 2 == 0) for number in range(200, 320)]
    source, output = write(tmp_path / "rows.jsonl.gz", left_out + rows), tmp_path / "fitted.json"
    said = told("calibrate", "--input", source, "--output", output, "--leave-out", "alpaca")
    assert "choice: 120 drafts" in said
    only_left_out = write(tmp_path / "left_out.jsonl.gz", left_out)
    with pytest.raises(CommandError, match="Nothing was written"):
        told("calibrate", "--input", only_left_out, "--output", output, "--leave-out", "alpaca")


def test_calibrate_says_in_a_sentence_what_cannot_be_read(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.jsonl.gz", [{"prompt": "Who?", "weak_answer": "I"}])
    with pytest.raises(CommandError, match="weak_score and strong_score must be numbers"):
        told("calibrate", "--input", source, "--output", tmp_path / "fitted.json")


def test_calibrate_keeps_what_is_there_where_there_is_nothing_to_fit_to(tmp_path: Path) -> None:
    source, output = write(tmp_path / "rows.jsonl.gz", []), tmp_path / "fitted.json"
    output.write_text("the numbers of before")
    with pytest.raises(CommandError, match=r"^Nothing was written: no set has 100 drafts"):
        told("calibrate", "--input", source, "--output", output)
    assert output.read_text() == "the numbers of before"


@pytest.mark.parametrize("command", ["watch", "calibrate --output {0}", "calibrate --cross {0}"])
@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (None, "No such file or directory"),
        ("[]", "It must be a JSON object"),
        ("no JSON", "It is not JSON"),
        ('{"id": "1", "prompt": "Who?", "weak_answer": 3}', "weak_answer must be a text"),
    ],
)
def test_what_is_no_file_of_records_is_told_in_a_sentence(
    tmp_path: Path, command: str, lines: str | None, sentence: str
) -> None:
    source = tmp_path / "rows.jsonl"
    if lines is not None:
        source.write_text(lines)
    with pytest.raises(CommandError, match=sentence):
        told(*command.format(tmp_path / "out").split(), "--input", source)


@pytest.mark.django_db
def test_calibrate_without_records_fits_what_use_has_left() -> None:
    assert told("calibrate") == "0 calibrations were fitted again.\n"


def test_watch_says_what_ending_lost_drafts_saves(tmp_path: Path) -> None:
    rows = [record(1, REFUSAL, False), record(2, "A", True)]
    said = told("watch", "--input", write(tmp_path / "rows.jsonl.gz", rows))
    assert said.startswith("2 drafts, 1 ended early (50.0%), ")
    assert said.endswith("0 of those would have been kept in the end (0.0%).\n")
