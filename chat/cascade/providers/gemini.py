"""Google's Gemini API: `streamGenerateContent` of its native form.

Each event is a whole response of which any part may be missing. There is no end mark, and a finish
reason may stand in every event, as older models send it: the one that counts is the last before the
stream's proper end.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from chat.cascade.errors import BadResponse
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
    ToolFragment,
    finite,
)
from chat.cascade.providers.exchange import (
    Call,
    alternating,
    call_id,
    count,
    fields,
    logprobs,
    parsed,
    provider,
    reported,
    stated,
    text,
    with_key,
)

_PRESET = PRESETS["gemini"]

# In the order of their numbers, which servers may send in their place:
# https://github.com/googleapis/googleapis/tree/master/google/ai/generativelanguage/v1beta
_REASONS = (
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
)

FINISHES: dict[str, FinishReason] = {
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
}

BAD_CALLS = (
    "MALFORMED_FUNCTION_CALL",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE",
    "MALFORMED_RESPONSE",
)

_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "one": "ANY"}


def endpoint(base_url: str | None, model: str) -> str:
    """The full address, for a base URL with or without its version and trailing slash."""
    base = (base_url or _PRESET.base_url).rstrip("/")
    versioned = base if httpx.URL(base).path.strip("/") else f"{base}/v1beta"
    name = quote(model.removeprefix("models/"), safe="")
    return f"{versioned}/models/{name}:streamGenerateContent?alt=sse"


def addressed(request: Request) -> tuple[Request, str, dict[str, str]]:
    """The request with its key, the full address, and the header that carries the key."""
    url = endpoint(request.base_url, request.model)
    is_own = url == endpoint(None, request.model)
    request = with_key(request, *_PRESET.key_variables, is_own_address=is_own)
    return request, url, _PRESET.headers(request.api_key)


def _call(request: Request) -> Call:
    request, url, headers = addressed(request)
    reader = _Reader(request)
    return Call(request, url, lambda refused: _body(request), reader, headers, end=reader.end)


stream = provider(_call)


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "contents": _contents(request),
        "generationConfig": {
            "maxOutputTokens": request.max_tokens,
            "temperature": request.temperature,
        },
    }
    if _PRESET.asks_logprobs(request.logprobs, request.model):
        body["generationConfig"]["responseLogprobs"] = True
    if system := request.system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_declared(tool) for tool in request.tools]}]
        body["toolConfig"] = {"functionCallingConfig": _calling(request)}
    return body


def _declared(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": tool["name"],
        "description": tool["description"],
        "parametersJsonSchema": tool["parameters"],
    }


def _calling(request: Request) -> dict[str, Any]:
    config: dict[str, Any] = {"mode": _MODES[request.tool_choice.kind]}
    if request.tool_choice.kind == "one":
        config["allowedFunctionNames"] = [request.tool_choice.name]
    return config


def _contents(request: Request) -> list[dict[str, Any]]:
    names = {call["id"]: call["name"] for m in request.messages for call in m.get("tool_calls", ())}
    answered = {message.get("tool_call_id", "") for message in request.messages}
    said = (
        ("model" if message["role"] == "assistant" else "user", part)
        for message in request.messages
        for part in _parts(message, answered, names)
    )
    return alternating(said, "parts")


def _parts(
    message: Message, answered: set[str], names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Nothing for an empty turn, nor for system text. A call that nobody answered would be refused,
    and is left out."""
    if message["role"] == "system":
        return
    if message["role"] == "tool":
        id = message.get("tool_call_id", "")
        name = message.get("name") or names.get(id, "")
        yield {"functionResponse": {"id": id, "name": name, "response": _response(message)}}
        return
    calls = [call for call in message.get("tool_calls", ()) if call["id"] in answered]
    signed = [fields(data) for data in message.get("opaque", ())]
    signatures = {data.get("call"): data["thoughtSignature"] for data in signed if _is_ours(data)}
    unsaid = signatures.pop(None, "")
    if message["content"]:
        yield {"text": message["content"]}
    if unsaid and (message["content"] or calls):  # it came on a text, or on an empty one
        yield {"text": "", "thoughtSignature": unsaid}
    for call in calls:
        signature = signatures.get(call["id"])
        made = {"id": call["id"], "name": call["name"], "args": call["arguments"]}
        yield {"functionCall": made} | ({"thoughtSignature": signature} if signature else {})


def _is_ours(data: Mapping[str, Any]) -> bool:
    """Another vendor's opaque data may stand in the history of a cascade."""
    return "thoughtSignature" in data


def _response(message: Message) -> dict[str, Any]:
    """It has to be an object; results are any text."""
    try:
        result = json.loads(message["content"], parse_constant=str, parse_float=finite)
    except (ValueError, RecursionError):
        result = message["content"]
    if message.get("is_error"):
        return {"error": result}
    return result if isinstance(result, dict) else {"result": result}


class _Reader:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._calls = 0
        self._reason = ""

    def read(self, data: str) -> list[Delta]:
        """A list of responses is what comes where `alt=sse` got lost on the way."""
        payload = parsed(data, self._request)
        responses = payload if isinstance(payload, list) else [payload]
        return [delta for response in responses for delta in self._response(fields(response))]

    def end(self) -> Iterator[Delta]:
        if self._reason:
            yield Finish(FINISHES.get(self._reason, "tool_calls" if self._calls else "stop"))

    def _response(self, response: dict[str, Any]) -> Iterator[Delta]:
        if error := response.get("error"):
            raise failures.from_event(error, self._request)
        candidates = response.get("candidates")
        for candidate in map(fields, candidates if isinstance(candidates, list) else ()):
            if candidate.get("index", 0) in (0, None):
                yield from self._candidate(candidate)
        if fields(response.get("promptFeedback")).get("blockReason"):
            self._reason = "SAFETY"
        usage = fields(response.get("usageMetadata"))
        # Before anything is counted an estimate of what was read is nearer the truth.
        if usage and (self._reason or count(usage, "candidatesTokenCount")):
            yield from _counted(usage)

    def _candidate(self, candidate: dict[str, Any]) -> Iterator[Delta]:
        parts = fields(candidate.get("content")).get("parts")
        for part in map(fields, parts if isinstance(parts, list) else ()):
            yield from self._part(part)
        if chosen := fields(candidate.get("logprobsResult")).get("chosenCandidates"):
            yield from logprobs(chosen, "logProbability")
        reason = candidate.get("finishReason")
        if isinstance(reason, int):
            reason = _REASONS[reason] if 0 <= reason < len(_REASONS) else "OTHER"
        if isinstance(reason, str) and reason not in ("", _REASONS[0]):
            self._finish(reason)

    def _part(self, part: dict[str, Any]) -> Iterator[Delta]:
        if words := text(part.get("text")):
            yield Reasoning(words) if part.get("thought") is True else Text(words)
        id = ""
        if call := fields(part.get("functionCall")):
            id = call_id(call.get("id"))
            arguments = json.dumps(fields(call.get("args")))
            yield ToolFragment(self._calls, id, text(call.get("name")), arguments)
            self._calls += 1
        if signature := part.get("thoughtSignature"):
            yield Opaque({"thoughtSignature": signature} | ({"call": id} if id else {}))

    def _finish(self, reason: str) -> None:
        if reason in BAD_CALLS:
            raise BadResponse(f"{self._request.model} made a tool call that cannot be read.")
        self._reason = reason


def _counted(usage: dict[str, Any]) -> list[Reported]:
    given, taken = stated(usage, "promptTokenCount"), stated(usage, "candidatesTokenCount")
    thought = count(usage, "thoughtsTokenCount")
    return reported(
        None if given is None else given + count(usage, "toolUsePromptTokenCount"),
        None if taken is None else taken + thought,
        stated(usage, "totalTokenCount"),
        cached=count(usage, "cachedContentTokenCount"),
        reasoning=thought,
    )
