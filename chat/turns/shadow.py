"""Shadow checks: a share of kept drafts is also answered by the last model, and compared.

It is how a cascade learns what its drafts are worth. The reader waits for nothing and sees nothing
of it; the ledger has it as an attempt of the role `shadow`.
"""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from chat.agents import Cast
from chat.cascade.quality.agreement import agree, comparable
from chat.cascade.quality.case import Case
from chat.cascade.streaming.events import StreamEventType
from chat.learning.labels import compared
from chat.ledger import unseen_bill
from chat.models import SHADOW, Attempt, Cascade, Turn
from chat.off_loop import off_loop
from chat.turns.events import TurnEvent
from chat.turns.state import AttemptState, TurnState, TurnStatus
from chat.turns.store import blank, fill

Messages = Sequence[Mapping[str, Any]]


async def shadow(turn: Turn, state: TurnState, cast: Cast, before: Messages) -> None:
    """After a turn's end, if its kept draft is among those to be compared.

    Cancelled, it charges what was used until then.
    """
    draft, cascade = _kept_draft(state), turn.cascade
    if draft is None or cascade is None or not _is_chosen(turn, cascade):
        return
    if not comparable(Case.of(turn.prompt, draft.text)):
        return
    if not await off_loop(_is_affordable)(cascade):
        return
    row = await off_loop(_open)(turn, draft, cast)
    seen = blank(turn)
    try:
        await _play(seen, cast, turn.prompt, before)
    finally:
        await off_loop(_settle)(row, seen, turn.prompt)
    if seen.status == TurnStatus.COMPLETED and seen.answer is not None:
        same = agree(Case.of(turn.prompt, draft.text), Case.of(turn.prompt, seen.answer.text))
        if same is not None:
            await off_loop(_label)(turn, draft, same)


async def _play(seen: TurnState, cast: Cast, prompt: str, before: Messages) -> None:
    stream = cast.agent.stream_events(prompt, force_direct=True, tools=[], messages=before)
    async with aclosing(stream):
        async for event in stream:
            seen.apply(TurnEvent.of(event, seen.seq + 1))


def _kept_draft(state: TurnState) -> AttemptState | None:
    """That of a turn that was one draft, without tools, and nothing more."""
    if state.status != TurnStatus.COMPLETED or len(state.attempts) != 1:
        return None
    (only,) = state.attempts
    return only if only.status == "accepted" and not only.tool_calls else None


def _is_chosen(turn: Turn, cascade: Cascade) -> bool:
    """By the turn's random id, so that it is the same whoever asks."""
    return bool(turn.id.int % 1000 < 10 * cascade.shadow_percent)


def _is_affordable(cascade: Cascade) -> bool:
    since = timezone.now() - timedelta(days=1)
    shadows = Attempt.objects.filter(role=SHADOW, turn__cascade=cascade, created_at__gte=since)
    spent: Decimal = shadows.aggregate(spent=Sum("cost_usd", default=Decimal(0)))["spent"]
    return bool(spent < cascade.shadow_usd_a_day)


def _open(turn: Turn, draft: AttemptState, cast: Cast) -> Attempt:
    """The ledger row stands before the request is sent."""
    last = cast.steps[-1]
    return Attempt.objects.create(
        turn=turn,
        user_id=turn.conversation.user_id,
        model_config=last,
        number=draft.number + 1,
        role=SHADOW,
        model=last.name,
        provider=last.provider.kind,
        prices=cast.prices[-1],
    )


def _settle(row: Attempt, seen: TurnState, asked: str) -> None:
    if (attempt := seen.current) is not None:
        if attempt.receipt is None:
            bill = unseen_bill(seen, attempt, asked=asked, prices=row.prices)
            number = attempt.number
            seen.apply(TurnEvent(StreamEventType.COST, data=bill, seq=seen.seq + 1, attempt=number))
        fill(row, attempt)
        row.role = SHADOW
    row.settled = True
    row.save()


def _label(turn: Turn, draft: AttemptState, agrees: bool) -> None:
    # The turn in hand was read before it was played.
    kept = Attempt.objects.select_related("turn").get(turn_id=turn.id, number=draft.number)
    compared(kept, agrees=agrees)
