"""Which of a cascade's models a turn asks: all in order, but for drafts not worth asking for.

A draft is left out while its model rests after failures, and where it would cost more than it
saves: its price over the last model's is the share of drafts that must be kept for it to pay.
"""

import math
from collections.abc import Callable, Sequence

from chat.cascade.breaker import breakers
from chat.cascade.config import ModelConfig
from chat.cascade.routing import Route


def lineup(
    route: Route, models: Sequence[ModelConfig], acceptance: Callable[[str], float]
) -> tuple[Route, list[ModelConfig]]:
    """The route, with a reason for each draft left out, and the models left, the last among them.

    `acceptance` tells the share of a model's drafts, 0 to 1, that are likely to be kept.
    """
    *drafts, last = models
    if route.strategy == "direct":
        return route, [models[0] if route.to_first else last]
    reasons = [_why_not(draft, last, acceptance(draft.name)) for draft in drafts]
    left = [*(draft for draft, why in zip(drafts, reasons, strict=True) if not why), last]
    if len(left) == len(models):
        return route, left
    reason = "; ".join(filter(None, reasons))
    if left[0] is models[0]:
        reason = f"{route.reason}; {reason}"
    else:
        reason = f"{reason}, so it goes straight to {left[0].name}"
    return Route("cascade" if left[1:] else "direct", route.complexity, reason), left


def _why_not(draft: ModelConfig, last: ModelConfig, acceptance: float) -> str:
    breaker = breakers.of(draft)
    if breaker.state == "open":
        return breaker.reason
    price = price_share(draft, last)
    if price is None or price <= acceptance:
        return ""
    why = f"A draft by {draft.name} would cost more than it saves"
    if math.isinf(price):
        return why
    return f"{why}, at {price:.0%} of {last.name}'s price with {acceptance:.0%} of drafts kept"


def price_share(draft: ModelConfig, last: ModelConfig) -> float | None:
    """The draft's price over the last model's, for as many tokens in as out; None if unknown."""
    if draft.prices is None or last.prices is None:
        return None
    cheap, dear = (prices.input + prices.output for prices in (draft.prices, last.prices))
    if not dear:
        return float("inf") if cheap else None
    return float(cheap / dear)
