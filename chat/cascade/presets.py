"""The services people use, by name: where they are, and in what they differ from OpenAI.

    ModelConfig("llama-3.1-8b-instant", provider="groq")

Data only. A service that is not listed, or whose address is not, is taken for a plain compatible
one, which nearly all of them are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import httpx

Limit = Literal["max_tokens", "max_completion_tokens"]
Returned = Literal["", "reasoning_content", "reasoning_details"]


@dataclass(frozen=True, slots=True)
class Preset:
    """`kind` names the provider that speaks its format. The rest says in what it differs:

    - `base_url` is empty where every customer has an own address, which then ends in one of
      `domains` and, if it has no path, needs `root`.
    - `key_variables` may hold its key; the first that is set counts.
    - `key_header` carries the key: alone, but in `Authorization` after `Bearer`.
    - `limit` is the name of the output cap, `required` the tool choice that demands a call;
      `asks_usage` says whether `stream_options` may be sent.
    - `logprobs` are the beginnings of the names of models that are known to take that parameter;
      elsewhere it may be a 400.
    - `returned` is the field of the thoughts that have to be sent back with the calls they led to.
    - `silent` models, by the beginnings of their names, think before they send anything;
      `loads_within_s`, where set, is how long any model may take to begin, for one on a machine of
      the user's own has to be loaded first.
    - `inline_thoughts` may stand in the text as `<think>…</think>`; "unopened" ones lack the first
      tag, see `begins_inside_thoughts`.
    """

    kind: str
    base_url: str = ""
    key_variables: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    root: str = "/v1"
    key_header: str = "Authorization"
    limit: Limit = "max_tokens"
    required: Literal["required", "any"] = "required"
    asks_usage: bool = True
    logprobs: tuple[str, ...] = ()
    returned: Returned = ""
    silent: tuple[str, ...] = ()
    loads_within_s: float | None = None
    inline_thoughts: Literal["never", "tagged", "unopened"] = "tagged"
    extra_headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def owns(self, url: str) -> bool:
        """Whether a URL is on the service's own server, the only one its key may be sent to."""
        return bool(self.base_url) and _origin(url) == _origin(self.base_url)

    def is_at(self, url: str) -> bool:
        return self.owns(url) or httpx.URL(url).host.endswith(self.domains)

    def asks_logprobs(self, wish: bool | None, model: str) -> bool:
        """None leaves it to what is known of the model."""
        return model.startswith(self.logprobs) if wish is None else wish

    def begins_within_s(self, model: str) -> float | None:
        """How long to wait for the first content; None is as long as for any other model."""
        return SILENT_S if model.startswith(self.silent) else self.loads_within_s

    def begins_inside_thoughts(self, model: str) -> bool:
        """Whether only the end of its thoughts is marked: a server that does not tell them apart
        passes on what the template has left to the model, which opens the tag for these."""
        return self.inline_thoughts == "unopened" and bool(_OPENED_BY_TEMPLATE.search(model))

    def headers(self, key: str) -> dict[str, str]:
        """Among them the one that carries the key, where there is a key."""
        bearer = "Bearer " if self.key_header == "Authorization" else ""
        carried = {self.key_header: f"{bearer}{key}"} if key else {}
        return {**carried, **self.extra_headers}


# https://huggingface.co/deepseek-ai/DeepSeek-R1, Qwen/QwQ-32B, Qwen/Qwen3-4B-Thinking-2507
_OPENED_BY_TEMPLATE = re.compile(r"(?i)deepseek-r1|\bqwq\b|qwen3.*-thinking")

COMPATIBLE = Preset("openai", inline_thoughts="unopened")

SILENT_S = 180.0
_LOADING_S = 300.0

_SILENT_AT_GOOGLE = ("gemini-2.5", "gemini-3")
_SILENT = ("o1", "o3", "o4", "gpt-5")

# Those that think before they answer refuse the parameter, unless they do not think by default.
_WITH_LOGPROBS = ("gpt-3.5-turbo", "gpt-4", "gpt-5.4")

PRESETS: Mapping[str, Preset] = {
    "openai": Preset(
        "openai",
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        limit="max_completion_tokens",
        logprobs=_WITH_LOGPROBS,
        silent=_SILENT,
        inline_thoughts="never",
    ),
    "azure": Preset(
        "openai",
        domains=(".openai.azure.com", ".cognitiveservices.azure.com"),
        root="/openai/v1",
        key_header="api-key",
        limit="max_completion_tokens",
    ),
    "azure-models": Preset(
        "openai", domains=(".services.ai.azure.com",), root="/models", key_header="api-key"
    ),
    "groq": Preset(
        "openai",
        "https://api.groq.com/openai/v1",
        ("LLM_KEY_GROQ",),
        limit="max_completion_tokens",
    ),
    "together": Preset("openai", "https://api.together.xyz/v1", ("LLM_KEY_TOGETHER",)),
    "openrouter": Preset(
        "openai",
        "https://openrouter.ai/api/v1",
        ("LLM_KEY_OPENROUTER",),
        logprobs=tuple(f"openai/{name}" for name in _WITH_LOGPROBS),
        returned="reasoning_details",
        silent=tuple(f"openai/{name}" for name in _SILENT),
        extra_headers={"X-Title": "Cascade Chat"},
    ),
    "deepseek": Preset(
        "openai",
        "https://api.deepseek.com",
        ("LLM_KEY_DEEPSEEK",),
        logprobs=("deepseek-chat", "deepseek-v"),
        returned="reasoning_content",
    ),
    # Refuses fields it does not know, and reports usage unasked.
    "mistral": Preset(
        "openai",
        "https://api.mistral.ai/v1",
        ("LLM_KEY_MISTRAL",),
        required="any",
        asks_usage=False,
    ),
    "xai": Preset(
        "openai",
        "https://api.x.ai/v1",
        ("LLM_KEY_XAI",),
        limit="max_completion_tokens",
        silent=("grok-4",),
    ),
    "cerebras": Preset("openai", "https://api.cerebras.ai/v1", ("LLM_KEY_CEREBRAS",)),
    "perplexity": Preset(
        "openai", "https://api.perplexity.ai", ("LLM_KEY_PERPLEXITY",), asks_usage=False
    ),
    "fireworks": Preset("openai", "https://api.fireworks.ai/inference/v1", ("LLM_KEY_FIREWORKS",)),
    "huggingface": Preset("openai", "https://router.huggingface.co/v1", ("LLM_KEY_HUGGINGFACE",)),
    "vllm": Preset(
        "openai",
        "http://localhost:8000/v1",
        logprobs=("",),
        loads_within_s=_LOADING_S,
        inline_thoughts="unopened",
    ),
    "llamacpp": Preset(
        "openai",
        "http://localhost:8080/v1",
        loads_within_s=_LOADING_S,
        inline_thoughts="unopened",
    ),
    "lmstudio": Preset(
        "openai",
        "http://localhost:1234/v1",
        loads_within_s=_LOADING_S,
        inline_thoughts="unopened",
    ),
    "ollama": Preset("ollama", "http://localhost:11434", logprobs=("",), loads_within_s=_LOADING_S),
    "gemini-openai": Preset(
        "openai",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        ("LLM_KEY_GEMINI",),
        silent=_SILENT_AT_GOOGLE,
    ),
    "anthropic": Preset(
        "anthropic",
        "https://api.anthropic.com",
        ("ANTHROPIC_API_KEY",),
        key_header="x-api-key",
        silent=("claude-haiku-5", "claude-sonnet-5", "claude-opus-5"),
    ),
    "gemini": Preset(
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY", "LLM_KEY_GEMINI"),
        key_header="x-goog-api-key",
        silent=_SILENT_AT_GOOGLE,
    ),
}


_ADDRESSES = 256
"""That are remembered: looking one up parses a hundred URLs, and each attempt asks."""


def service(name: str, url: str) -> Preset:
    """The OpenAI-like service of that name, else the one at that address, else a plain one."""
    named = PRESETS.get(name)
    return named if named and named.kind == "openai" else _at(url)


@lru_cache(_ADDRESSES)
def address(base_url: str, path: str) -> str:
    """The full address, for a base URL with or without its root, trailing slash or the whole path.

    Azure's classic addresses keep their `?api-version=`.
    """
    base, _, query = base_url.partition("?")
    base = base.rstrip("/")
    for ending in ("/chat/completions", "/responses"):
        base = base.removesuffix(ending)
    if not httpx.URL(base).path.strip("/"):
        preset = _at(base)
        base += httpx.URL(preset.base_url).path.rstrip("/") if preset.base_url else preset.root
    return f"{base}{path}?{query}" if query else f"{base}{path}"


@lru_cache(_ADDRESSES)
def _at(url: str) -> Preset:
    found = (preset for preset in PRESETS.values() if preset.kind == "openai" and preset.is_at(url))
    return next(found, COMPATIBLE)


def _origin(url: str) -> tuple[str, str, int | None]:
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.host, parsed.port
