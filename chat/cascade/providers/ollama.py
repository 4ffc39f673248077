"""Ollama's own API: a JSON object a line, tool arguments as objects, the counts in the last line.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from chat.cascade.presets import PRESETS
from chat.cascade.providers import failures
from chat.cascade.providers.base import (
    Delta,
    Finish,
    FinishReason,
    Message,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolFragment,
)
from chat.cascade.providers.calls import as_json_text, as_tool
from chat.cascade.providers.exchange import (
    Call,
    call_id,
    fields,
    logprobs,
    parsed,
    provider,
    reported,
    stated,
    text,
)
from chat.cascade.providers.thoughts import InlineThoughts
from chat.cascade.tokens import estimate_tokens

_FINISHES: dict[str, FinishReason] = {"length": "length"}


def endpoint(base_url: str | None) -> str:
    """The full address; what other clients are given, `/v1` or `/api`, does no harm."""
    base = (base_url or PRESETS["ollama"].base_url).rstrip("/").removesuffix("/chat")
    return f"{base.removesuffix('/v1').removesuffix('/api')}/api/chat"


def _call(request: Request) -> Call:
    """A key is for those who put a gateway before it, and for ollama.com."""
    return Call(
        request,
        endpoint(request.base_url),
        headers=PRESETS["ollama"].headers(request.api_key),
        body=lambda refused: _body(request),
        reader=_Reader(request),
        framing="ndjson",
        thoughts=InlineThoughts(),  # of versions older than their own field for them
    )


stream = provider(_call)


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in _in_order(request.messages)],
        "stream": True,
        "options": {"num_predict": request.max_tokens, "temperature": request.temperature},
    }
    if room := request.num_ctx or _room(request):
        body["options"]["num_ctx"] = room
    if PRESETS["ollama"].asks_logprobs(request.logprobs, request.model):
        body["logprobs"] = True  # since 0.12; older versions pass over it
    if request.tools and request.tool_choice.kind != "none":
        body["tools"] = [as_tool(tool) for tool in request.tools]
    return body


_SMALLEST_ROOM = 2_048
_LARGEST_ROOM = 131_072


def _room(request: Request) -> int | None:
    """A context that is too small is cut silently, from the top. What surely fits the smallest
    default is left to the server; beyond that, powers of two, as each size loads the model anew.

    Half as much again as the estimate, which is seldom further off.
    """
    sent = json.dumps([request.messages, request.tools], ensure_ascii=False, default=dict)
    needed = estimate_tokens(sent) * 3 // 2 + request.max_tokens
    if needed <= _SMALLEST_ROOM:
        return None
    return min(1 << (needed - 1).bit_length(), _LARGEST_ROOM)


def _in_order(messages: Sequence[Message]) -> Iterator[Message]:
    """With results in the order of their calls: ids are not sent, so nothing else tells which is
    whose where one tool was called twice."""
    asked: dict[str, int] = {}
    for are_results, run in groupby(messages, key=lambda message: message["role"] == "tool"):
        said = list(run)
        if are_results:
            said.sort(key=lambda result: asked.get(result.get("tool_call_id", ""), 0))
        else:
            asked = {call["id"]: at for at, call in enumerate(said[-1].get("tool_calls", ()))}
        yield from said


def _message(message: Message) -> dict[str, Any]:
    sent: dict[str, Any] = {"role": message["role"], "content": message["content"]}
    if message["role"] == "tool":
        sent["tool_name"] = message.get("name", "")
    if calls := message.get("tool_calls"):
        sent["tool_calls"] = [
            {"function": {"name": call["name"], "arguments": dict(call["arguments"])}}
            for call in calls
        ]
    return sent


class _Reader:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._calls = 0

    def read(self, data: str) -> list[Delta]:
        line = fields(parsed(data, self._request))
        if line.get("error"):
            raise failures.from_event(line["error"], self._request)
        message = fields(line.get("message"))
        deltas: list[Delta] = []
        if thought := text(message.get("thinking")):
            deltas.append(Reasoning(thought))
        if content := text(message.get("content")):
            deltas.append(Text(content))
            deltas.extend(logprobs(line.get("logprobs")))
        deltas.extend(self._fragments(message.get("tool_calls")))
        if line.get("done") is True:
            deltas.append(Finish(self._finish(line.get("done_reason"))))
            deltas.extend(_counted(line))
        return deltas

    def _fragments(self, calls: object) -> Iterator[ToolFragment]:
        """Calls come whole; old versions gave no id."""
        for call in calls if isinstance(calls, list) else ():
            function = fields(fields(call).get("function"))
            if name := text(function.get("name")):
                id = call_id(fields(call).get("id"))
                arguments = as_json_text(function.get("arguments"))
                yield ToolFragment(self._calls, id, name, arguments)
                self._calls += 1

    def _finish(self, reason: object) -> FinishReason:
        return _FINISHES.get(text(reason), "tool_calls" if self._calls else "stop")


def _counted(line: dict[str, Any]) -> list[Reported]:
    """Old versions leave out the prompt's count where it was cached."""
    return reported(stated(line, "prompt_eval_count"), stated(line, "eval_count"))
