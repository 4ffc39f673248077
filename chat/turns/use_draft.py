"""A reader takes a draft that was set aside, where the models after it gave no answer."""

import time

from django.db import transaction
from django.utils.translation import gettext as _

from chat.conversations import search
from chat.models import Attempt, Turn
from chat.process.off_loop import off_loop
from chat.process.to_its_end import to_its_end
from chat.turns import store
from chat.turns.begin import Refused
from chat.turns.doorbell import ring, ring_list
from chat.turns.events import TurnEvent, TurnEventType
from chat.turns.log import log


async def use_draft(turn: Turn) -> None:
    """It is the turn's answer from then on, and was not good enough all the same: the decision
    stays. Raises `Refused` where there is none to take, or it is taken already."""
    await to_its_end(_use_draft(turn))


async def _use_draft(turn: Turn) -> None:
    event = await off_loop(_keep)(turn)
    await log.add_after_end(str(turn.id), turn.epoch, event)
    await ring(turn.conversation_id)
    await ring_list(turn.conversation.user_id)


@transaction.atomic
def _keep(turn: Turn) -> TurnEvent:
    state = store.load(turn)
    draft = state.usable_draft
    if draft is None:
        raise Refused(_("There is no draft to use here."), "no_draft")
    at_ms = round(time.time() * 1000) - state.began_at_ms
    event = TurnEvent(
        TurnEventType.DRAFT_USED, seq=state.seq + 1, at_ms=at_ms, attempt=draft.number
    )
    state.apply(event)
    as_it_was = Turn.objects.filter(id=turn.id, status=turn.status, last_seq=turn.last_seq)
    if not as_it_was.update(
        status=state.status,
        last_seq=state.seq,
        answered_by=draft.model,
        draft_accepted=state.draft_accepted,
        draft_score=state.draft_score,
    ):
        raise Refused(_("That draft is used already."), "no_draft")
    Attempt.objects.filter(turn=turn, number=draft.number).update(status=draft.status)
    search.index(turn.id)
    return event
