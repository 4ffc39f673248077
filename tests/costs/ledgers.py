"""Ledgers of any shape, for tests: turns as a player would have left them, in one call."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from chat.models import Attempt, Conversation, Turn

PRICES = {"small": ("1", "2"), "large": ("10", "20")}


def cost(model: str, given: int, taken: int) -> Decimal:
    """By `tests.people.make_cascade`'s prices."""
    into, out = PRICES[model]
    return (given * Decimal(into) + taken * Decimal(out)) / 1_000_000


def add_turn(
    conversation: Conversation,
    route: str = "accepted",
    *,
    tokens: tuple[int, int] = (1000, 200),
    status: str = "completed",
    priced: bool | str = True,
    made: datetime | None = None,
    **fields: Any,
) -> Turn:
    """`route` is accepted, set_aside or direct; every attempt has the same tokens. `priced` may be
    the name of the only model whose price is known."""
    roles = {"accepted": ["draft"], "set_aside": ["draft", "verifier"], "direct": ["direct"]}[route]
    models = ["small" if role == "draft" else "large" for role in roles]
    known = {name: cost(name, *tokens) for name in PRICES if priced in (True, name)}
    costs = [known.get(model) for model in models]
    spent = None if None in costs else sum(filter(None, costs), Decimal(0))
    alone = known if status == "completed" else {}
    baseline = alone.get("large")
    score = {"accepted": 0.9, "set_aside": 0.4}.get(route)
    turn = Turn.objects.create(
        conversation=conversation,
        cascade=conversation.cascade,
        client_id=uuid.uuid4(),
        prompt="Why are there tides?",
        answered_by=models[-1],
        model_names=["small", "large"],
        draft_accepted=None if route == "direct" else route == "accepted",
        latency_ms=1000 * len(roles),
        first_token_ms=200,
        **{
            "status": status,
            "complexity": "simple",
            "total_usd": spent,
            "baseline_usd": baseline,
            "only_draft_usd": alone.get("small"),
            "saved_usd": baseline - spent if baseline is not None and spent is not None else None,
            "exactness": "unknown" if spent is None else "exact",
            "draft_score": score,
            **fields,
        },
    )
    for number, (role, model, usd) in enumerate(zip(roles, models, costs, strict=True), 1):
        Attempt.objects.create(
            turn=turn,
            user=conversation.user,
            number=number,
            role=role,
            model=model,
            provider="scripted",
            settled=True,
            status=route if role == "draft" else "answered",
            input_tokens=tokens[0],
            output_tokens=tokens[1],
            cost_usd=usd,
            exactness="unknown" if usd is None else "exact",
            counted_by="provider",
        )
    if made is not None:
        Turn.objects.filter(pk=turn.pk).update(created_at=made)
        turn.attempts.update(created_at=made)
    return turn
