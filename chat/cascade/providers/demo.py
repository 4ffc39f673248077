"""Two simulated models, so that everything can be seen without a key. No network.

They stream written-out answers at a human pace and report their usage. `pace` multiplies every
wait; 0 means no waiting at all.
"""

import asyncio
import random
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from chat.cascade.errors import Rejected
from chat.cascade.pricing import Usage
from chat.cascade.providers.base import Delta, Finish, Reported, Request, Text
from chat.cascade.providers.demo_answers import SUGGESTIONS, UNKNOWN
from chat.cascade.providers.demo_weather import weather
from chat.cascade.tokens import estimate_tokens

pace = 1.0


@dataclass(frozen=True, slots=True)
class _Voice:
    tokens_per_s: float
    is_large: bool


VOICES = {"demo-small": _Voice(60, is_large=False), "demo-large": _Voice(45, is_large=True)}

_TOKEN = re.compile(r"\s*\S{1,6}")


async def stream(
    request: Request, transport: httpx.AsyncBaseTransport | None
) -> AsyncGenerator[Delta, None]:
    if told := weather(request):
        for delta in told:
            yield delta
            await asyncio.sleep(pace * random.uniform(0.01, 0.03))
        return
    voice = VOICES.get(request.model)
    if voice is None:
        known = " and ".join(VOICES)
        raise Rejected(f"The demo provider has no {request.model}, only {known}.", code="not_found")
    tokens = _TOKEN.findall(_answer(request, voice))
    said = tokens[: request.max_tokens]
    await asyncio.sleep(pace * random.uniform(0.15, 0.4))
    for token in said:
        yield Text(token)
        await asyncio.sleep(pace * random.uniform(0.5, 1.5) / voice.tokens_per_s)
    yield Finish("stop" if len(said) == len(tokens) else "length")
    given = sum(estimate_tokens(message["content"]) for message in request.messages)
    yield Reported(Usage(given, len(said)))


def _answer(request: Request, voice: _Voice) -> str:
    asked = _plain(request.messages[-1]["content"])
    for suggestion in SUGGESTIONS:
        if _plain(suggestion.prompt) == asked:
            return suggestion.large if voice.is_large else suggestion.small
    return UNKNOWN.format(model=request.model)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
