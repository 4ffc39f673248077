"""Recorded drafts, judged as live ones are: what `manage.py judge` does to each line of a file."""

import gzip
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO, TypedDict, cast

from chat.cascade.providers.base import ToolSpec
from chat.cascade.quality import Decision, decide, decide_calls
from chat.cascade.tools.judging import CallJudge


class UnreadableRecord(ValueError):
    """Says in one sentence what is wrong with a line."""


class Verdict(TypedDict):
    """`score` is from 0 to 1; `kind` is what was judged, `tools` or `text`; `ms` is wall time."""

    id: str
    accepted: bool
    score: float
    kind: str
    reason: str
    ms: float


def opened(path: Path) -> TextIO:
    """For reading lines; unpacked where the name ends with .gz. Raises OSError."""
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape"))
    return path.open(encoding="utf-8", errors="surrogateescape")


def verdicts(lines: TextIO) -> Iterator[tuple[int, Verdict | UnreadableRecord]]:
    """By number, from 1; blank lines count and are passed over."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, judge_record(_parsed(line))
        except UnreadableRecord as exc:
            yield number, exc


def judge_record(record: Mapping[str, Any]) -> Verdict:
    """Reads the prompt, the tools and the weak draft; the id is only copied.

    A weak_answer of null, one that was not recorded, is judged as an empty draft.
    Raises UnreadableRecord.
    """
    identity = _text(record, "id")
    began = time.perf_counter()
    decision = _decided(record)
    return {
        "id": identity,
        "accepted": decision.accepted,
        "score": decision.score,
        "kind": "tools" if record.get("tools") else "text",
        "reason": decision.reason,
        "ms": round(1000 * (time.perf_counter() - began), 3),
    }


def _decided(record: Mapping[str, Any]) -> Decision:
    prompt = _text(record, "prompt")
    draft = "" if record.get("weak_answer", "") is None else _text(record, "weak_answer")
    calls = record.get("weak_calls", [])
    if not record.get("tools") or calls == []:
        return decide(prompt, draft)
    if calls is None:
        return decide_calls(["The calls cannot be read."])
    judge = CallJudge(_tools(record["tools"]))
    try:
        judged = [judge.judge("", call["name"], _written(call["arguments"])) for call in calls]
    except (TypeError, KeyError, AttributeError):
        raise UnreadableRecord("weak_calls must be a list of {name, arguments}.") from None
    return decide_calls([call.error for call in judged if call.error])


def _tools(tools: object) -> list[ToolSpec]:
    """Not held to what providers accept as a name: the recording was answered with it."""
    fields = {"name": str, "parameters": dict}
    if isinstance(tools, list) and all(
        isinstance(tool, dict) and all(isinstance(tool.get(f), t) for f, t in fields.items())
        for tool in tools
    ):
        return cast(list[ToolSpec], tools)
    raise UnreadableRecord("tools must be a list of {name, description, parameters}.")


def _written(arguments: object) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _text(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    if not isinstance(value, str):
        raise UnreadableRecord(f"{field} must be a text.")
    return value


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableRecord("It is not JSON.") from None
    if not isinstance(record, dict):
        raise UnreadableRecord("It must be a JSON object.")
    return record
