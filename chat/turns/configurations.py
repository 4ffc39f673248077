"""What a turn ran under: kept once for all the turns that ran under the same."""

import hashlib
import json
from typing import Any

from django.db.models import CharField, QuerySet

from chat.agents import Cast
from chat.models import Cascade, Configuration
from chat.models.prepared import Given, prepared


@prepared
def _kept() -> QuerySet[Configuration, Any]:
    return Configuration.objects.filter(digest=Given("digest", CharField())).values_list("pk")


def remember(cascade: Cascade | None, its_cast: Cast) -> int | None:
    """The id of the row that says so."""
    if cascade is None:
        return None
    data = described(cascade, its_cast)
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    if kept := _kept(digest=digest):
        return int(kept[0][0])
    return Configuration.objects.get_or_create(digest=digest, defaults={"data": data})[0].pk


def described(cascade: Cascade, its_cast: Cast) -> dict[str, Any]:
    """With the engine's own where the cascade leaves something open. No prompt and no key: of the
    system prompt only its digest, which tells whether it was another."""
    policy = its_cast.agent.policy
    prompt = cascade.system_prompt.encode()
    budget, promise = cascade.budget_usd, cascade.promise_percent
    return {
        "cascade": cascade.name,
        "models": [_model(step) for step in its_cast.steps],
        "thresholds": {level.value: at for level, at in policy.thresholds.items()},
        "direct_from": policy.direct_from,
        "checks_off": sorted(policy.checks_off),
        "tools": cascade.tools,
        "budget_usd": None if budget is None else f"{budget.normalize():f}",
        "promise_percent": None if promise is None else f"{promise.normalize():f}",
        "system_prompt": hashlib.sha256(prompt).hexdigest()[:16] if prompt.strip() else "",
    }


def _model(step: Any) -> dict[str, Any]:
    return {
        "name": step.name,
        "provider": step.provider.name,
        "max_tokens": step.max_tokens,
        "temperature": step.temperature,
    }


def models() -> set[str]:
    """The names of those that turns ran under, whether or not they are configured still."""
    kept = Configuration.objects.values_list("data__models", flat=True)
    return {step["name"] for steps in kept for step in steps}
