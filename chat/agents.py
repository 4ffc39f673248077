"""A stored cascade -> a `CascadeAgent`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigAutoField, DateTimeField, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import cascade as engine
from chat.cascade.budget import Admit
from chat.cascade.errors import ConfigError
from chat.learning.calibrations import judged_with, promise_of
from chat.models import Cascade, CascadeStep, ModelConfig, Price
from chat.models.prepared import Given, each, prepared
from chat.process.sandbox import sandbox
from chat.setup.keys import key_of
from chat.turns.attempts import AttemptState
from chat.turns.state import TurnState

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
    only_draft: bool = False,
) -> Cast:
    """Who plays the turns of a cascade, with the tools they are offered.

    `admit` is asked before every attempt whether it may be made; with `only_draft` the first plays
    alone. Raises `ConfigError`, in words for whoever can act, where no agent can be made.
    """
    if cascade is None:
        raise ConfigError(
            _("This conversation's cascade was removed. Choose another one at the top, and retry.")
        )
    steps = enabled_steps(cascade)
    if len(steps) < 2:
        raise ConfigError(
            _("The cascade '{cascade}' needs at least two enabled models.").format(cascade=cascade)
        )
    prices = prices_now(steps)
    models = [engine_model(step, price) for step, price in zip(steps, prices, strict=True)]
    policy = _policy(cascade, steps)
    agent = engine.CascadeAgent(models, policy=policy, tool_executor=executor, admit=admit)
    return Cast(agent, steps[:1], prices[:1]) if only_draft else Cast(agent, steps, prices)


def enabled_steps(cascade: Cascade) -> list[ModelConfig]:
    steps = _steps_of(cascade=cascade.pk)
    return [step.model_config for step in steps if step.model_config.enabled]


@prepared
def _steps_of() -> QuerySet[CascadeStep]:
    steps = CascadeStep.objects.filter(cascade=Given("cascade", BigAutoField()))
    return steps.select_related("model_config__provider")


def prices_now(models: Sequence[ModelConfig]) -> list[Prices]:
    """The price in force of each, or an empty one where none is known. One query."""
    found: dict[int, Price] = {}
    ids = [model.pk for model in models]
    for price in _begun_prices(models=ids, now=timezone.now()):  # the latest first
        found.setdefault(price.model_config_id, price)
    return [found[model.pk].kept() if model.pk in found else {} for model in models]


@prepared
def _begun_prices(models: int) -> QuerySet[Price]:
    begun = Price.objects.filter(effective_from__lte=Given("now", DateTimeField()))
    return begun.filter(model_config__id__in=each("models", models, BigAutoField()))


def engine_model(config: ModelConfig, price: Prices) -> engine.ModelConfig:
    """Raises `ConfigError` where its key cannot be had."""
    provider = config.provider
    return engine.ModelConfig(
        name=config.name,
        provider=provider.kind,
        base_url=provider.base_url or None,
        api_key=key_of(provider),
        extra_headers=provider.extra_headers,
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        input_price=price.get("input"),
        cached_input_price=price.get("cached_input"),
        cache_write_price=price.get("cache_write"),
        output_price=price.get("output"),
        reasoning_price=price.get("reasoning"),
        price_tiers=price.get("tiers", ()),
        logprobs="logprobs" in config.capabilities or None,
        **_timeouts(config),
    )


def _timeouts(config: ModelConfig) -> dict[str, Any]:
    """Those that an operator set; the others are the engine's."""
    names = ("first_content_timeout_s", "idle_timeout_s", "total_timeout_s")
    given = {name: value for name in names if (value := getattr(config, name)) is not None}
    if (connect_s := config.provider.connect_timeout_s) is not None:
        given["connect_timeout_s"] = connect_s
    return given


def _policy(cascade: Cascade, steps: Sequence[ModelConfig]) -> engine.CascadePolicy:
    *drafts, last = steps
    promise = None if cascade.checks_off else promise_of(cascade)  # proved with all checks
    return engine.CascadePolicy(
        thresholds=cascade.thresholds,
        direct_from=engine.Complexity(cascade.direct_from) if cascade.direct_from else None,
        sandbox=sandbox(),
        checks_off=frozenset(cascade.checks_off),
        calibrations={draft.name: judged_with(draft.name, last.name, promise) for draft in drafts},
    )
