"""Recorded drafts: each line gets a decision or a sentence, from what a live check would know."""

import gzip
import json

import pytest
from django.core.management import CommandError, call_command

from chat.cascade.quality.records import UnreadableRecord, judge_record

RECORD = {"id": "a", "prompt": "What is 17 * 23?", "weak_answer": "391"}
TOOL = {
    "name": "maths.add",
    "description": "Adds.",
    "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
}


def decided(record):
    return {name: value for name, value in judge_record(record).items() if name != "ms"}


def test_labels_and_names_change_nothing():
    labels = {"strong_answer": "no", "strong_score": 0, "weak_score": 0, "dataset": "x"}
    other = decided({**RECORD, **labels, "category": "y", "id": "b"})
    assert {**other, "id": "a"} == decided(RECORD)


@pytest.mark.parametrize(
    ("calls", "reason"),
    [
        ([{"name": "maths.add", "arguments": {"a": 1}}], "quality_passed"),
        ([{"name": "maths.add", "arguments": {"a": "one"}}], "tool_calls"),
        ([{"name": "other", "arguments": {}}], "tool_calls"),
        (None, "tool_calls"),
        ([], "quality_passed"),
    ],
)
def test_calls_are_judged_by_their_tools(calls, reason):
    prompt = "Add 1, with maths" if calls else RECORD["prompt"]
    verdict = decided({**RECORD, "prompt": prompt, "tools": [TOOL], "weak_calls": calls})
    assert (verdict["kind"], verdict["reason"]) == ("tools", reason)


def test_a_draft_that_was_not_recorded_is_empty():
    assert decided({**RECORD, "weak_answer": None})["reason"] == "empty"


@pytest.mark.parametrize("huge", [10**400, -(10**400)], ids=["above", "below"])
def test_a_probability_too_large_for_a_float_is_held_to_its_bounds(huge):
    told = {"weak_conf": huge, "weak_answer_probs": [huge], "weak_key_probs": [huge]}
    assert 0 < decided({**RECORD, **told})["score"] < 1


@pytest.mark.parametrize(
    "change",
    [{"prompt": 1}, {"weak_answer": []}, {"tools": [1], "weak_calls": [{}]}, {"id": None}],
)
def test_a_record_of_the_wrong_shape_is_unreadable(change):
    with pytest.raises(UnreadableRecord):
        judge_record({**RECORD, **change})


def test_one_unreadable_record_spoils_no_other(tmp_path, capsys):
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl"
    lines = [json.dumps(RECORD), "{", "", "[" * 100_000, json.dumps({**RECORD, "id": "b"})]
    source.write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(SystemExit) as ended:
        call_command("judge", input=source, output=target)
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        "Record 2 cannot be read: It is not JSON.",
        "Record 4 cannot be read: It is not JSON.",
    ]
    verdicts = [json.loads(line) for line in target.read_text().splitlines()]
    assert [verdict["id"] for verdict in verdicts] == ["a", "b"]
    assert set(verdicts[0]) == {"id", "accepted", "score", "kind", "reason", "ms"}


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"nowhere\.jsonl: No such file"):
        call_command("judge", input=tmp_path / "nowhere.jsonl", output=tmp_path / "out")
