"""What a provider takes and yields: one request in, deltas out, our errors only.

A provider is an async generator function. It yields a `Finish` only when the vendor itself said
that the answer has ended; the end of a connection proves nothing.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol, TypedDict

import httpx

from chat.cascade.pricing import Usage


class Message(TypedDict):
    role: str
    content: str


FinishReason = Literal["stop", "length", "content_filter", "refusal"]


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class Reported:
    """Cumulative: a later report replaces an earlier one. `cost_usd` where it is stated."""

    usage: Usage
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    reason: FinishReason


Delta = Text | Reasoning | Reported | Finish


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one model. Neither the key nor a header ever shows in its repr."""

    model: str
    messages: tuple[Message, ...] = field(repr=False)
    max_tokens: int
    temperature: float
    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_timeout_s: float = 5


class Provider(Protocol):
    def __call__(
        self, request: Request, transport: httpx.AsyncBaseTransport | None
    ) -> AsyncGenerator[Delta, None]: ...


_UNFIT = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """NUL and lone surrogates become U+FFFD: databases refuse the one, encoders the other."""
    return _UNFIT.sub("\ufffd", text)
