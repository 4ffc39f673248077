"""The services of `chat.cascade.presets`, as an operator chooses among them."""

import os
from dataclasses import dataclass
from typing import Any

from chat.cascade.presets import PRESETS, Preset

TITLES = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "gemini": "Google Gemini",
    "groq": "Groq",
    "mistral": "Mistral",
    "deepseek": "DeepSeek",
    "xai": "xAI",
    "openrouter": "OpenRouter",
    "together": "Together",
    "fireworks": "Fireworks",
    "cerebras": "Cerebras",
    "perplexity": "Perplexity",
    "huggingface": "Hugging Face",
    "azure": "Azure OpenAI",
    "azure-models": "Azure AI models",
    "ollama": "Ollama",
    "vllm": "vLLM",
    "llamacpp": "llama.cpp",
    "lmstudio": "LM Studio",
}


@dataclass(frozen=True, slots=True)
class Service:
    """`is_ready` where its key is in the environment."""

    name: str
    title: str
    is_local: bool
    is_ready: bool


def services() -> list[Service]:
    return [
        Service(
            name,
            title,
            is_local=PRESETS[name].base_url.startswith("http:"),
            is_ready=bool(_variable(PRESETS[name])),
        )
        for name, title in TITLES.items()
    ]


def initial(name: str) -> dict[str, Any]:
    """What is known of a service, for the form of a provider."""
    if name not in TITLES:
        return {}
    preset = PRESETS[name]
    return {
        "name": TITLES[name],
        "kind": preset.kind,
        "base_url": preset.base_url,
        "key_variable": _variable(preset),
    }


def _variable(preset: Preset) -> str:
    """The one that holds its key, or ""."""
    held = (name for name in preset.key_variables if os.environ.get(name, "").strip())
    return next(held, "")
