"""Which models an endpoint offers, by its own list."""

import asyncio
import json
from typing import Any

import httpx

from chat.cascade.config import ModelConfig
from chat.cascade.errors import BadResponse, ProviderError, TimedOut, Unavailable
from chat.cascade.providers import anthropic, failures, gemini, ollama, openai
from chat.cascade.providers.addresses import AddressRefused
from chat.cascade.providers.exchange import fields, text
from chat.cascade.providers.transport import shared_client

TIMEOUT_S = 10.0
MOST_MODELS = 1_000
_MOST_BYTES = 4 * 1024 * 1024


async def offered(config: ModelConfig) -> list[str]:
    """Names, sorted, as requests have to spell them. Raises `ProviderError`; `config` may name any
    model."""
    url, headers = _where(config)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            status, answer_headers, body = await _get(url, {**headers, **config.extra_headers})
    except TimeoutError as error:
        raise TimedOut(f"{url.host} did not answer within {TIMEOUT_S:.0f} s.") from error
    except AddressRefused as error:
        raise Unavailable(str(error)) from error
    except httpx.HTTPError as error:
        raise Unavailable(f"{url.host} cannot be reached.") from error
    if status != 200:
        request = config.request([], max_tokens=1, temperature=None)
        raise failures.from_response(status, answer_headers, body, request)[0]
    return _names(body, url.host)


def _where(config: ModelConfig) -> tuple[httpx.URL, dict[str, str]]:
    request = config.request([], max_tokens=1, temperature=None)
    match config.kind:
        case "anthropic":
            _, url, headers = anthropic.addressed(request)
            return httpx.URL(f"{url.removesuffix('/messages')}/models?limit=1000"), headers
        case "gemini":
            _, url, headers = gemini.addressed(request)
            return httpx.URL(f"{url.partition('/models/')[0]}/models?pageSize=1000"), headers
        case "ollama":
            base = ollama.endpoint(request.base_url).removesuffix("/chat")
            return httpx.URL(f"{base}/tags"), config.preset.headers(request.api_key)
        case "demo":
            raise ProviderError("The demo's models are demo-small and demo-large.")
        case _:
            request, url, preset = openai.at_service(request, "/models")
            return httpx.URL(url), preset.headers(request.api_key)


async def _get(url: httpx.URL, headers: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
    client = await shared_client()
    sent = {"Accept": "application/json", "Accept-Encoding": "identity"} | headers
    async with client.stream("GET", url, headers=sent) as answer:
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > _MOST_BYTES:
                raise BadResponse(f"{url.host} sent a list of more than 4 MiB.")
        return answer.status_code, answer.headers, bytes(body)


def _names(body: bytes, host: str) -> list[str]:
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadResponse(f"{host} sent no list of models.") from error
    rows = data if isinstance(data, list) else fields(data).get("data", fields(data).get("models"))
    if not isinstance(rows, list):
        raise BadResponse(f"{host} sent no list of models.")
    return sorted({name for row in rows if (name := _name(fields(row)))})[:MOST_MODELS]


def _name(row: dict[str, Any]) -> str:
    """Of those that write: Gemini's list says which do."""
    methods = row.get("supportedGenerationMethods")
    if isinstance(methods, list) and "generateContent" not in methods:
        return ""
    name = text(row.get("id")) or text(row.get("name")).removeprefix("models/")
    return name if name.isprintable() and len(name) <= 120 else ""
