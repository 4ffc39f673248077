"""A list beside what is set up here: what would change, model by model, and the change itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from chat.cascade.presets import PRESETS
from chat.cascade.pricing import PRICED
from chat.models import ModelConfig, Price
from chat.setup.prices.bundled import bundled
from chat.setup.prices.offers import Offer, normal

State = Literal["new", "changed", "same", "missing"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`is_own` where the list's vendor is the service that the model is asked at; else only the
    name is the same, and it may cost something else here."""

    config: ModelConfig
    state: State
    is_own: bool = False
    old: Mapping[str, Any] = field(default_factory=dict)
    offer: Offer | None = None

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(kind of token, old price, new price) where they differ."""
        new = self.offer.prices if self.offer else {}
        names = (*PRICED, "tiers")
        both = [(name, self.old.get(name), new.get(name)) for name in names]
        return [(name.replace("_", " "), old, new) for name, old, new in both if old != new]

    @property
    def payload(self) -> dict[str, Any]:
        """What is to be applied, to be signed and sent along."""
        offer = self.offer
        if offer is None:
            return {}
        return {
            "config": self.config.pk,
            "old": dict(self.old),
            "prices": dict(offer.prices),
            "context_window": offer.context_window,
            "capabilities": list(offer.capabilities),
        }


def proposals(offers: Sequence[Offer]) -> list[Proposal]:
    """One for each model config, those that would change first."""
    by_name: dict[str, list[Offer]] = {}
    for offer in offers:
        for name in {offer.name, offer.name.rpartition("/")[2]}:
            by_name.setdefault(name.lower(), []).append(offer)
    configs = ModelConfig.objects.select_related("provider").prefetch_related("prices")
    found = [_proposal(config, by_name.get(config.name.lower(), [])) for config in configs]
    order = ("changed", "new", "missing", "same")
    return sorted(found, key=lambda proposal: order.index(proposal.state))


def _proposal(config: ModelConfig, named: Sequence[Offer]) -> Proposal:
    price = config.price_now()
    old = normal(price.kept()) if price else {}
    vendor = vendor_of(config)
    own = [offer for offer in named if offer.vendor == vendor]
    offer = _only(own or named)
    if vendor in ("demo", "ollama") or offer is None:
        return Proposal(config, "missing", old=old)
    state: State = "new" if not old else "same" if old == offer.prices else "changed"
    return Proposal(config, state, bool(own), old, offer)


def _only(offers: Sequence[Offer]) -> Offer | None:
    """None where they differ: nobody knows which it is."""
    first = next(iter(offers), None)
    return first if first and all(offer.prices == first.prices for offer in offers) else None


def vendor_of(config: ModelConfig) -> str:
    """The preset of the service it is asked at; "" where that is not one of them."""
    provider = config.provider
    if not provider.base_url:
        return "openai" if provider.kind.startswith("openai") else provider.kind
    owners = (name for name, preset in PRESETS.items() if preset.owns(provider.base_url))
    return next(owners, "")


def price_by_bundled(configs: Iterable[ModelConfig]) -> None:
    """Those without a price, where the list that came along has their own service's."""
    made = {config.pk for config in configs}
    found = (proposal for proposal in proposals(bundled().offers) if proposal.config.pk in made)
    apply(proposal.payload for proposal in found if proposal.state == "new" and proposal.is_own)


@transaction.atomic
def apply(payloads: Iterable[Mapping[str, Any]]) -> tuple[list[ModelConfig], list[ModelConfig]]:
    """Adds a price from now on for each; what a model lacked is filled in.

    Returns the models that were changed, and those whose price is another by now, left alone.
    """
    done, left = [], []
    for payload in payloads:
        config = ModelConfig.objects.filter(pk=payload["config"]).first()
        if config is None:
            continue
        price = config.price_now()
        if (normal(price.kept()) if price else {}) != payload["old"]:
            left.append(config)
            continue
        prices = payload["prices"]
        tiers = prices.get("tiers", [])
        amounts = {name: prices[name] for name in PRICED if name in prices}
        Price.objects.create(
            model_config=config, effective_from=timezone.now(), tiers=tiers, **amounts
        )
        config.context_window = config.context_window or payload["context_window"]
        config.capabilities = config.capabilities or payload["capabilities"]
        config.save(update_fields=["context_window", "capabilities"])
        done.append(config)
    return done, left
