"""The providers by name. A new one is a module with a `stream` function, and a row here."""

from chat.cascade.providers import demo, openai
from chat.cascade.providers.base import Provider

PROVIDERS: dict[str, Provider] = {"demo": demo.stream, "openai": openai.stream}
