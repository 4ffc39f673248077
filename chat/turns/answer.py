"""Allow or Don't: the reader's answer to a tool that asks first, from any tab, in any process."""

import asyncio

from django.db import transaction
from django.utils.translation import gettext as _

from chat.models import LIVE, Turn
from chat.process.off_loop import off_loop
from chat.turns.begin import Refused
from chat.turns.doorbell import ring
from chat.turns.play import players


async def answer(turn: Turn, call_id: str, *, allowed: bool) -> None:
    """Raises `Refused` where the question is not open: answered already, or its turn has ended."""
    if player := players.get(str(turn.id)):
        is_taken = player.questions.answer(call_id, allowed=allowed)
    else:
        is_taken = await _is_left(turn, call_id, allowed)
    if not is_taken:
        raise Refused(_("That was answered already, or its time is over."), "not_asked")
    await ring(turn.conversation_id)


async def _is_left(turn: Turn, call_id: str, allowed: bool) -> bool:
    """A question may be told a moment before it is kept."""
    for wait_s in (0.1, 0.3, 0.6):
        if (is_left := await off_loop(_leave)(turn, call_id, allowed)) is not None:
            return is_left
        await asyncio.sleep(wait_s)
    return bool(await off_loop(_leave)(turn, call_id, allowed))


@transaction.atomic
def _leave(turn: Turn, call_id: str, allowed: bool) -> bool | None:
    """For a player elsewhere, whose guard reads it. The first answer to an open question counts;
    None where it is not known to be asked."""
    row = Turn.objects.select_for_update().filter(id=turn.id, status__in=LIVE).first()
    if row is None or call_id in row.answers:
        return False
    if not _is_asked(row, call_id):
        return None
    row.answers[call_id] = allowed
    row.save(update_fields=["answers"])
    return True


def _is_asked(turn: Turn, call_id: str) -> bool:
    last = turn.attempts.order_by("-number").first()
    calls = last.tool_calls if last else []
    return any(call["id"] == call_id and call["status"] == "waiting" for call in calls)
