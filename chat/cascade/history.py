"""What callers may pass as `messages=`: what came before the query, in the guide's plain form."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chat.cascade.errors import ConfigError
from chat.cascade.providers.base import Message, clean
from chat.cascade.streaming.events import CallData

_ROLES = ("system", "developer", "user", "assistant", "tool")
_CALL = '{"id": "call_1", "name": "get_weather", "arguments": {"location": "Paris"}}'


def read_messages(messages: object) -> list[Message]:
    """Raises ConfigError; each call of an assistant must be answered by the messages after it."""
    if messages is None:
        return []
    if not isinstance(messages, Sequence) or isinstance(messages, str | bytes):
        raise ConfigError(f"messages is {type(messages).__name__}, must be a list of messages")
    return list(_read(messages))


def _read(messages: Sequence[Any]) -> Iterator[Message]:
    open_calls: dict[str, str] = {}  # of the last assistant's message: id -> name
    for at, message in enumerate(messages):
        place = f"messages[{at}]"
        if not isinstance(message, Mapping):
            raise ConfigError(
                f'{place} is {type(message).__name__}, must have "role" and "content"'
            )
        if message.get("role") == "tool":
            yield _answer(message, open_calls, place)
            continue
        _check_answered(open_calls, f"before {place}")
        said = _said(message, place)
        open_calls = {call["id"]: call["name"] for call in said.get("tool_calls", ())}
        yield said
    _check_answered(open_calls, "at the end of messages")


def _said(message: Mapping[str, Any], place: str) -> Message:
    role, content, calls = (message.get(name) for name in ("role", "content", "tool_calls"))
    if role not in _ROLES:
        accepted = ", ".join(_ROLES)
        raise ConfigError(f"Unknown message role {role!r} in {place}, must be one of: {accepted}")
    if calls and role != "assistant":
        raise ConfigError(f"{place} has tool_calls, which only an assistant's message may have")
    # OpenAI's newer word for the same, which it takes in either form and others do not know.
    role = "system" if role == "developer" else role
    said = Message(role=role, content=_text("" if calls and content is None else content, place))
    if calls:
        said["tool_calls"] = _calls(calls, place)
    return said


def _answer(message: Mapping[str, Any], open_calls: dict[str, str], place: str) -> Message:
    id = message.get("tool_call_id")
    if not isinstance(id, str) or id not in open_calls:
        known = ", ".join(open_calls) or "(there are none)"
        raise ConfigError(
            f"tool_call_id of {place} is {id!r}, must be that of a call which the assistant's "
            f"message before it made and nothing has answered: {known}"
        )
    return Message(
        role="tool",
        content=_text(message.get("content"), place),
        tool_call_id=id,
        name=open_calls.pop(id),
        is_error=message.get("is_error") is True,
    )


def _check_answered(open_calls: Mapping[str, str], where: str) -> None:
    if open_calls:
        id, name = next(iter(open_calls.items()))
        raise ConfigError(
            f"The call {id!r} of {name!r} has no answer {where}, must be followed by "
            f'{{"role": "tool", "tool_call_id": {json.dumps(id)}, "content": "…"}}'
        )


def _calls(calls: object, place: str) -> list[CallData]:
    if not isinstance(calls, Sequence) or isinstance(calls, str | bytes):
        raise ConfigError(f"tool_calls of {place} must be a list of calls like {_CALL}")
    made = [_call(call, f"{place}.tool_calls[{at}]") for at, call in enumerate(calls)]
    if len({call["id"] for call in made}) < len(made):
        raise ConfigError(f"tool_calls of {place} have an id twice, ids must differ")
    return made


def _call(call: object, place: str) -> CallData:
    if not isinstance(call, Mapping) or "function" in call:
        raise ConfigError(f"{place} must be a call in the universal form, like {_CALL}")
    id, name, arguments = (call.get(field) for field in ("id", "name", "arguments"))
    for field, value in (("id", id), ("name", name)):
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{field} of {place} is {value!r}, must be a text, as in {_CALL}")
    if not isinstance(arguments, Mapping):
        raise ConfigError(f"arguments of {place} must be an object and not its JSON, as in {_CALL}")
    try:
        kept = json.loads(json.dumps(dict(arguments), allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ConfigError(
            f"arguments of {place} must hold only what JSON can, as in {_CALL}"
        ) from None
    return CallData(id=str(id), name=str(name), arguments=kept)


def _text(content: object, place: str) -> str:
    if not isinstance(content, str):
        raise ConfigError(f"content of {place} must be text")
    return clean(content)
