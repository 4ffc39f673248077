"""Two simulated models, so that everything can be seen without a key. No network.

They stream written-out answers at a human pace, call the guide's weather tool, and report their
usage. `pace` multiplies every wait; 0 means no waiting at all.
"""

import asyncio
import json
import random
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from chat.cascade.errors import Rejected
from chat.cascade.pricing import Usage, estimate_tokens
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Reported,
    Request,
    Text,
    ToolFragment,
    made_up_id,
)
from chat.cascade.providers.demo_answers import SUGGESTIONS, UNKNOWN

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
    voice = VOICES.get(request.model)
    if voice is None:
        known = " and ".join(VOICES)
        raise Rejected(f"The demo provider has no {request.model}, only {known}.", code="not_found")
    deltas = _calls(request) or [*map(Text, _TOKEN.findall(_answer(request, voice)))]
    said = deltas[: request.max_tokens]
    await asyncio.sleep(pace * random.uniform(0.15, 0.4))
    for delta in said:
        yield delta
        await asyncio.sleep(pace * random.uniform(0.5, 1.5) / voice.tokens_per_s)
    yield Finish("stop" if len(said) == len(deltas) else "length")
    given = sum(estimate_tokens(message["content"]) for message in request.messages)
    yield Reported(Usage(given, len(said)))


_PLACE = re.compile(r"\b(?:in|and|or) ([A-Z]\w+)")


def _calls(request: Request) -> list[Delta]:
    """The one tool it knows is the guide's: the weather, wherever it is asked for."""
    last = request.messages[-1]
    is_offered = request.tool_choice.kind != "none" and any(
        tool["name"] == "get_weather" for tool in request.tools
    )
    if not is_offered or last["role"] != "user" or "weather" not in last["content"].lower():
        return []
    fragments: list[Delta] = []
    for key, place in enumerate(_PLACE.findall(last["content"])):
        fragments.append(ToolFragment(key, made_up_id(), "get_weather"))
        written = json.dumps({"location": place})
        fragments += [ToolFragment(key, arguments=piece) for piece in _TOKEN.findall(written)]
    return fragments


def _answer(request: Request, voice: _Voice) -> str:
    if request.messages[-1]["role"] == "tool":
        results = [message["content"] for message in request.messages if message["role"] == "tool"]
        return f"The weather I was told: {'; '.join(results)}."
    asked = _plain(request.messages[-1]["content"])
    for suggestion in SUGGESTIONS:
        if _plain(suggestion.prompt) == asked:
            return suggestion.large if voice.is_large else suggestion.small
    return UNKNOWN.format(model=request.model)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
