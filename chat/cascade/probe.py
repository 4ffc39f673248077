"""What an endpoint really sends, for operators and bug reports.

    python -m chat.cascade.probe < requests.jsonl

reads one request a line, `{id, provider, api, base_url, model, messages, tools, api_key}`, and
prints one line for each, in the same order:

    {id, text, reasoning, refusal, tool_calls: [{id, name, arguments}], finish,
     usage: {input, output, cached, reasoning, cost}, error: null or {class, status, message,
     retry_after}, ms_first, ms}

- `provider` is a name in `PRESETS`; any other means a service compatible with OpenAI's, at
  `base_url`. `api` chooses among a vendor's APIs, see `APIS`. Also taken: `max_tokens` (1024),
  `temperature` (1, what every model accepts) and `tool_choice` (a word).
- `finish` is null or a `FinishReason`; `class` is a code of `chat.cascade.errors`, `bad_request`
  also for a line that cannot be understood. `message` is what the provider said, without keys.
- `arguments` are read where they are JSON; text that is not is given as it came.
- `usage` is null where it was not reported in full; `cost` is in USD, and null where none was
  stated. Times are milliseconds, `ms_first` to the first content; `retry_after` is in seconds.

Nothing is tried again after a failure, and no key is ever printed.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx

from chat.cascade.config import ModelConfig
from chat.cascade.errors import (
    CascadeError,
    ConfigError,
    Incomplete,
    ProviderError,
    Rejected,
    TimedOut,
)
from chat.cascade.presets import PRESETS
from chat.cascade.providers import PROVIDERS
from chat.cascade.providers.base import (
    Delta,
    Finish,
    Message,
    Reasoning,
    Reported,
    Request,
    Text,
    ToolChoice,
    ToolFragment,
    ToolSpec,
)

APIS: Mapping[str, str] = {
    "chat_completions": "openai",
    "responses": "openai_responses",
    "messages": "anthropic",
    "generate_content": "gemini",
    "ollama_chat": "ollama",
}

_MAX_TOKENS = 1024
_AFTER_FINISH_S = 5.0


@dataclass(slots=True)
class Probe:
    """What has come of one answer so far."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    finish: str | None = None
    goes_on: bool = False
    reported: Reported | None = None
    error: ProviderError | None = None
    ms_first: int | None = None
    ms: int = 0

    async def run(
        self,
        config: ModelConfig,
        request: Request,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._collect(config, request, began, transport)
        except TimeoutError:
            self.error = TimedOut(f"{request.model} took too long.")
        except ProviderError as error:
            self.error = error
        if self.finish and not self.goes_on:  # a fault after the finish changes nothing
            self.error = None
        elif not self.finish and not self.error:
            self.error = Incomplete(f"{request.model} stopped in the middle of its answer.")
        self.ms = round((loop.time() - began) * 1000)

    async def _collect(
        self,
        config: ModelConfig,
        request: Request,
        began: float,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        now, last = asyncio.get_running_loop().time, began + config.total_timeout_s
        first = began + config.begins_within_s(is_draft=False)
        stream = PROVIDERS[config.kind](request, transport)
        async with asyncio.timeout_at(min(first, last)) as timer, aclosing(stream) as deltas:
            async for delta in deltas:
                if self._keep(delta) and self.ms_first is None:
                    self.ms_first = round((now() - began) * 1000)
                is_over = self.finish and not self.goes_on
                patience_s = _AFTER_FINISH_S if is_over else config.idle_timeout_s
                timer.reschedule(min(last, now() + patience_s))

    def _keep(self, delta: Delta) -> bool:
        """Whether it was content."""
        match delta:
            case Text(text, is_refusal):
                self.refusal += text if is_refusal else ""
                self.text += "" if is_refusal else text
            case Reasoning(text):
                self.reasoning += text
            case ToolFragment(key, id, name, arguments):
                call = self.calls.setdefault(key, {"id": "", "name": "", "arguments": ""})
                call["id"] += id
                call["name"] += name
                call["arguments"] += arguments
            case Finish(reason):
                self.finish = reason
            case Reported(missing=""):
                self.reported = delta
        is_content = isinstance(delta, Text | Reasoning | ToolFragment)
        self.goes_on = self.goes_on or bool(is_content and self.finish)
        return is_content

    def as_data(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "refusal": self.refusal,
            "tool_calls": [
                {**call, "arguments": _arguments(call["arguments"], self.finish)}
                for call in self.calls.values()
            ],
            "finish": self.finish,
            "usage": _usage(self.reported),
            "error": _error(self.error),
            "ms_first": self.ms_first,
            "ms": self.ms,
        }


def _arguments(text: str, finish: str | None) -> Any:
    """Nothing means no arguments, but of a call that was cut it means nothing."""
    if not text.strip() and finish not in ("length", None):
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _usage(reported: Reported | None) -> dict[str, Any] | None:
    if reported is None:
        return None
    usage, cost = reported.usage, reported.cost_usd
    return {
        "input": usage.input,
        "output": usage.output,
        "cached": usage.cached_input,
        "reasoning": usage.reasoning,
        "cost": None if cost is None else float(cost),
    }


def _error(error: ProviderError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "class": error.code,
        "status": error.status,
        "message": error.detail or error.message,
        "retry_after": error.retry_after_s,
    }


async def probe(line: str) -> str:
    """One line of input -> one line of output."""
    given: dict[str, Any] = {}
    answer = Probe()
    try:
        given = _fields(line)
        config, request = _read(given)
        await answer.run(config, request)
    except CascadeError as error:
        answer.error = Rejected(str(error))
    return _without_keys(json.dumps({"id": given.get("id"), **answer.as_data()}), given)


def _fields(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError("The line is not JSON.") from None
    if not isinstance(given, dict):
        raise ConfigError("The line is not a JSON object.")
    return given


def _read(given: Mapping[str, Any]) -> tuple[ModelConfig, Request]:
    name = str(given.get("provider") or "")
    preset = PRESETS.get(name)
    kind = APIS.get(str(given.get("api")), preset.kind if preset else "openai")
    base_url = given.get("base_url") or (preset.base_url if preset else "")
    if not base_url:
        raise ConfigError(f"{name or 'A request'} needs a base_url.")
    config = ModelConfig(
        given.get("model", ""),
        kind,
        base_url=str(base_url),
        api_key=_key(given),
        max_tokens=given.get("max_tokens", _MAX_TOKENS),
        temperature=given.get("temperature", 1.0),
    )
    messages = [_message(message) for message in _list(given, "messages")]
    request = config.request(messages, max_tokens=None, temperature=None)
    tools = tuple(_tool(tool) for tool in _list(given, "tools"))
    return config, replace(request, service=name, tools=tools, tool_choice=_choice(given))


def _list(given: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = given.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ConfigError(f"{name} must be a list of objects.")
    return items


def _message(given: dict[str, Any]) -> Message:
    content = given.get("content") or ""
    if not isinstance(given.get("role"), str) or not isinstance(content, str):
        raise ConfigError("A message needs a role, and text or null as its content.")
    for call in _list(given, "tool_calls"):
        if not {"id", "name"} <= call.keys() or not isinstance(call.get("arguments"), dict):
            raise ConfigError("A call in a message needs id, name, and arguments as an object.")
    return cast(Message, given | {"content": content})  # as checked


def _tool(given: dict[str, Any]) -> ToolSpec:
    name, parameters = given.get("name"), given.get("parameters")
    if not isinstance(name, str) or not isinstance(parameters, dict):
        raise ConfigError('A tool must be like {"name": …, "description": …, "parameters": {…}}.')
    description = str(given.get("description") or "")
    return ToolSpec(name=name, description=description, parameters=parameters)


def _choice(given: Mapping[str, Any]) -> ToolChoice:
    """The name of a tool means that one."""
    match str(given.get("tool_choice") or "auto"):
        case "auto" | "none" | "required" as word:
            return ToolChoice(word)
        case name:
            return ToolChoice("one", name)


def _key(given: Mapping[str, Any]) -> str:
    return str(given.get("api_key") or "").strip()


def _without_keys(line: str, given: Mapping[str, Any]) -> str:
    """The providers' errors hold none; this is for one that is sent back as an answer."""
    variables = {name for preset in PRESETS.values() for name in preset.key_variables}
    for key in (_key(given), *(os.environ.get(name, "").strip() for name in variables)):
        if len(key) >= 8:
            line = line.replace(json.dumps(key)[1:-1], "[redacted]")
    return line


async def main() -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            print(await probe(line), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
