"""What a provider takes and yields: one request in, deltas out, our errors only.

A provider is an async generator function. It yields a `Finish` only when the vendor itself said
that the answer has ended; the end of a connection proves nothing.
"""

import json
import math
import re
import secrets
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal, NotRequired, Protocol, TypedDict

import httpx

from chat.cascade.pricing import Half, Usage
from chat.cascade.streaming.events import CallData


class ToolSpec(TypedDict):
    """A tool in the guide's universal format; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


class Message(TypedDict):
    """`tool_calls` belong to an assistant's message; the other three to one of role `tool`.

    `opaque` is what the vendor wants back unchanged with an assistant's message (see `Opaque`).
    """

    role: str
    content: str
    tool_calls: NotRequired[Sequence[CallData]]
    tool_call_id: NotRequired[str]
    name: NotRequired[str]
    is_error: NotRequired[bool]
    opaque: NotRequired[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`one` names the tool that must be called."""

    kind: Literal["auto", "none", "required", "one"] = "auto"
    name: str = ""


FinishReason = Literal["stop", "length", "content_filter", "refusal", "tool_calls"]


@dataclass(frozen=True, slots=True)
class Text:
    """`is_refusal` where the vendor says so by sending it apart from the answer's text."""

    text: str
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of the answer's text; `logprob` is the natural logarithm of its probability, at most
    0. A token may be half a character, whose text then is U+FFFD or nothing."""

    token: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Logprobs:
    """Of the text just sent, where `Request.logprobs` asked for them."""

    tokens: Sequence[TokenLogprob]


@dataclass(frozen=True, slots=True)
class Reported:
    """Cumulative: a later report replaces an earlier one. `cost_usd` where it is stated; the half
    that is `missing` is zero in `usage` because nobody counted it."""

    usage: Usage
    cost_usd: Decimal | None = None
    missing: Half = ""


@dataclass(frozen=True, slots=True)
class ToolFragment:
    """A piece of a tool call. `key` tells the calls of one answer apart, in order of appearance.

    `id` and `name` come with the first piece; `arguments` is JSON text to append.
    """

    key: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A signature or block, in the vendor's form, to be sent back unchanged within a tool loop."""

    data: Any


@dataclass(frozen=True, slots=True)
class Finish:
    reason: FinishReason


Delta = Text | Reasoning | Logprobs | ToolFragment | Opaque | Reported | Finish


def together(deltas: Sequence[Delta]) -> Iterator[Delta]:
    """The same, with the pieces of a text that follow each other as one; probabilities last."""
    others = (delta for delta in deltas if not isinstance(delta, Logprobs))
    for whose, run in groupby(others, _whose):
        if whose is None:
            yield from run
        else:
            yield replace(whose, text="".join(d.text for d in run if isinstance(d, type(whose))))
    if tokens := [token for d in deltas if isinstance(d, Logprobs) for token in d.tokens]:
        yield Logprobs(tokens)


def _whose(delta: Delta) -> Text | Reasoning | None:
    """The text it is a piece of, as an empty piece of that."""
    return replace(delta, text="") if isinstance(delta, Text | Reasoning) else None


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one model. Neither the key nor a header ever shows in its repr.

    `service` is the preset that was asked for by name, for what only its address would tell else.
    `logprobs` None asks for them where the model is known to give them. `num_ctx` is Ollama's room
    for a prompt and its answer, in tokens; None makes it large enough.
    """

    model: str
    messages: tuple[Message, ...] = field(repr=False)
    max_tokens: int
    temperature: float
    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_timeout_s: float = 5
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = ToolChoice()
    service: str = ""
    logprobs: bool | None = False
    num_ctx: int | None = None

    @property
    def system(self) -> str:
        """All system text, for vendors that take it apart from the messages."""
        said = (message["content"] for message in self.messages if message["role"] == "system")
        return "\n\n".join(filter(None, said))

    @property
    def written(self) -> str:
        """All that the model reads, as text to be counted: also tools, and calls made before."""
        said = [message["content"] for message in self.messages]
        others: list[Any] = [self.tools]
        for message in self.messages:
            others += [message.get("tool_calls"), message.get("opaque")]
        written = (json.dumps(other, ensure_ascii=False, default=str) for other in others if other)
        return "\n".join([*said, *written])


class Provider(Protocol):
    def __call__(
        self, request: Request, transport: httpx.AsyncBaseTransport | None
    ) -> AsyncGenerator[Delta, None]: ...


def made_up_id() -> str:
    """For calls that came without one. Mistral's older models take nine letters or digits only."""
    return secrets.token_hex(5)[:9]


_UNFIT = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """NUL and lone surrogates become U+FFFD: databases refuse the one, encoders the other."""
    return _UNFIT.sub("\ufffd", text)


def cleaned(value: Any) -> Any:
    """What was read of JSON: its escapes can bring back what was taken out of its text."""
    match value:
        case str():
            return clean(value)
        case list():
            return [cleaned(item) for item in value]
        case dict():
            return {clean(key): cleaned(item) for key, item in value.items()}
    return value


def finite(digits: str) -> float:
    """A number of JSON, to be read by `parse_float`. Raises ValueError for one beyond all floats,
    `1e999`, which would be written as Infinity, and that is no JSON."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large")
    return number
