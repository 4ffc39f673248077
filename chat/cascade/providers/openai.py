"""OpenAI's chat completions, as spoken by OpenAI and by everybody else.

Every field may be missing, null or of another type. The finish reason ends the text but not the
stream: usage comes after it. `[DONE]` is optional, and only a finish reason proves an answer whole.
"""

import json
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import httpx

from chat.cascade.errors import BadResponse, Incomplete, Rejected, Unavailable
from chat.cascade.pricing import Usage
from chat.cascade.providers import failures
from chat.cascade.providers.base import (
    Delta,
    Finish,
    FinishReason,
    Reasoning,
    Reported,
    Request,
    Text,
    clean,
)
from chat.cascade.providers.sse import MAX_EVENT_BYTES, SSEDecoder
from chat.cascade.providers.transport import shared_client

DEFAULT_BASE_URL = "https://api.openai.com/v1"

_ERROR_BODY_BYTES = 64 * 1024

_FINISHES: dict[str, FinishReason] = {
    "length": "length",
    "model_length": "length",  # Mistral
    "max_tokens": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
}

# Parameters that a model at an address has refused, remembered while the process lives.
_refused: dict[tuple[str, str], frozenset[str]] = {}


async def stream(
    request: Request, transport: httpx.AsyncBaseTransport | None
) -> AsyncGenerator[Delta, None]:
    url, headers = endpoint(request.base_url), _headers(request)
    client = await shared_client(transport)
    timeout = httpx.Timeout(None, connect=request.connect_timeout_s, pool=request.connect_timeout_s)
    begun = False
    try:
        while True:
            body = json.dumps(_body(request, url)).encode()
            async with client.stream(
                "POST", url, content=body, headers=headers, timeout=timeout
            ) as response:
                if response.is_success:
                    async with aclosing(_deltas(response, request)) as deltas:
                        async for delta in deltas:
                            begun = True
                            yield delta
                    return
                error, param = failures.from_response(
                    response.status_code, response.headers, await _some(response), request
                )
            if not _can_do_without(param, request, url):
                raise error
    except httpx.TransportError as error:
        raise _broken(error, request, begun=begun) from error


def endpoint(base_url: str | None) -> str:
    """The full address, for a base URL with or without `/v1`, trailing slash or the whole path."""
    base = (base_url or DEFAULT_BASE_URL).rstrip("/").removesuffix("/chat/completions")
    return f"{base if httpx.URL(base).path.strip('/') else base + '/v1'}/chat/completions"


def _headers(request: Request) -> dict[str, str]:
    """The environment's key goes to OpenAI's own address only, never to another endpoint."""
    is_openai = endpoint(request.base_url) == endpoint(DEFAULT_BASE_URL)
    key = request.api_key or (os.environ.get("OPENAI_API_KEY", "").strip() if is_openai else "")
    if is_openai and not key:
        raise Rejected(
            f"There is no API key for {request.model}. Set OPENAI_API_KEY or the model's own key.",
            code="unauthorized",
        )
    headers = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
    }
    return (
        headers | ({"Authorization": f"Bearer {key}"} if key else {}) | dict(request.extra_headers)
    )


def _body(request: Request, url: str) -> dict[str, Any]:
    """Mistral answers 422 to `max_completion_tokens`, OpenAI's newer models 400 to `max_tokens`."""
    refused = _refused.get((url, request.model), frozenset())
    is_openai = httpx.URL(url).host == "api.openai.com"
    limit = "max_completion_tokens" if is_openai or "max_tokens" in refused else "max_tokens"
    body = {
        "model": request.model,
        "messages": request.messages,
        limit: request.max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return {name: value for name, value in body.items() if name not in refused}


def _can_do_without(param: str, request: Request, url: str) -> bool:
    """Whether the model refused a parameter that it need not be sent; true once for each."""
    refused = _refused.get((url, request.model), frozenset())
    if param not in ("temperature", "max_tokens", "stream_options") or param in refused:
        return False
    _refused[url, request.model] = refused | {param}
    return True


async def _some(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _ERROR_BODY_BYTES:
            break
    return body[:_ERROR_BODY_BYTES]


def _broken(error: httpx.TransportError, request: Request, *, begun: bool) -> Exception:
    detail = type(error).__name__
    if begun:
        return Incomplete(f"The connection to {request.model} broke off.", detail=detail)
    return Unavailable(f"{request.model} could not be reached.", detail=detail)


async def _deltas(response: httpx.Response, request: Request) -> AsyncGenerator[Delta, None]:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BadResponse(f"{request.model} answered in a compressed form that was not asked for.")
    kind = response.headers.get("content-type", "")
    if "json" in kind:
        async for delta in _whole(response, request):
            yield delta
        return
    if "html" in kind:
        raise BadResponse(
            f"The address of {request.model} answers with a web page.", retryable=False
        )
    decoder, reader = SSEDecoder(), _Reader(request)
    async for chunk in response.aiter_raw():
        for event in decoder.feed(chunk):
            if event.data == "[DONE]":
                return
            for delta in reader.read(event.data):
                yield delta
    for event in decoder.flush():
        if event.data != "[DONE]":
            for delta in reader.read(event.data):
                yield delta


async def _whole(response: httpx.Response, request: Request) -> AsyncGenerator[Delta, None]:
    """Some servers ignore `stream` and answer with one JSON body."""
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_EVENT_BYTES:
            raise BadResponse(f"{request.model} sent a body of more than 1 MiB.")
    for delta in _Reader(request).read(body.decode("utf-8", "replace")):
        yield delta


class _Reader:
    """Reads the payloads of one stream; the first finish reason ends the text."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._finished = False
        self._refused = False
        self._reasoning_field = ""

    def read(self, data: str) -> list[Delta]:
        """Lists, not generators: this runs once for every token."""
        try:
            payload = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BadResponse(f"{self._request.model} sent something unreadable.") from error
        if not isinstance(payload, dict):
            return []
        if payload.get("error") and not self._finished:
            raise failures.from_event(payload["error"], self._request)
        deltas: list[Delta] = []
        choices = payload.get("choices")
        if choices and isinstance(choices, list) and isinstance(choices[0], dict):
            self._read_choice(choices[0], deltas)
        if (usage := payload.get("usage")) and isinstance(usage, dict):
            deltas.append(_reported(usage))
        return deltas

    def _read_choice(self, choice: dict[str, Any], deltas: list[Delta]) -> None:
        if self._finished or choice.get("index", 0) not in (0, None):
            return
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._read_text(delta, deltas)
        reason = choice.get("finish_reason")
        if reason == "error":
            raise failures.from_event(choice.get("error") or "error", self._request)
        if isinstance(reason, str) and reason:
            self._finished = True
            deltas.append(Finish("refusal" if self._refused else _FINISHES.get(reason, "stop")))

    def _read_text(self, delta: dict[str, Any], deltas: list[Delta]) -> None:
        if thought := self._reasoning(delta):
            deltas.append(Reasoning(clean(thought)))
        content = delta.get("content")
        if isinstance(content, list):
            deltas.extend(_parts(content))
        elif content and isinstance(content, str):
            deltas.append(Text(clean(content)))
        refusal = delta.get("refusal")
        if refusal and isinstance(refusal, str):
            self._refused = True
            deltas.append(Text(clean(refusal)))

    def _reasoning(self, delta: dict[str, Any]) -> str:
        """vLLM sends the same words under both names, so the first name seen is the one read."""
        for name in (self._reasoning_field,) if self._reasoning_field else _REASONING_FIELDS:
            thought = delta.get(name)
            if thought and isinstance(thought, str):
                self._reasoning_field = name
                return thought
        return ""


_REASONING_FIELDS = ("reasoning", "reasoning_content")


def _parts(content: list[Any]) -> Iterator[Delta]:
    """Mistral's thinking models send lists of typed parts."""
    for part in content:
        if not isinstance(part, dict):
            continue
        if isinstance(text := part.get("text"), str) and text:
            yield Text(clean(text))
        elif isinstance(thinking := part.get("thinking"), list):
            texts = (piece.get("text") for piece in thinking if isinstance(piece, dict))
            yield Reasoning(clean("".join(text for text in texts if isinstance(text, str))))


def _reported(usage: dict[str, Any]) -> Reported:
    details_in, details_out = (
        _dict(usage, "prompt_tokens_details"),
        _dict(usage, "completion_tokens_details"),
    )
    given, taken = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    reasoning = _count(details_out, "reasoning_tokens")
    if reasoning and given + taken + reasoning == _count(usage, "total_tokens"):
        taken += reasoning  # xAI alone counts reasoning beside the completion
    cached = _count(details_in, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens")
    tokens = Usage(given, taken, min(cached, given), min(reasoning, taken))
    return Reported(tokens, _cost(usage.get("cost")))


def _dict(usage: dict[str, Any], name: str) -> dict[str, Any]:
    value = usage.get(name)
    return value if isinstance(value, dict) else {}


def _count(counts: dict[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def _cost(value: object) -> Decimal | None:
    """OpenRouter states what it charged, in USD."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**6:
        return None
    return Decimal(str(value))
