"""A closer look at one answer: beside its draft, and the events it was made of."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.models import Turn
from chat.render.difference import TooLong, difference
from chat.turns import history
from chat.turns.events import TurnEvent, to_json
from chat.turns.log import log
from chat.turns.state import TurnState
from chat.views.doors import owned_turn
from chat.views.turns import shown

SHOWN = 200_000
"""Characters of raw events on a page; a file holds them all."""


@require_safe
@login_required
@never_cache
async def compare(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn, state = await _turn(request, turn_id)
    draft, answer = state.draft_beside, state.answer
    if draft is None or answer is None:
        raise Http404(_("No draft was set aside for this answer."))
    try:
        pieces = await asyncio.to_thread(difference, draft.text, answer.text)
    except TooLong:
        pieces = None
    return await shown(request, turn, state, "compare", draft=draft, answer=answer, pieces=pieces)


@require_safe
@login_required
@never_cache
async def answer_text(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    """As its model wrote it: Markdown, which a browser shows as plain text."""
    state = (await _turn(request, turn_id))[1]
    if state.answer is None:
        raise Http404(_("There is no answer."))
    return HttpResponse(state.answer.text, content_type="text/plain; charset=utf-8")


@require_safe
@login_required
@never_cache
async def events(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn, state = await _turn(request, turn_id)
    count, lines = await _raw(state)
    written = "[\n" + ",\n".join(lines) + "\n]" if count is not None else lines[0]
    said = {"count": count, "written": written[:SHOWN], "is_cut": len(written) > SHOWN}
    return await shown(request, turn, state, "events", **said)


@require_safe
@login_required
@never_cache
async def events_json(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    state = (await _turn(request, turn_id))[1]
    count, lines = await _raw(state)
    held = f'"kept": {lines[0]}' if count is None else f'"events": [{", ".join(lines)}]'
    answer = HttpResponse(f"{{{held}}}", content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="turn-{turn_id}.json"'
    return answer


async def _turn(request: HttpRequest, turn_id: uuid.UUID) -> tuple[Turn, TurnState]:
    turn = await owned_turn(request, turn_id)
    [state] = await history.states([str(turn.id)])
    return turn, state


async def _raw(state: TurnState) -> tuple[int | None, list[str]]:
    """How many events the log holds, and each as JSON; without a log, what was kept of them."""
    logged = await log.read(state.id)
    if logged is None:
        return None, [await asyncio.to_thread(_kept, state)]
    return len(logged), await asyncio.to_thread(_written, logged)


def _written(logged: Sequence[TurnEvent]) -> list[str]:
    return [to_json(event.as_dict()) for event in logged]


def _kept(state: TurnState) -> str:
    return json.dumps(json.loads(to_json(asdict(state))), indent=2, ensure_ascii=False)
