"""The caller's leave for each attempt, asked before its request is sent."""

import math
from decimal import Decimal
from functools import partial
from typing import Protocol

from chat.cascade.config import ModelConfig
from chat.cascade.errors import OverBudget
from chat.cascade.providers.base import Request
from chat.cascade.tokens import estimate_tokens
from chat.cascade.waits import beside_if_long

# A request is counted before it is sent, so by estimate: what that may be short of, and what
# vendors wrap each message in.
_SHORT_BY = 1.25
_WRAPPING_TOKENS = 8


class Admit(Protocol):
    async def __call__(self, model: ModelConfig, most_usd: Decimal | None) -> None:
        """Returns where the attempt may cost so much, else raises `OverBudget`; None: unknown."""


async def refusal(admit: Admit, model: ModelConfig, request: Request) -> OverBudget | None:
    most = await beside_if_long(len(request.written), partial(most_usd, model, request))
    try:
        await admit(model, most)
    except OverBudget as refused:
        return refused
    return None


def most_usd(model: ModelConfig, request: Request) -> Decimal | None:
    """The prompt and the longest answer that is asked for; None where the price is unknown."""
    if model.prices is None:
        return None
    wrapping = _WRAPPING_TOKENS * (len(request.messages) + 1)
    given = math.ceil(estimate_tokens(request.written) * _SHORT_BY) + wrapping
    return model.prices.most(given, request.max_tokens)
