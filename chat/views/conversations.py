"""Conversations: the page, and the forms that work where a websocket does not."""

import uuid
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import aget_object_or_404, redirect, render
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import ledger
from chat.cascade.providers.demo_answers import SUGGESTIONS
from chat.costs import budgets
from chat.forms import ConversationForm, PromptForm, ThumbForm, first_error
from chat.models import Cascade, Conversation, Turn
from chat.turns import history
from chat.turns.answer import answer
from chat.turns.begin import Refused, begin, retry
from chat.turns.stop import stop
from chat.turns.thumbs import give

AsyncView = Callable[..., Coroutine[Any, Any, HttpResponse]]

LISTED = 100
TITLE_LENGTH = 60


def posted(view: AsyncView) -> AsyncView:
    """For an address that only takes forms: whoever comes to it by a link is led to the page."""

    @wraps(view)
    async def led(request: HttpRequest, **named: uuid.UUID) -> HttpResponse:
        if request.method == "POST":
            return await view(request, **named)
        if conversation_id := named.get("conversation_id"):
            return redirect("chat:conversation", conversation_id)
        return redirect("chat:home")

    return led


@require_safe
@login_required
async def home(request: HttpRequest) -> HttpResponse:
    """A conversation that does not exist yet: it is created by its first prompt."""
    return await _page(request, None)


@require_safe
@login_required
@never_cache
async def conversation(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    return await _page(request, await _owned_conversation(request, conversation_id))


@posted
@login_required
async def create(request: HttpRequest) -> HttpResponse:
    """Begin a conversation with its first prompt; sending the form twice begins one."""
    form = ConversationForm(request.POST)
    user = await _reader(request)
    if not await sync_to_async(form.is_valid)():
        return await _refused(request, None, first_error(form)[0], status=400)
    prompt, client_id = form.cleaned_data["prompt"], form.cleaned_data["client_id"]
    conversation, _ = await Conversation.objects.aget_or_create(
        id=uuid.uuid5(client_id, str(user.pk)),
        defaults={
            "user": user,
            "title": _title(prompt),
            "cascade": form.cleaned_data["cascade"] or await Cascade.objects.default(),
        },
    )
    return await _begun(request, conversation, begin(conversation.id, client_id, prompt))


@posted
@login_required
async def add_turn(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = await _owned_conversation(request, conversation_id)
    form = PromptForm(request.POST)
    if not form.is_valid():
        return await _refused(request, conversation, first_error(form)[0], status=400)
    return await _begun(request, conversation, begin(conversation.id, **form.cleaned_data))


@posted
@login_required
async def retry_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    """Retry, or Ask of the last model."""
    turn = await _owned_turn(request, turn_id)
    direct = request.POST.get("type") == "ask_last"
    return await _begun(request, turn.conversation, retry(turn, direct=direct))


@posted
@login_required
async def stop_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await _owned_turn(request, turn_id)
    await stop(turn)
    return redirect(turn.conversation)


@posted
@login_required
async def answer_call(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    """Allow or Don't, of a tool that asks first; anything but an allowance is a refusal."""
    turn = await _owned_turn(request, turn_id)
    allowed = request.POST.get("type") == "allow"
    try:
        await answer(turn, request.POST.get("call", ""), allowed=allowed)
    except Refused as refusal:
        return await _refused(request, turn.conversation, str(refusal), status=409)
    return redirect(turn.conversation)


@posted
@login_required
async def thumb_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await _owned_turn(request, turn_id)
    form = ThumbForm(request.POST)
    if not form.is_valid():
        return await _refused(request, turn.conversation, first_error(form)[0], status=400)
    try:
        await give(turn, form.thumb)
    except Refused as refusal:
        return await _refused(request, turn.conversation, str(refusal), status=409)
    return redirect(turn.conversation)


async def _begun(
    request: HttpRequest, conversation: Conversation, beginning: Coroutine[Any, Any, Turn]
) -> HttpResponse:
    try:
        await beginning
    except Refused as refusal:
        status = 503 if refusal.code == "draining" else 409
        return await _refused(request, conversation, str(refusal), status=status)
    return redirect(conversation)


async def _refused(
    request: HttpRequest, conversation: Conversation | None, sentence: str, *, status: int
) -> HttpResponse:
    """The page again, with the reason and what was typed."""
    typed = request.POST.get("prompt", "")
    return await _page(request, conversation, notice=sentence, prompt=typed, status=status)


async def _owned_conversation(request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
    user = await _reader(request)
    return await aget_object_or_404(Conversation, id=conversation_id, user=user)


async def _owned_turn(request: HttpRequest, turn_id: uuid.UUID) -> Turn:
    turns = Turn.objects.select_related("conversation")
    user = await _reader(request)
    return await aget_object_or_404(turns, id=turn_id, conversation__user=user)


async def _reader(request: HttpRequest) -> User:
    return cast(User, await request.auser())  # `login_required` let nobody else through


async def _page(
    request: HttpRequest,
    conversation: Conversation | None,
    *,
    notice: str = "",
    prompt: str = "",
    status: int = 200,
) -> HttpResponse:
    """What is written of a live answer is there at first paint, wherever it is played."""
    shown = await sync_to_async(history.shown_ids)(conversation.id) if conversation else []
    said = {"turns": await history.states(shown), "notice": notice, "prompt": prompt}
    return await sync_to_async(_rendered)(request, conversation, said, status)


def _rendered(
    request: HttpRequest, conversation: Conversation | None, said: dict[str, Any], status: int
) -> HttpResponse:
    turns = said["turns"]
    cascades = list(Cascade.objects.offered())
    context = {
        "conversation": conversation,
        "conversations": Conversation.objects.listed(cast(User, request.user))[:LISTED],
        "turn": turns[-1] if turns else None,
        "live_turn": next((turn for turn in turns if turn.is_live), None),
        "cascades": cascades,
        "cascade": _chosen(conversation, cascades),
        "suggestions": [suggestion.prompt for suggestion in SUGGESTIONS],
        "totals": ledger.totals(conversation.id) if conversation else None,
        "room": None if conversation else budgets.room(cast(User, request.user)),
        "client_id": uuid.uuid4(),
        **said,
    }
    return render(request, "chat/conversation.html", context, status=status)


def _chosen(conversation: Conversation | None, offered: list[Cascade]) -> Cascade | None:
    """The conversation's cascade, also one that is not offered any more; else the default."""
    if conversation is None:
        return next(iter(offered), None)
    same = (cascade for cascade in offered if cascade.pk == conversation.cascade_id)
    return next(same, conversation.cascade)


def _title(prompt: str) -> str:
    return Truncator(" ".join(prompt.split())).chars(TITLE_LENGTH)
