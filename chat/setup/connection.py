"""Does a provider answer? Two tiny calls the way real ones go, and what they showed."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from django.db.models import Q
from django.utils import timezone

from chat.agents import engine_model, prices_now
from chat.cascade.config import ModelConfig as EngineModel
from chat.cascade.probe import Probe
from chat.cascade.providers.base import Message, ToolChoice, ToolSpec
from chat.cascade.providers.transport import Transport, close_client
from chat.models import ModelConfig, Provider

PAUSE_S = 5
_ANSWER_TOKENS = 64
_MOST_S = 20.0
_KEPT_BYTES = 64 * 1024
_MODEL = re.compile(rb'"model(?:Version)?"\s*:\s*"([\w.:/@ -]{1,120})"')

_ASKED: tuple[Message, ...] = ({"role": "user", "content": "Reply with the word OK."},)
_CALLED: tuple[Message, ...] = ({"role": "user", "content": "Call the tool ready."},)
_TOOL: ToolSpec = {
    "name": "ready",
    "description": "Says that you are ready.",
    "parameters": {"type": "object", "properties": {}},
}

Result = dict[str, Any]
"""`model` asked and `error`, a sentence or ""; else `status`, `ms_first`, `echoed`, and whether
there was `streaming`, `usage`, `tools`, `logprobs`."""


def may_test(provider: Provider) -> bool:
    """Once in a few seconds, whoever asks; saying yes is remembered."""
    now = timezone.now()
    rested = Q(tested_at=None) | Q(tested_at__lt=now - timedelta(seconds=PAUSE_S))
    return bool(Provider.objects.filter(rested, pk=provider.pk).update(tested_at=now))


def model_to_test(provider: Provider) -> ModelConfig | None:
    return provider.model_configs.order_by("-enabled", "pk").first()


def prepared(config: ModelConfig) -> EngineModel:
    """Raises `ConfigError` where no call can be made."""
    model = engine_model(config, prices_now([config])[0])
    return replace(
        model,
        total_timeout_s=min(model.total_timeout_s, _MOST_S),
        first_content_timeout_s=_MOST_S,
    )


def keep(provider: Provider, result: Result) -> None:
    Provider.objects.filter(pk=provider.pk).update(test_result=result, tested_at=timezone.now())


async def tested(model: EngineModel) -> Result:
    line = _Listening()
    try:
        first = await _called(model, line, logprobs=True)
        result = {
            "model": model.name,
            "error": first.error.message if first.error else "",
            "status": line.status or (first.error.status if first.error else None),
            "ms_first": first.ms_first,
            "echoed": "" if model.api_key and model.api_key in line.model else line.model,
            "streaming": line.streams,
            "usage": first.reported is not None,
            "logprobs": line.saw_logprobs,
            "tools": False,
        }
        if not first.error:
            second = await _called(model, line, tools=(_TOOL,))
            result["tools"] = bool(second.calls)
        return result
    finally:
        await close_client(line)


async def _called(
    model: EngineModel,
    line: "_Listening",
    *,
    logprobs: bool = False,
    tools: tuple[ToolSpec, ...] = (),
) -> Probe:
    request = model.request(
        _CALLED if tools else _ASKED,
        max_tokens=_ANSWER_TOKENS,
        temperature=None,
        tools=tools,
        tool_choice=ToolChoice("required") if tools else ToolChoice(),
    )
    probe = Probe()
    await probe.run(model, replace(request, logprobs=logprobs), line)
    return probe


class _Listening(httpx.AsyncBaseTransport):
    """The engine's way out, which keeps what the readers of an answer have no word for."""

    def __init__(self) -> None:
        self._transport = Transport()
        self.status: int | None = None
        self.streams = False
        self._heard = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        self.status = answer.status_code
        kind = answer.headers.get("content-type", "")
        self.streams = self.streams or (answer.is_success and "application/json" not in kind)
        return httpx.Response(
            answer.status_code, headers=answer.headers.raw, stream=_Heard(answer, self)
        )

    def hear(self, piece: bytes) -> None:
        if len(self._heard) < _KEPT_BYTES:
            self._heard += piece

    @property
    def model(self) -> str:
        found = _MODEL.search(self._heard)
        return found[1].decode() if found else ""

    @property
    def saw_logprobs(self) -> bool:
        return bool(re.search(rb'"logprob(?:Probability)?"\s*:', self._heard))

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Heard(httpx.AsyncByteStream):
    def __init__(self, answer: httpx.Response, line: _Listening) -> None:
        self._answer = answer
        self._line = line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_raw():
            self._line.hear(piece)
            yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()
