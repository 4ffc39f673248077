"""Anthropic's Messages API.

An answer is a row of blocks, each opened, filled and closed by events that carry its index. Events,
blocks and deltas of unknown types are normal and passed over. Usage is reported twice: the second
report may leave out what the first one said, and the first one's output is a token or two.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chat.cascade.presets import PRESETS
from chat.cascade.providers import failures
from chat.cascade.providers.base import (
    Delta,
    Finish,
    FinishReason,
    Message,
    Opaque,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolChoice,
    ToolFragment,
)
from chat.cascade.providers.exchange import (
    Call,
    alternating,
    call_id,
    count,
    fields,
    parsed,
    provider,
    reported,
    stated,
    text,
    with_key,
)

_PRESET = PRESETS["anthropic"]

# This version refuses every sampling parameter, whatever its value, and newer models do so under
# the older one: https://platform.claude.com/docs/en/api/migration-2026-10-21
VERSION = "2026-10-21"

_FINISHES: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}

# https://platform.claude.com/docs/en/api/errors: an error inside a stream comes without a status.
_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def endpoint(base_url: str | None) -> str:
    """The full address, for a base URL with or without `/v1`, trailing slash or the whole path."""
    base = (base_url or _PRESET.base_url).rstrip("/").removesuffix("/messages").removesuffix("/v1")
    return f"{base}/v1/messages"


def addressed(request: Request) -> tuple[Request, str, dict[str, str]]:
    """The request with its key, the full address, and the headers that are wanted there."""
    url = endpoint(request.base_url)
    request = with_key(request, *_PRESET.key_variables, is_own_address=url == endpoint(None))
    return request, url, {"anthropic-version": VERSION} | _PRESET.headers(request.api_key)


def _call(request: Request) -> Call:
    request, url, headers = addressed(request)
    return Call(request, url, lambda refused: _body(request), _Reader(request), headers)


stream = provider(_call)


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": _messages(request),
        "stream": True,
    }
    if system := request.system:
        body["system"] = system
    if request.tools:
        body["tools"] = [
            {
                "name": tool["name"],
                "description": tool["description"],
                "input_schema": tool["parameters"],
            }
            for tool in request.tools
        ]
        body["tool_choice"] = _tool_choice(request.tool_choice)
    return body


def _tool_choice(choice: ToolChoice) -> dict[str, str]:
    if choice.kind == "one":
        return {"type": "tool", "name": choice.name}
    return {"type": "any" if choice.kind == "required" else choice.kind}


def _messages(request: Request) -> list[dict[str, Any]]:
    answered = {message.get("tool_call_id", "") for message in request.messages}
    said = (
        ("assistant" if message["role"] == "assistant" else "user", block)
        for message in request.messages
        for block in _blocks(message, answered)
    )
    return alternating(said, "content")


def _blocks(message: Message, answered: set[str]) -> Iterator[dict[str, Any]]:
    """Nothing for an empty turn, nor for system text. A call that nobody answered would be refused,
    and is left out."""
    if message["role"] == "system":
        return
    if message["role"] == "tool":
        yield {
            "type": "tool_result",
            "tool_use_id": _accepted_id(message.get("tool_call_id", "")),
            "content": message["content"],
            "is_error": message.get("is_error", False),
        }
        return
    calls = [call for call in message.get("tool_calls", ()) if call["id"] in answered]
    says_something = bool(message["content"].strip())
    if calls or says_something:
        yield from (block for block in message.get("opaque", ()) if _is_thinking(block))
    if says_something:
        yield {"type": "text", "text": message["content"]}
    for call in calls:
        yield {
            "type": "tool_use",
            "id": _accepted_id(call["id"]),
            "name": call["name"],
            "input": call["arguments"],
        }


def _is_thinking(block: object) -> bool:
    """Another vendor's opaque data may stand in the history of a cascade."""
    return fields(block).get("type") in ("thinking", "redacted_thinking")


def _accepted_id(id: str) -> str:
    """Other vendors make ids that are refused here: `functions.search:0`."""
    return re.sub("[^A-Za-z0-9_-]", "_", id)


@dataclass(slots=True)
class _Block:
    type: str
    key: int = -1
    input: dict[str, Any] = field(default_factory=dict)
    has_arguments: bool = False
    thinking: list[str] = field(default_factory=list)
    signature: str = ""


class _Reader:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._blocks: dict[int | None, _Block] = {}
        self._counts: dict[str, Any] = {}
        self._calls = 0
        self._finished = False

    def read(self, data: str) -> list[Delta]:
        event = fields(parsed(data, self._request))
        index = stated(event, "index")
        if (error := event.get("error")) and not self._finished:
            raise failures.from_event(_with_status(error), self._request)
        match event.get("type"):
            case "message_start":
                self._count(fields(event.get("message")).get("usage"))
                self._counts.pop("output_tokens", None)
                return [*self._counted()]
            case "content_block_start":
                return list(self._open(index, fields(event.get("content_block"))))
            case "content_block_delta":
                return list(self._fill(index, fields(event.get("delta"))))
            case "content_block_stop":
                return list(self._close(index))
            case "message_delta":
                self._count(event.get("usage"))
                reason = fields(event.get("delta")).get("stop_reason")
                return [*self._finish(reason), *self._counted()]
            case "message_stop":
                return list(self._finish("end_turn"))
            case "message":
                return list(self._whole(event))
        return []

    def _open(self, index: int | None, start: dict[str, Any]) -> Iterator[Delta]:
        block = self._blocks[index] = _Block(text(start.get("type")))
        match block.type:
            case "text" if words := text(start.get("text")):
                yield Text(words)
            case "thinking":
                block.signature = str(start.get("signature") or "")
                yield from self._think(block, start.get("thinking"))
            case "redacted_thinking":
                yield Opaque(start)
            case "tool_use":
                block.key, block.input = self._calls, fields(start.get("input"))
                self._calls += 1
                yield ToolFragment(block.key, call_id(start.get("id")), text(start.get("name")))

    def _fill(self, index: int | None, delta: dict[str, Any]) -> Iterator[Delta]:
        block = self._blocks.get(index) or _Block("")
        match delta.get("type"):
            case "text_delta" if words := text(delta.get("text")):
                yield Text(words)
            case "thinking_delta":
                yield from self._think(block, delta.get("thinking"))
            case "signature_delta":
                block.signature += str(delta.get("signature") or "")
            case "input_json_delta" if block.type == "tool_use":
                if arguments := text(delta.get("partial_json")):
                    block.has_arguments = True
                    yield ToolFragment(block.key, arguments=arguments)

    def _close(self, index: int | None) -> Iterator[Delta]:
        """A call without parameters has no pieces, so its arguments are known only now."""
        block = self._blocks.pop(index, _Block(""))
        if block.type == "thinking":
            thinking = "".join(block.thinking)
            yield Opaque({"type": "thinking", "thinking": thinking, "signature": block.signature})
        elif block.type == "tool_use" and not block.has_arguments:
            yield ToolFragment(block.key, arguments=json.dumps(block.input))

    def _think(self, block: _Block, thought: object) -> Iterator[Delta]:
        """What is signed must go back as it came, so it is kept uncleaned as well."""
        if isinstance(thought, str) and thought:
            block.thinking.append(thought)
            yield Reasoning(text(thought))

    def _finish(self, reason: object) -> Iterator[Delta]:
        if self._finished or not isinstance(reason, str):
            return
        self._finished = True
        finish = _FINISHES.get(reason, "stop")
        yield Finish("tool_calls" if self._calls and finish == "stop" else finish)

    def _whole(self, message: dict[str, Any]) -> Iterator[Delta]:
        """An answer in one piece, from a server that does not stream."""
        content = message.get("content")
        for index, block in enumerate(content if isinstance(content, list) else ()):
            yield from self._open(index, fields(block))
            yield from self._close(index)
        self._count(message.get("usage"))
        yield from self._finish(message.get("stop_reason"))
        yield from self._counted()

    def _count(self, usage: object) -> None:
        counts = fields(usage).items()
        self._counts |= {name: number for name, number in counts if number is not None}

    def _counted(self) -> list[Reported]:
        counts, given = self._counts, stated(self._counts, "input_tokens")
        cached = count(counts, "cache_read_input_tokens")
        written = count(counts, "cache_creation_input_tokens")
        return reported(
            None if given is None else given + cached + written,
            stated(counts, "output_tokens"),
            cached=cached,
            written=written,
            reasoning=count(fields(counts.get("output_tokens_details")), "thinking_tokens"),
        )


def _with_status(error: object) -> object:
    if not isinstance(error, Mapping):
        return error
    status = _STATUSES.get(text(error.get("type")))
    return {**error, "status_code": status} if status else error
