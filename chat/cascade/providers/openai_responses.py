"""OpenAI's Responses API, also spoken by LM Studio, OpenRouter and others.

Events name what they bring; unknown ones are normal. There is no finish reason: the last event
holds the whole response, whose status says how it ended.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Iterator
from typing import Any

from chat.cascade.presets import Preset
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
from chat.cascade.providers.calls import as_json_text
from chat.cascade.providers.exchange import (
    Call,
    count,
    fields,
    logprobs,
    parsed,
    provider,
    reported,
    stated,
    text,
)
from chat.cascade.providers.openai import at_service, stated_cost

_SMALLEST_LIMIT = 16  # fewer tokens are a 400

_THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_ENDS = ("response.completed", "response.incomplete", "response.failed")
_NO_ENDS = ("cancelled", "in_progress", "queued")  # of a response that came whole


def _call(request: Request) -> Call:
    request, url, preset = at_service(request, "/responses")
    return Call(
        request,
        url,
        headers=preset.headers(request.api_key),
        body=lambda refused: _body(request, preset, refused),
        reader=_Reader(request),
        dispensable=frozenset({"temperature", "include"}),
    )


stream = provider(_call)


def _body(request: Request, preset: Preset, refused: frozenset[str]) -> dict[str, Any]:
    """Nothing is stored at the vendor; what a model thought between calls is carried along."""
    body: dict[str, Any] = {
        "model": request.model,
        "input": [item for message in request.messages for item in _items(message)],
        "max_output_tokens": max(request.max_tokens, _SMALLEST_LIMIT),
        "temperature": request.temperature,
        "stream": True,
        "store": False,
    }
    if system := request.system:
        body["instructions"] = system
    if request.tools:
        body["tools"] = [
            {"type": "function", "strict": False, **tool, "parameters": dict(tool["parameters"])}
            for tool in request.tools
        ]
        if request.tool_choice.kind != "auto":
            body["tool_choice"] = _choice(request.tool_choice)
    if include := list(_included(request, preset)):
        body["include"] = include
    return {name: value for name, value in body.items() if name not in refused}


def _included(request: Request, preset: Preset) -> Iterator[str]:
    if request.tools:
        yield "reasoning.encrypted_content"
    if preset.asks_logprobs(request.logprobs, request.model):
        yield "message.output_text.logprobs"


def _choice(choice: ToolChoice) -> str | dict[str, str]:
    return {"type": "function", "name": choice.name} if choice.kind == "one" else choice.kind


def _items(message: Message) -> Iterator[Any]:
    """System text goes into `instructions`."""
    if message["role"] == "tool":
        call_id = message.get("tool_call_id", "")
        yield {"type": "function_call_output", "call_id": call_id, "output": message["content"]}
        return
    yield from message.get("opaque", ())
    if message["content"] and message["role"] != "system":
        yield {"role": message["role"], "content": message["content"]}
    for call in message.get("tool_calls", ()):
        yield {
            "type": "function_call",
            "call_id": call["id"],
            "name": call["name"],
            "arguments": as_json_text(call["arguments"]),
        }


class _Reader:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._finished = False
        self._refused = False
        self._has_text = False
        self._keys: dict[int, int] = {}  # of calls, by their place in the output
        self._with_arguments: set[int] = set()
        self._thoughts: set[int] = set()  # that are to go back, by their place in the output

    def read(self, data: str) -> list[Delta]:
        event = fields(parsed(data, self._request))
        kind = text(event.get("type"))
        if self._finished:
            return []
        if error := event.get("error") or (event if kind == "error" else None):
            raise failures.from_event(error, self._request)
        if kind in _ENDS:
            return self._end(kind.removeprefix("response."), fields(event.get("response")))
        if event.get("object") == "response":  # a whole one, where no stream was made of it
            return self._end(text(event.get("status")), event)
        return list(self._delta(kind, event))

    def _delta(self, kind: str, event: dict[str, Any]) -> Iterator[Delta]:
        delta, at = text(event.get("delta")), count(event, "output_index")
        match kind:
            case "response.output_text.delta" | "response.refusal.delta" if delta:
                yield self._text(delta, refused=kind == "response.refusal.delta")
                yield from logprobs(event.get("logprobs"))
            case "response.function_call_arguments.delta" if delta:
                yield from self._arguments(at, delta)
            case "response.function_call_arguments.done":
                yield from self._rest(at, event)
            case "response.output_item.added":
                yield from self._item(at, fields(event.get("item")))
            case "response.output_item.done":
                yield from self._thought(at, fields(event.get("item")))
                yield from self._item(at, fields(event.get("item")))
            case _ if kind in _THOUGHTS and delta:
                yield Reasoning(delta)

    def _text(self, words: str, *, refused: bool) -> Text:
        self._has_text = True
        self._refused = self._refused or refused
        return Text(words, is_refusal=refused)

    def _item(self, at: int, item: dict[str, Any]) -> Iterator[Delta]:
        """Opens a call, or completes it where no piece of its arguments came."""
        if item.get("type") != "function_call":
            return
        if at not in self._keys:
            self._keys[at] = len(self._keys)
            yield ToolFragment(self._keys[at], text(item.get("call_id")), text(item.get("name")))
        yield from self._rest(at, item)

    def _thought(self, at: int, item: dict[str, Any]) -> Iterator[Opaque]:
        """Only a whole one may go back, and only once: while it is written its first item has
        something encrypted too."""
        is_new = at not in self._thoughts
        if is_new and item.get("type") == "reasoning" and item.get("encrypted_content"):
            self._thoughts.add(at)
            yield Opaque(item)

    def _rest(self, at: int, item: dict[str, Any]) -> Iterator[ToolFragment]:
        if self._keys.get(at) not in self._with_arguments and (
            arguments := as_json_text(item.get("arguments"))
        ):
            yield from self._arguments(at, arguments)

    def _arguments(self, at: int, arguments: str) -> Iterator[ToolFragment]:
        """Those of a call that was never opened belong to no tool and are passed over."""
        if (key := self._keys.get(at)) is not None:
            self._with_arguments.add(key)
            yield ToolFragment(key, arguments=arguments)

    def _end(self, status: str, response: dict[str, Any]) -> list[Delta]:
        if status == "failed":
            raise failures.from_event(response.get("error") or "failed", self._request)
        deltas = list(self._missed(response.get("output")))
        self._finished = True
        if status not in _NO_ENDS:
            deltas.append(Finish(self._finish(status, response)))
        deltas.extend(_counted(fields(response.get("usage"))))
        return deltas

    def _missed(self, output: object) -> Iterator[Delta]:
        """What the last event alone brought."""
        had_text = self._has_text
        for at, item in enumerate(map(fields, output if isinstance(output, list) else ())):
            yield from self._thought(at, item)
            yield from self._item(at, item)
            if item.get("type") == "message" and not had_text:
                content = item.get("content")
                for part in map(fields, content if isinstance(content, list) else ()):
                    if words := text(part.get("text")) or text(part.get("refusal")):
                        yield self._text(words, refused=part.get("type") == "refusal")

    def _finish(self, status: str, response: dict[str, Any]) -> FinishReason:
        if status == "incomplete":
            why = fields(response.get("incomplete_details")).get("reason")
            return "content_filter" if why == "content_filter" else "length"
        if self._refused:
            return "refusal"
        return "tool_calls" if self._keys else "stop"


def _counted(usage: dict[str, Any]) -> list[Reported]:
    details = fields(usage.get("input_tokens_details"))
    return reported(
        stated(usage, "input_tokens"),
        stated(usage, "output_tokens"),
        stated(usage, "total_tokens"),
        cached=count(details, "cached_tokens"),
        written=count(details, "cache_write_tokens"),
        reasoning=count(fields(usage.get("output_tokens_details")), "reasoning_tokens"),
        cost_usd=stated_cost(usage),
    )
