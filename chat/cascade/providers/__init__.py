"""The providers by name. A new one is a module with a `stream` function, and a row here."""

from chat.cascade.providers import anthropic, demo, gemini, ollama, openai, openai_responses
from chat.cascade.providers.base import Provider

PROVIDERS: dict[str, Provider] = {
    "anthropic": anthropic.stream,
    "demo": demo.stream,
    "gemini": gemini.stream,
    "ollama": ollama.stream,
    "openai": openai.stream,
    "openai_responses": openai_responses.stream,
}
