"""What an answer will about cost, before its question is sent."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg

from chat.agents import enabled_steps, prices_now
from chat.cascade.pricing import Prices, Usage
from chat.cascade.tokens import estimate_tokens
from chat.models import BESIDE, Attempt, Cascade, Conversation

ANSWER_TOKENS = 300
"""Of an answer, where there is none to go by: titles, and tries that gave no word, are none."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`tokens` are those sent; `kept_usd` is for the draft alone, `asked_usd` for every model asked
    in turn. None where a price is not known."""

    tokens: int
    kept_usd: Decimal | None
    asked_usd: Decimal | None
    is_set_up: bool = True


def estimate(text: str, cascade: Cascade | None, conversation: Conversation | None) -> Estimate:
    """`text` is all that is sent: what came before, the question, what is attached."""
    tokens, steps = estimate_tokens(text), enabled_steps(cascade) if cascade else []
    if not steps:
        return Estimate(tokens, None, None, is_set_up=False)
    usage = Usage(input=tokens, output=_answer_tokens(conversation))
    costs = [_cost(Prices.read(prices), usage) for prices in prices_now(steps)]
    known = [cost for cost in costs if cost is not None]
    return Estimate(tokens, costs[0], sum(known, Decimal(0)) if len(known) == len(costs) else None)


def _cost(prices: Prices | None, usage: Usage) -> Decimal | None:
    return None if prices is None else prices.of(usage.input).cost(usage)


def _answer_tokens(conversation: Conversation | None) -> int:
    if conversation is None:
        return ANSWER_TOKENS
    written = Attempt.objects.filter(turn__conversation=conversation, output_tokens__gt=0)
    answers = written.filter(settled=True).exclude(role__in=BESIDE)
    return round(answers.aggregate(mean=Avg("output_tokens"))["mean"] or ANSWER_TOKENS)
