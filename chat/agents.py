"""A stored cascade -> a `CascadeAgent`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from chat import cascade as engine
from chat.cascade.budget import Admit
from chat.cascade.errors import ConfigError
from chat.cascade.pricing import PRICED
from chat.learning.calibrations import judged_with, promise_of
from chat.models import Cascade, ModelConfig, Price
from chat.sandbox import sandbox
from chat.turns.state import AttemptState, TurnState

Prices = dict[str, Any]
"""A price row as it is kept on an attempt: USD per million tokens, decimal strings; `tiers`."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays a turn; `steps` and `prices` are in the order of the agent's models."""

    agent: engine.CascadeAgent
    steps: Sequence[ModelConfig]
    prices: Sequence[Prices]

    def step_of(self, turn: TurnState, attempt: AttemptState) -> int:
        """Which of them makes this attempt. A turn's models are these, without drafts that rest."""
        at = len(self.steps) - 1
        if attempt.role == "draft":
            names, at = [step.name for step in self.steps], -1
            for name in turn.models[: turn.place_of(attempt) + 1]:
                at = names.index(name, at + 1)
        return at


def cast(
    cascade: Cascade | None,
    executor: engine.ToolExecutor | None = None,
    *,
    admit: Admit | None = None,
) -> Cast:
    """Who plays the turns of a cascade, with the tools they are offered.

    `admit` is asked before every attempt whether it may be made. Raises `ConfigError`, in words
    for whoever can act, where no agent can be made.
    """
    if cascade is None:
        raise ConfigError("This conversation's cascade was removed. Begin a new conversation.")
    steps = enabled_steps(cascade)
    if len(steps) < 2:
        raise ConfigError(f"The cascade '{cascade}' needs at least two enabled models.")
    prices = [price_now(step) for step in steps]
    models = [_model(step, price) for step, price in zip(steps, prices, strict=True)]
    policy = _policy(cascade, steps)
    agent = engine.CascadeAgent(models, policy=policy, tool_executor=executor, admit=admit)
    return Cast(agent, steps, prices)


def enabled_steps(cascade: Cascade) -> list[ModelConfig]:
    steps = cascade.steps.select_related("model_config__provider")
    return [step.model_config for step in steps if step.model_config.enabled]


def price_now(model_config: ModelConfig) -> Prices:
    """The price in force, or an empty one where none is known."""
    price = model_config.prices.filter(effective_from__lte=timezone.now()).first()
    if price is None:
        return {}
    tiers = {"tiers": price.tiers} if price.tiers else {}
    return {name: _text(price, name) for name in PRICED} | tiers


def _text(price: Price, name: str) -> str | None:
    value = getattr(price, name)
    return None if value is None else f"{value.normalize():f}"


def _model(config: ModelConfig, price: Prices) -> engine.ModelConfig:
    provider = config.provider
    return engine.ModelConfig(
        name=config.name,
        provider=provider.kind,
        base_url=provider.base_url or None,
        api_key=_key(provider.key_variable),
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        input_price=price.get("input"),
        cached_input_price=price.get("cached_input"),
        cache_write_price=price.get("cache_write"),
        output_price=price.get("output"),
        reasoning_price=price.get("reasoning"),
        price_tiers=price.get("tiers", ()),
    )


def _key(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "")
    if not key.strip():
        raise ConfigError(
            f"The environment variable {variable} is not set, so no model can be called."
        )
    return key


def _policy(cascade: Cascade, steps: Sequence[ModelConfig]) -> engine.CascadePolicy:
    *drafts, last = steps
    promise = promise_of(cascade)
    return engine.CascadePolicy(
        thresholds=cascade.thresholds,
        direct_from=engine.Complexity(cascade.direct_from) if cascade.direct_from else None,
        sandbox=sandbox(),
        calibrations={draft.name: judged_with(draft.name, last.name, promise) for draft in drafts},
    )
