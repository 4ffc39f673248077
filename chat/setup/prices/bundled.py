"""The list that comes with the product, and how it is made: `bundle`, called in `manage.py shell`,
gives what is kept of LiteLLM's price map."""

import json
from pathlib import Path

from chat.setup.prices.offers import Offer, Offers, read

PATH = Path(__file__).with_name("bundled.json")
_SOURCE = "https://github.com/BerriAI/litellm, its price map as of litellm 1.110.2"
_VENDORS = {
    "anthropic",
    "azure",
    "azure-models",
    "cerebras",
    "deepseek",
    "fireworks",
    "gemini",
    "groq",
    "mistral",
    "moonshot",
    "openai",
    "openrouter",
    "perplexity",
    "together",
    "xai",
}


def bundled() -> Offers:
    return read(PATH.read_text(encoding="utf-8"))


def bundle(text: str, date: str) -> str:
    """Of the vendors that there are presets for."""
    kept = [_row(offer) for offer in read(text).offers if offer.vendor in _VENDORS]
    head = {"source": _SOURCE, "date": date, "licence": "MIT, Copyright (c) 2023 Berri AI"}
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in kept)
    return json.dumps(head, indent=0)[:-2] + f',\n"models": [\n{rows}\n]}}\n'


def _row(offer: Offer) -> dict[str, object]:
    row = {
        "vendor": offer.vendor,
        "name": offer.name,
        **offer.prices,
        "context_window": offer.context_window,
        "max_output": offer.max_output,
        "tools": "tools" in offer.capabilities,
    }
    return {name: value for name, value in row.items() if value}
