"""A tool call as a model made it, read from each vendor's form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from chat.cascade.errors import ConfigError, ToolError
from chat.cascade.providers.base import finite, made_up_id
from chat.cascade.streaming.events import CallData


class ToolCallFormat(StrEnum):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    OLLAMA = "ollama"
    GEMINI = "gemini"
    VLLM = "vllm"
    HUGGINGFACE = "huggingface"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`provider_format` tells the vendor it came from. The readers raise ToolError.

    A vendor that gives calls no id (Ollama, Gemini) gets one made here.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] = field(hash=False)
    provider_format: ToolCallFormat = ToolCallFormat.OPENAI

    def as_data(self) -> CallData:
        return {"id": self.id, "name": self.name, "arguments": self.arguments}

    @classmethod
    def from_provider(cls, provider: str, call: Mapping[str, Any]) -> "ToolCall":
        """`provider` is one of ToolCallFormat, or ConfigError."""
        try:
            written = ToolCallFormat(provider)
        except ValueError:
            accepted = ", ".join(ToolCallFormat)
            raise ConfigError(f"provider is {provider!r}, must be one of: {accepted}") from None
        inner, arguments = _LAYOUT[written]
        body = call.get(inner, call) if isinstance(call, Mapping) else None
        name = body.get("name") if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(name, str) or not name:
            raise ToolError("The tool call names no tool.")
        # OpenAI's Responses call it `call_id`, and have an `id` of another kind beside it.
        id = call.get("call_id") or call.get("id") or body.get("id")
        made = str(id) if id else made_up_id()
        return cls(made, name, read_arguments(name, body.get(arguments)), written)

    @classmethod
    def from_openai(cls, call: Mapping[str, Any]) -> "ToolCall":
        """An item of `tool_calls`, or a `function_call` item of the Responses API."""
        return cls.from_provider(ToolCallFormat.OPENAI, call)

    @classmethod
    def from_anthropic(cls, block: Mapping[str, Any]) -> "ToolCall":
        """A `tool_use` block."""
        return cls.from_provider(ToolCallFormat.ANTHROPIC, block)

    @classmethod
    def from_ollama(cls, call: Mapping[str, Any]) -> "ToolCall":
        return cls.from_provider(ToolCallFormat.OLLAMA, call)

    @classmethod
    def from_gemini(cls, part: Mapping[str, Any]) -> "ToolCall":
        """A part with a `functionCall`, or what is in it."""
        return cls.from_provider(ToolCallFormat.GEMINI, part)

    @classmethod
    def from_vllm(cls, call: Mapping[str, Any]) -> "ToolCall":
        return cls.from_provider(ToolCallFormat.VLLM, call)

    @classmethod
    def from_huggingface(cls, call: Mapping[str, Any]) -> "ToolCall":
        return cls.from_provider(ToolCallFormat.HUGGINGFACE, call)


# Where a vendor keeps the call (if not at the top), and what it calls the arguments.
_LAYOUT: Mapping[ToolCallFormat, tuple[str, str]] = {
    ToolCallFormat.OPENAI: ("function", "arguments"),
    ToolCallFormat.ANTHROPIC: ("", "input"),
    ToolCallFormat.OLLAMA: ("function", "arguments"),
    ToolCallFormat.GEMINI: ("functionCall", "args"),
    ToolCallFormat.VLLM: ("function", "arguments"),
    ToolCallFormat.HUGGINGFACE: ("function", "arguments"),
}


def read_arguments(tool: str, written: object) -> dict[str, Any]:
    """JSON text or an object already. Nothing at all is how models call a tool without parameters,
    so the caller must know that the call is whole: it is not after a `length` finish.

    Anything else raises ToolError: what cannot be read must never run as a call without arguments.
    """
    if written is None or (isinstance(written, str) and not written.strip()):
        return {}
    if isinstance(written, str):
        try:
            written = json.loads(written, parse_constant=_not_json, parse_float=finite)
        except (ValueError, RecursionError) as exc:
            raise ToolError(f"The arguments of {tool[:64]!r} are not valid JSON.") from exc
    if not isinstance(written, Mapping):
        raise ToolError(f"The arguments of {tool[:64]!r} must be a JSON object.")
    return dict(written)


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
