"""Recorded drafts, judged as live ones are: what `manage.py judge` does to each line of a file."""

import gzip
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, TypedDict, cast

from chat.cascade.numeric import is_number
from chat.cascade.providers.base import Message, ToolSpec
from chat.cascade.quality import SHIPPED, Calibration, Confidence, decide
from chat.cascade.quality.sandbox import Sandbox
from chat.cascade.quality.watch import Watch
from chat.cascade.tools.call import ToolCall
from chat.cascade.tools.judging import CallJudge, JudgedCall


class UnreadableRecord(ValueError):
    """Says in one sentence what is wrong with a line."""


class Verdict(TypedDict):
    """`score` is from 0 to 1; `kind` is the kind of work; `ms` is wall time."""

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


def parsed(lines: TextIO) -> Iterator[Mapping[str, Any]]:
    """Without blank lines. Raises UnreadableRecord."""
    return (_parsed(line) for line in lines if line.strip())


def verdicts(
    lines: TextIO, calibration: Calibration, sandbox: Sandbox | None
) -> Iterator[tuple[int, Verdict | UnreadableRecord]]:
    """By number, from 1; blank lines count and are passed over."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, judge_record(_parsed(line), calibration, sandbox)
        except UnreadableRecord as exc:
            yield number, exc


def judge_record(
    record: Mapping[str, Any],
    calibration: Calibration = SHIPPED,
    sandbox: Sandbox | None = None,
) -> Verdict:
    """Reads the question and the weak draft, and nothing that tells how good it is.

    A weak_answer of null, one that was not recorded, is judged as an empty draft.
    Raises UnreadableRecord.
    """
    identity = _text(record, "id")
    began = time.perf_counter()
    decision = decide(**read_record(record), calibration=calibration, sandbox=sandbox)
    return {
        "id": identity,
        "accepted": decision.accepted,
        "score": decision.score,
        "kind": decision.kind,
        "reason": decision.reason,
        "ms": round(1000 * (time.perf_counter() - began), 3),
    }


def written_of(record: Mapping[str, Any]) -> float:
    """The share of the draft, 0 to 1, that is written before it is ended as lost; 1 if it is not.

    Tokens are taken to be four characters. Raises UnreadableRecord.
    """
    question = read_record(record)
    draft = question["draft"]
    seen = {name: question[name] for name in ("prompt", "history", "tools")}
    watch = Watch(lambda text: decide(**seen, draft=text, finish=None))
    for at in range(0, len(draft), 4):
        if watch.add(draft[at : at + 4]):
            return min(1.0, (at + 4) / len(draft))
    return 1.0


def read_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `decide`. Raises UnreadableRecord."""
    tools = _tools(record.get("tools") or [])
    return {
        "prompt": _text(record, "prompt"),
        "draft": "" if record.get("weak_answer", "") is None else _text(record, "weak_answer"),
        "history": _history(record.get("history") or []),
        "tools": tools,
        "calls": _calls(record.get("weak_calls", []), tools),
        "confidence": _confidence(record),
    }


def _history(history: object) -> list[Message]:
    if isinstance(history, list) and all(
        isinstance(message, dict)
        and isinstance(message.get("role"), str)
        and isinstance(message.get("content"), str)
        for message in history
    ):
        return cast(list[Message], history)
    raise UnreadableRecord("history must be a list of {role, content}.")


def _calls(calls: object, tools: Sequence[ToolSpec]) -> list[JudgedCall]:
    if calls is None:
        return [JudgedCall(ToolCall("", "", {}), "The calls cannot be read.")]
    judge = CallJudge(tools)
    try:
        return [
            judge.judge("", call["name"], _written(call["arguments"]))
            for call in cast(list[Any], calls)
        ]
    except (TypeError, KeyError, AttributeError):
        raise UnreadableRecord("weak_calls must be a list of {name, arguments}.") from None


_LEAST = -10_000.0
"""A log probability; a number in a file may be too low to be any float."""


def _confidence(record: Mapping[str, Any]) -> Confidence | None:
    """`weak_conf` is a log probability, the lists are of probabilities."""
    conf = record.get("weak_conf")
    answer = (
        (min(0.0, max(_LEAST, conf)),)
        if is_number(conf)
        else _logs(record.get("weak_answer_probs"))
    )
    key = _logs(record.get("weak_key_probs"))
    return Confidence(answer, key) if answer or key else None


def _logs(probabilities: object) -> tuple[float, ...]:
    if not isinstance(probabilities, list):
        return ()
    return tuple(
        math.log(min(1.0, max(1e-9, value))) for value in probabilities if is_number(value)
    )


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
