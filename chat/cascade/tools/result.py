"""What a tool gave, and the text of it that a model reads."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from chat.cascade.errors import ToolError
from chat.cascade.providers.base import Message, clean

# About 5,000 tokens: a result is paid for again with every later request.
MAX_OUTPUT = 20_000


@dataclass(frozen=True, slots=True)
class ToolResult:
    """`result` is the function's own value, or its text where that was longer than `max_output`
    characters. `error` is fit for the model; `exception`, for logs only, is what stood behind it.
    """

    call_id: str
    name: str
    result: Any = field(default=None, hash=False)
    error: str | None = None
    execution_time_ms: float = 0.0
    exception: BaseException | None = field(default=None, repr=False, compare=False)
    max_output: int = field(default=MAX_OUTPUT, repr=False, compare=False)

    @property
    def success(self) -> bool:
        return self.error is None

    @property
    def text(self) -> str:
        """Raises ToolError where JSON has no form for the result; an executor's results have."""
        if self.error is not None:
            return self.error
        return written(self.result, self.max_output)

    def to_message(self) -> Message:
        return Message(
            role="tool",
            content=self.text,
            tool_call_id=self.call_id,
            name=self.name,
            is_error=not self.success,
        )


def written(value: Any, max_output: int) -> str:
    """Text as it stands, all else as JSON, cut after `max_output` characters."""
    text = clean(value[: max_output + 1] if isinstance(value, str) else _json(value, max_output))
    if len(text) <= max_output:
        return text
    return f"{text[:max_output]}\n[cut here: only the first {max_output} characters are shown]"


def _json(value: Any, enough: int) -> str:
    """Stops when there is enough, however large the value."""
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain)
    parts: list[str] = []
    length = 0
    try:
        for part in encoder.iterencode(value):
            parts.append(part)
            length += len(part)
            if length > enough:
                break
    except (TypeError, ValueError, RecursionError) as exc:
        raise ToolError(f"The result, a {type(value).__name__}, has no form in JSON.") from exc
    return "".join(parts)


def _plain(value: Any) -> Any:
    match value:
        case date() | time() | timedelta() | Decimal() | UUID() | PurePath():
            return str(value)
        case set() | frozenset():
            return list(value)
        case Enum():
            return value.value
        case Mapping():
            return dict(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in JSON")
