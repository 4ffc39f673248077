"""What a reader does with a turn: ask again, edit, look at another version, go on elsewhere."""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from chat.forms import CascadeForm, EditForm, RetryForm, first_error
from chat.models import Cascade, Turn
from chat.turns import fork, history, versions
from chat.turns.begin import Refused, edit, retry
from chat.turns.choice import choose
from chat.turns.state import TurnState
from chat.turns.use_draft import use_draft
from chat.views.conversations import done, refused
from chat.views.doors import owned_conversation, owned_turn, posted


@login_required
@never_cache
async def retry_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    """A form begins another version; a link leads to all the ways to ask again."""
    turn = await owned_turn(request, turn_id)
    if request.method != "POST":
        return await shown(request, turn, await _state(turn), "retry", cascades=await _offered())
    form = RetryForm(request.POST)
    if not await sync_to_async(form.is_valid)():
        return await refused(request, turn.conversation, first_error(form)[0], status=400)
    return await done(request, turn.conversation, retry(turn, **form.cleaned_data))


@posted
@login_required
async def edit_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await owned_turn(request, turn_id)
    form = EditForm(request.POST)
    if not form.is_valid():
        return await refused(request, turn.conversation, first_error(form)[0], status=400)
    return await done(request, turn.conversation, edit(turn, **form.cleaned_data))


@posted
@login_required
async def show_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await owned_turn(request, turn_id)
    return await done(request, turn.conversation, versions.show(turn))


@posted
@login_required
async def use_draft_of(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await owned_turn(request, turn_id)
    return await done(request, turn.conversation, use_draft(turn))


@login_required
@never_cache
async def fork_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    """A form forks; a link leads to the page that says what that is."""
    turn = await owned_turn(request, turn_id)
    if request.method != "POST":
        return await shown(request, turn, await _state(turn), "fork")
    try:
        new = await fork.fork(turn)
    except Refused as refusal:
        return await refused(request, turn.conversation, str(refusal), status=409)
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(new.get_absolute_url())
    return redirect(new)


@posted
@login_required
async def choose_cascade(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Who answers from the next turn on."""
    conversation = await owned_conversation(request, conversation_id)
    form = CascadeForm(request.POST)
    if not await sync_to_async(form.is_valid)():
        return await refused(request, conversation, first_error(form)[0], status=400)
    await choose(conversation, form.cleaned_data["cascade"])
    return redirect(conversation)


@sync_to_async
def _offered() -> list[Cascade]:
    return list(Cascade.objects.offered())


async def _state(turn: Turn) -> TurnState:
    [state] = await history.states([str(turn.id)])
    return state


async def shown(
    request: HttpRequest, turn: Turn, state: TurnState, page: str, **context: Any
) -> HttpResponse:
    """A small page about one turn; what htmx asks for is its part alone."""
    part = f"_{page}" if request.headers.get("HX-Request") else page
    said = {"turn": state, "conversation": turn.conversation, **context}
    return await sync_to_async(render)(request, f"chat/turn/{part}.html", said)
