"""Shadow checks: a share of kept drafts is also answered by the last model, and compared.

It is how a cascade learns what its drafts are worth. The reader waits for nothing and sees nothing
of it; the ledger has it as an attempt of the role `shadow`.
"""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils import timezone

from chat.agents import Cast
from chat.cascade.quality.agreement import agree, comparable
from chat.cascade.quality.case import Case
from chat.learning.labels import compared
from chat.models import SHADOW, Attempt, Cascade, Turn
from chat.process.off_loop import off_loop
from chat.turns.attempts import AttemptState
from chat.turns.beside import Messages, ask_beside
from chat.turns.history import question
from chat.turns.state import TurnState, TurnStatus


async def shadow(turn: Turn, state: TurnState, cast: Cast, before: Messages) -> None:
    """After a turn's end, if its kept draft is among those to be compared."""
    draft, cascade = _kept_draft(state), turn.cascade
    if draft is None or cascade is None or not _is_chosen(turn, cascade):
        return
    asked = question(turn)
    if not comparable(Case(asked, draft.text)):
        return
    if not (cast.prices[-1] and await off_loop(_is_affordable)(cascade)):
        return
    seen = await ask_beside(turn, cast, -1, SHADOW, asked, force_direct=True, messages=before)
    if seen and seen.status == TurnStatus.COMPLETED and seen.answer is not None:
        same = agree(Case(asked, draft.text), Case(asked, seen.answer.text))
        if same is not None:
            await off_loop(_label)(turn, draft, same)


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
    """Not where nobody knows what the day has cost. Of a conversation that was removed it is not
    known which cascade's it was: it counts for each."""
    since = timezone.now() - timedelta(days=1)
    asked_by = Q(turn__cascade=cascade) | Q(turn=None)
    shadows = Attempt.objects.filter(asked_by, role=SHADOW, created_at__gte=since)
    if shadows.filter(settled=True, cost_usd=None).exists():
        return False
    spent: Decimal = shadows.aggregate(spent=Sum("cost_usd", default=Decimal(0)))["spent"]
    return bool(spent < cascade.shadow_usd_a_day)


def _label(turn: Turn, draft: AttemptState, agrees: bool) -> None:
    # The turn in hand was read before it was played.
    kept = Attempt.objects.select_related("turn").get(turn_id=turn.id, number=draft.number)
    compared(kept, agrees=agrees)
