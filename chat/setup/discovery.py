"""What can answer here: the demo, keys in the environment, a local Ollama. Found at start, stored
beside what an operator made; nothing that exists is changed, and nothing is called unless chosen.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from django.db import transaction
from django.db.models import Q

from chat.cascade.providers.transport import check
from chat.models import Cascade, CascadeStep, ModelConfig, Price, Provider
from chat.setup.prices.proposals import price_by_bundled

logger = logging.getLogger(__name__)

OLLAMA = "http://127.0.0.1:11434"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """A model to offer; prices in USD per million tokens, None where the bundled list has them."""

    name: str
    input: str | None = None
    cached_input: str | None = None
    output: str | None = None
    max_tokens: int = 2_000
    capabilities: tuple[str, ...] = ("tools",)


# The demo's prices are those of the models it imitates, so that its figures look like real ones.
DEMO = (
    Found("demo-small", "0.15", "0.075", "0.60"),
    Found("demo-large", "2.50", "1.25", "10.00"),
)
OPENAI = (Found("gpt-4o-mini"), Found("gpt-4o"))
# These think before they answer, and what they think counts as output.
ANTHROPIC = (
    Found("claude-haiku-5-5", max_tokens=8_000),
    Found("claude-sonnet-5-5", max_tokens=8_000),
)


def set_up() -> list[str]:
    """Store a cascade for whatever is found and not stored yet; returns the new ones' names."""
    made = []
    if not Cascade.objects.exists():
        demo = Provider(name="Demo", kind="demo")
        made += _store(demo, DEMO, is_default=True, tools=["current_time"])
    for name, found in (("OpenAI", OPENAI), ("Anthropic", ANTHROPIC)):
        kind, variable = name.lower(), f"{name.upper()}_API_KEY"
        if os.environ.get(variable, "").strip():
            made += _store(Provider(name=name, kind=kind, key_variable=variable), found)
    if local := _ollama_models():
        made += _store(Provider(name="Ollama", kind="ollama", base_url=OLLAMA), local)
    return made


@transaction.atomic
def _store(
    provider: Provider,
    found: Sequence[Found],
    *,
    is_default: bool = False,
    tools: Sequence[str] = (),
) -> list[str]:
    if len(found) < 2 or _is_there(provider):
        return []
    provider.save()
    cascade = Cascade.objects.create(name=provider.name, is_default=is_default, tools=list(tools))
    for position, model in enumerate(found, start=1):
        config = ModelConfig.objects.create(
            provider=provider,
            name=model.name,
            max_tokens=model.max_tokens,
            capabilities=list(model.capabilities),
        )
        CascadeStep.objects.create(cascade=cascade, model_config=config, position=position)
        if model.input is not None and model.output is not None:
            Price.objects.create(
                model_config=config,
                effective_from=LONG_AGO,
                input=model.input,
                cached_input=model.cached_input,
                output=model.output,
            )
    price_by_bundled(provider.model_configs.all())
    return [cascade.name]


def _is_there(provider: Provider) -> bool:
    """By its name, as what it reaches under another, or as a cascade that is called so."""
    same = Q(
        kind=provider.kind, key_variable=provider.key_variable, base_url=provider.base_url
    ) | Q(name=provider.name)
    named = Cascade.objects.filter(name=provider.name)
    return Provider.objects.filter(same).exists() or named.exists()


def _ollama_models() -> list[Found]:
    """The smallest and the largest model of an Ollama on this machine; they cost nothing."""
    try:
        check(httpx.URL(OLLAMA))
        answer = httpx.get(f"{OLLAMA}/api/tags", timeout=0.5, trust_env=False)
        models = answer.raise_for_status().json()["models"]
        names = [model["name"] for model in sorted(models, key=lambda model: model["size"])]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return []
    return [
        Found(name, "0", "0", "0", capabilities=())
        for name in dict.fromkeys(names[:1] + names[-1:])
    ]
