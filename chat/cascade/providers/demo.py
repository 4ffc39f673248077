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
from chat.cascade.providers import demo_answers, demo_german
from chat.cascade.providers.base import Delta, Finish, Reported, Request, Text, ToolFragment
from chat.cascade.providers.demo_answers import Suggestion
from chat.cascade.providers.demo_unknown import UNKNOWN
from chat.cascade.providers.demo_weather import weather
from chat.cascade.quality.instructions.language import language
from chat.cascade.tokens import estimate_tokens

pace = 1.0


@dataclass(frozen=True, slots=True)
class _Voice:
    tokens_per_s: float
    is_large: bool


VOICES = {"demo-small": _Voice(60, is_large=False), "demo-large": _Voice(45, is_large=True)}

SUGGESTIONS = {"en": demo_answers.SUGGESTIONS, "de": demo_german.SUGGESTIONS}

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
    given = sum(estimate_tokens(message["content"]) for message in request.messages)
    suggestion = _suggestion(request)
    if call := _call(request, suggestion):
        async for delta in _calling(*call, given, voice):
            yield delta
        return
    tokens = _TOKEN.findall(_answer(request, suggestion, voice))
    said = tokens[: request.max_tokens]
    await asyncio.sleep(pace * random.uniform(0.15, 0.4))
    for token in said:
        yield Text(token)
        await asyncio.sleep(pace * random.uniform(0.5, 1.5) / voice.tokens_per_s)
    yield Finish("stop" if len(said) == len(tokens) else "length")
    yield Reported(Usage(given, len(said)))


async def _calling(
    name: str, arguments: str, given: int, voice: _Voice
) -> AsyncGenerator[Delta, None]:
    await asyncio.sleep(pace * random.uniform(0.15, 0.4))
    yield ToolFragment(0, f"call_{name}", name)
    for token in _TOKEN.findall(arguments):
        yield ToolFragment(0, arguments=token)
        await asyncio.sleep(pace * random.uniform(0.5, 1.5) / voice.tokens_per_s)
    yield Finish("tool_calls")
    yield Reported(Usage(given, estimate_tokens(arguments)))


def prompts(spoken: str) -> list[str]:
    """Those that are answered for good, in this language or in English."""
    return [one.prompt for one in SUGGESTIONS.get(spoken, demo_answers.SUGGESTIONS)]


def _asked(request: Request) -> str:
    said: list[str] = [m["content"] for m in request.messages if m["role"] == "user"]
    return said[-1]


def _suggestion(request: Request) -> Suggestion | None:
    asked = _plain(_asked(request))
    known = (one for spoken in SUGGESTIONS.values() for one in spoken)
    return next((one for one in known if _plain(one.prompt) == asked), None)


def _call(request: Request, suggestion: Suggestion | None) -> tuple[str, str] | None:
    """The tool that it asks for first, where it is offered and was not called yet."""
    if suggestion is None or suggestion.call is None or request.messages[-1]["role"] == "tool":
        return None
    is_offered = any(tool["name"] == suggestion.call[0] for tool in request.tools)
    return suggestion.call if is_offered else None


def _answer(request: Request, suggestion: Suggestion | None, voice: _Voice) -> str:
    if suggestion is None:
        unknown = UNKNOWN.get(language(_asked(request)), UNKNOWN["en"])
        return unknown.format(model=request.model)
    if request.messages[-1]["role"] == "tool":
        return suggestion.informed.format(request.messages[-1]["content"])
    return suggestion.large if voice.is_large else suggestion.small


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
