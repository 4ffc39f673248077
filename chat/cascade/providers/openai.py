"""OpenAI's chat completions, as spoken by OpenAI and by everybody else.

Every field may be missing, null or of another type. A finish reason ends nothing: usage comes after
it and, from gateways that send one in every chunk, the rest of the text; the last one counts.
`[DONE]` is optional, and only a finish reason proves an answer whole, if it is not one that says
the contrary.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from chat.cascade.errors import BadResponse
from chat.cascade.presets import PRESETS, Preset, address, service
from chat.cascade.providers import failures, gemini
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
from chat.cascade.providers.calls import CallReader, as_choice, as_message, as_tool
from chat.cascade.providers.exchange import (
    Call,
    count,
    fields,
    logprobs,
    parsed,
    provider,
    reported,
    stated,
    text,
    with_key,
)
from chat.cascade.providers.returned import ReturnedThoughts
from chat.cascade.providers.thoughts import InlineThoughts

DEFAULT_BASE_URL = PRESETS["openai"].base_url

_FINISHES: dict[str, FinishReason] = {
    "length": "length",
    "model_length": "length",  # Mistral
    "max_tokens": "length",
    "model_context_window_exceeded": "length",  # z.ai
    "sensitive": "content_filter",  # z.ai
    "content_filter": "content_filter",
    "refusal": "refusal",
    # Behind Gemini's compatible endpoint, as is `content_filter: PROHIBITED_CONTENT`.
    **{reason.lower(): finish for reason, finish in gemini.FINISHES.items()},
}

_BAD_CALLS = {"function_call_filter", *map(str.lower, gemini.BAD_CALLS)}

# DeepSeek's, vLLM's and SGLang's, z.ai's, watsonx's: not the model has ended the answer, its server
# has.
_BROKEN_OFF = {
    *("insufficient_system_resource", "abort", "aborted", "network_error", "time_limit"),
    "cancelled",
}


def at_service(request: Request, path: str) -> tuple[Request, str, Preset]:
    """The request with its key, the full address, and in what the service there differs."""
    url = address(request.base_url or DEFAULT_BASE_URL, path)
    is_openai = url == address(DEFAULT_BASE_URL, path)
    preset = PRESETS["openai"] if is_openai else service(request.service, url)
    is_own = is_openai or (preset.owns(url) and bool(preset.key_variables))
    return with_key(request, *preset.key_variables, is_own_address=is_own), url, preset


def _call(request: Request) -> Call:
    request, url, preset = at_service(request, "/chat/completions")
    return Call(
        request,
        url,
        headers=preset.headers(request.api_key),
        body=lambda refused: _body(request, preset, refused),
        reader=_Reader(request, preset),
        thoughts=_thoughts(preset, request.model),
        # The output's cap has another name where this one is not known, and is never left out.
        dispensable=frozenset({"temperature", "stream_options", "logprobs", preset.limit}),
    )


stream = provider(_call)


def _thoughts(preset: Preset, model: str) -> InlineThoughts | None:
    if preset.inline_thoughts == "never":
        return None
    return InlineThoughts(begins_inside=preset.begins_inside_thoughts(model))


# Each name of the output cap, and the other one.
_LIMITS: dict[str, str] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}


def _body(request: Request, preset: Preset, refused: frozenset[str]) -> dict[str, Any]:
    """Mistral answers 422 to `max_completion_tokens`, OpenAI's newer models 400 to `max_tokens`."""
    limit = _LIMITS[preset.limit] if preset.limit in refused else preset.limit
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [as_message(message) for message in request.messages],
        limit: request.max_tokens,
        "temperature": request.temperature,
        "stream": True,
    }
    if preset.asks_usage:
        body["stream_options"] = {"include_usage": True}
    if preset.asks_logprobs(request.logprobs, request.model):
        body["logprobs"] = True
    if request.tools:
        body["tools"] = [as_tool(tool) for tool in request.tools]
        if request.tool_choice.kind != "auto":
            body["tool_choice"] = as_choice(request.tool_choice, preset.required)
    return {name: value for name, value in body.items() if name not in refused}


class _Reader:
    def __init__(self, request: Request, preset: Preset) -> None:
        self._request = request
        self._returned = ReturnedThoughts(preset.returned) if preset.returned else None
        self._finish = ""
        self._refused = False
        self._reasoning_field = ""
        self._calls = CallReader()

    def read(self, data: str) -> list[Delta]:
        payload = parsed(data, self._request)
        if isinstance(payload, list) and payload:  # Gemini's errors behind its compatible endpoint
            payload = payload[0]
        if not isinstance(payload, dict):
            return []
        is_error = payload.get("object") == "error"  # Mistral, older vLLM
        if error := payload.get("error") or (payload if is_error else None):
            raise failures.from_event(error, self._request)
        deltas: list[Delta] = []
        choices = payload.get("choices")
        choice = fields(choices[0]) if choices and isinstance(choices, list) else {}
        if choice:
            self._read_choice(choice, deltas)
        own = fields(payload.get("x_groq")).get("usage") or choice.get("usage")  # Groq, Moonshot
        if usage := payload.get("usage") or own:
            counted = _counted(fields(usage), self._request.model)
            # Before anything is counted an estimate of what was read is nearer the truth.
            deltas.extend(part for part in counted if self._finish or part.usage.output)
        return deltas

    def _read_choice(self, choice: dict[str, Any], deltas: list[Delta]) -> None:
        if choice.get("index", 0) not in (0, None):
            return
        delta = choice.get("delta") or (None if self._finish else choice.get("message"))
        if isinstance(delta, dict):
            self._read_text(delta, deltas)
            if self._returned:
                self._returned.read(delta)
            deltas.extend(self._calls.read(delta.get("tool_calls") or _older(delta)))
            if delta.get("content") and (tokens := fields(choice.get("logprobs")).get("content")):
                deltas.extend(logprobs(tokens))  # without content they are those of thoughts
        reason = choice.get("finish_reason")
        if reason == "error":
            raise failures.from_event(choice.get("error") or "error", self._request)
        if isinstance(reason, str) and reason and reason not in _BROKEN_OFF:
            if self._returned and self._calls.seen:
                deltas.extend(self._returned.whole())
            if (finish := self._as_ours(reason)) != self._finish:
                self._finish = finish
                deltas.append(Finish(finish))

    def _as_ours(self, reason: str) -> FinishReason:
        """Calls may come with `stop`, so their presence decides."""
        if self._refused:
            return "refusal"
        reason = reason.lower().partition(":")[0]
        if reason in _BAD_CALLS:
            raise BadResponse(f"{self._request.model} made a tool call that cannot be read.")
        return _FINISHES.get(reason, "tool_calls" if self._calls.seen else "stop")

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
            deltas.append(Text(clean(refusal), is_refusal=True))

    def _reasoning(self, delta: dict[str, Any]) -> str:
        """vLLM sends the same words under both names, so the first name seen is the one read."""
        for name in (self._reasoning_field,) if self._reasoning_field else _REASONING_FIELDS:
            thought = delta.get(name)
            if thought and isinstance(thought, str):
                self._reasoning_field = name
                return thought
        return "" if self._reasoning_field else _detailed(delta.get("reasoning_details"))


def _older(delta: dict[str, Any]) -> list[dict[str, Any]]:
    """The one call of an answer, as it was before there were several, and still is behind some
    gateways."""
    function = fields(delta.get("function_call"))
    return [{"index": 0, "function": function}] if function else []


_REASONING_FIELDS = ("reasoning", "reasoning_content")


def _detailed(details: object) -> str:
    """Where the thoughts are in one of the fields as well, these repeat them."""
    parts = map(fields, details if isinstance(details, list) else ())
    return "".join(text(part.get("text")) or text(part.get("summary")) for part in parts)


def _parts(content: list[Any]) -> Iterator[Delta]:
    """Mistral's thinking models send lists of typed parts."""
    for part in content:
        if not isinstance(part, dict):
            continue
        if words := text(part.get("text")):
            yield Text(words)
        elif thought := _thought(part.get("thinking")):
            yield Reasoning(thought)


def _thought(pieces: object) -> str:
    listed = map(fields, pieces if isinstance(pieces, list) else ())
    return "".join(text(piece.get("text")) for piece in listed)


def _counted(usage: dict[str, Any], model: str) -> list[Reported]:
    details_in = fields(usage.get("prompt_tokens_details"))
    details_out = fields(usage.get("completion_tokens_details"))
    given, taken = stated(usage, "prompt_tokens"), stated(usage, "completion_tokens")
    total, reasoning = stated(usage, "total_tokens"), count(details_out, "reasoning_tokens")
    if "gemini" in model.lower() and not reasoning and total and given and taken is not None:
        reasoning = max(0, total - given - taken)  # Google's own count: in the total alone
    if reasoning and taken is not None and (given or 0) + taken + reasoning == total:
        taken += reasoning  # xAI and Gemini count reasoning beside the completion
    elsewhere = (count(usage, name) for name in _CACHED)
    return reported(
        given,
        taken,
        total,
        cached=count(details_in, "cached_tokens") or next(filter(None, elsewhere), 0),
        written=next(filter(None, (count(details_in, name) for name in _WRITTEN)), 0),
        reasoning=reasoning,
        cost_usd=stated_cost(usage),
    )


# At DeepSeek, at Together and Hugging Face, at Mistral.
_CACHED = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens")

# At OpenRouter and OpenAI, behind LiteLLM: of models that charge for it.
_WRITTEN = ("cache_write_tokens", "cache_creation_tokens")

_USD_PER_TICK = Decimal("1e-10")


def stated_cost(usage: dict[str, Any]) -> Decimal | None:
    """What was charged, in USD: OpenRouter, Perplexity, xAI in ticks, some behind Hugging Face."""
    stated = usage.get("cost")
    if (ticks := _usd(usage.get("cost_in_usd_ticks"), below=10**16)) is not None:
        return ticks * _USD_PER_TICK
    for value in (stated, fields(stated).get("total_cost"), usage.get("estimated_cost")):
        if (usd := _usd(value)) is not None:
            return usd + _upstream(usage)
    return None


def _upstream(usage: dict[str, Any]) -> Decimal:
    """What OpenRouter's own price leaves out where the account with the vendor is the user's."""
    details = fields(usage.get("cost_details")) if usage.get("is_byok") is True else {}
    return _usd(details.get("upstream_inference_cost")) or Decimal(0)


# As some gateways write what is money, so that nobody rounds it.
_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE]-[0-9]{1,2})?")


def _usd(value: object, *, below: int = 10**6) -> Decimal | None:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value)) if 0 <= value < below else None
