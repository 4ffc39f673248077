"""Attempts beside a turn that has ended: its models are asked for something no reader waits for.

The ledger has each, written before the request is sent, and budgets count it. Cancelled, it charges
what was used until then.
"""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from chat.agents import Cast
from chat.cascade.streaming.events import StreamEventType
from chat.costs import budgets
from chat.ledger import unseen_bill
from chat.models import Attempt, Turn
from chat.process.off_loop import off_loop
from chat.turns.ended import tell_bill
from chat.turns.events import TurnEvent
from chat.turns.history import joined
from chat.turns.state import TurnState
from chat.turns.store import blank, fill, settle

Messages = Sequence[Mapping[str, Any]]


async def ask_beside(
    turn: Turn,
    cast: Cast,
    place: int,
    role: str,
    prompt: str,
    messages: Messages = (),
    **how: Any,
) -> TurnState | None:
    """What came of it; None where the conversation was deleted meanwhile, or nothing was asked.

    `place` is that of the model asked, `how` is for the engine, which has to ask the same.
    """
    row = await off_loop(_open)(turn, cast, place, role)
    seen = blank(turn)
    is_kept = False
    try:
        asking = cast.agent.stream_events(prompt, tools=[], messages=messages, **how)
        async with aclosing(asking) as stream:
            async for event in stream:
                seen.apply(TurnEvent.of(event, seen.seq + 1))
    finally:
        is_kept = await off_loop(_settle)(row, seen, joined(messages, prompt))
    return seen if is_kept else None


def _open(turn: Turn, cast: Cast, place: int, role: str) -> Attempt:
    config = cast.steps[place]
    last = Attempt.objects.filter(turn=turn).aggregate(number=Max("number"))["number"]
    return Attempt.objects.create(
        turn=turn,
        user_id=turn.conversation.user_id,
        model_config=config,
        number=(last or 0) + 1,
        role=role,
        model=config.name,
        provider=config.provider.kind,
        prices=cast.prices[place],
    )


def _settle(row: Attempt, seen: TurnState, asked: str) -> bool:
    """False where the conversation was deleted meanwhile: then the bill alone is kept. A budget may
    have refused it before anything was sent: then there is no bill."""
    turn_id, role = row.turn_id, row.role
    if (attempt := seen.current) is None or seen.error_code == "over_budget":
        row.delete()
        return False
    if attempt.receipt is None:
        bill = unseen_bill(seen, attempt, asked=asked, prices=row.prices)
        number = attempt.number
        seen.apply(TurnEvent(StreamEventType.COST, data=bill, seq=seen.seq + 1, attempt=number))
    attempt.role = role  # type: ignore[assignment]  # no reader sees it, so no viewer has such a one
    fill(row, attempt)
    row.settled = True
    is_kept = True
    try:
        with transaction.atomic():
            row.save()
            if turn_id is not None:
                budgets.settle_beside(turn_id, row.cost_usd)
    except IntegrityError:
        is_kept = False
        settle([row])
    tell_bill(attempt)
    return is_kept
