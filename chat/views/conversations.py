"""Conversations: the page, and the forms that work where a websocket does not."""

import uuid
from collections.abc import Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import ledger
from chat.cascade.providers import demo
from chat.conversations import titles
from chat.costs import budgets
from chat.forms import ConversationForm, PromptForm, ThumbForm, first_error
from chat.models import Cascade, Conversation, Turn
from chat.turns import history
from chat.turns.answer import answer
from chat.turns.begin import Refused, begin
from chat.turns.choice import choice
from chat.turns.doorbell import ring_list
from chat.turns.state import TurnState
from chat.turns.stop import stop
from chat.turns.thumbs import give
from chat.views.doors import owned_conversation, owned_turn, posted, reader, reader_of


@require_safe
@login_required
async def home(request: HttpRequest) -> HttpResponse:
    """A conversation that does not exist yet: it is created by its first prompt."""
    return await _page(request, None)


@require_safe
@login_required
@never_cache
async def conversation(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    return await _page(request, await owned_conversation(request, conversation_id))


@posted
@login_required
async def create(request: HttpRequest) -> HttpResponse:
    """Begin a conversation with its first prompt; sending the form twice begins one."""
    form = ConversationForm(request.POST)
    user = await reader(request)
    if not await sync_to_async(form.is_valid)():
        return await refused(request, None, first_error(form)[0], status=400)
    prompt, client_id = form.cleaned_data["prompt"], form.cleaned_data["client_id"]
    conversation, is_new = await Conversation.objects.aget_or_create(
        id=uuid.uuid5(client_id, str(user.pk)),
        defaults={
            "user": user,
            "title": titles.of(prompt),
            "cascade": form.cleaned_data["cascade"] or await Cascade.objects.default(),
        },
    )
    try:
        await begin(conversation.id, client_id, prompt, form.cleaned_data["attachments"])
    except Refused as refusal:
        if is_new:  # nobody is left with one in which nothing was asked
            await Conversation.objects.filter(id=conversation.id, turns=None).adelete()
        return await _refused_by(request, None if is_new else conversation, refusal)
    if is_new:
        await ring_list(user.pk)
    return redirect(conversation)


@posted
@login_required
async def add_turn(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = await owned_conversation(request, conversation_id)
    form = PromptForm(request.POST)
    if not form.is_valid():
        return await refused(request, conversation, first_error(form)[0], status=400)
    return await done(request, conversation, begin(conversation.id, **form.cleaned_data))


@posted
@login_required
async def stop_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await owned_turn(request, turn_id)
    await stop(turn)
    return redirect(turn.conversation)


@posted
@login_required
async def answer_call(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    """Allow or Don't, of a tool that asks first; anything but an allowance is a refusal."""
    turn = await owned_turn(request, turn_id)
    allowed = request.POST.get("type") == "allow"
    answering = answer(turn, request.POST.get("call", ""), allowed=allowed)
    return await done(request, turn.conversation, answering)


@posted
@login_required
async def thumb_turn(request: HttpRequest, turn_id: uuid.UUID) -> HttpResponse:
    turn = await owned_turn(request, turn_id)
    form = ThumbForm(request.POST)
    if not form.is_valid():
        return await refused(request, turn.conversation, first_error(form)[0], status=400)
    return await done(request, turn.conversation, give(turn, form.thumb))


async def done(
    request: HttpRequest, conversation: Conversation, doing: Coroutine[Any, Any, object]
) -> HttpResponse:
    try:
        await doing
    except Refused as refusal:
        return await _refused_by(request, conversation, refusal)
    return redirect(conversation)


async def _refused_by(
    request: HttpRequest, conversation: Conversation | None, refusal: Refused
) -> HttpResponse:
    status = 503 if refusal.code == "draining" else 409
    return await refused(request, conversation, str(refusal), status=status)


async def refused(
    request: HttpRequest, conversation: Conversation | None, sentence: str, *, status: int
) -> HttpResponse:
    """The page again, with the reason, what was typed and attached, and who was to answer it."""
    names, texts = (request.POST.getlist(f"attachment_{part}") for part in ("name", "text"))
    said = {
        "notice": sentence,
        "prompt": request.POST.get("prompt", ""),
        "attached": [
            {"name": name, "text": text.replace("\r\n", "\n")}
            for name, text in zip(names, texts, strict=False)
        ],
    }
    return await _page(request, conversation, said, status=status)


async def _page(
    request: HttpRequest,
    conversation: Conversation | None,
    said: Mapping[str, Any] = MappingProxyType({}),
    *,
    status: int = 200,
) -> HttpResponse:
    """What is written of a live answer is there at first paint, wherever it is played."""
    turns = await history.states_of(conversation.id) if conversation else []
    said = {
        "turns": turns,
        "elsewhere": await _elsewhere(request, conversation, turns),
        **said,
    }
    return await sync_to_async(_rendered)(request, conversation, said, status)


async def _elsewhere(
    request: HttpRequest, conversation: Conversation | None, shown: Sequence[TurnState]
) -> Turn | None:
    """The turn a link leads to, as from a search, where another version than its own is shown."""
    try:
        sought = uuid.UUID(request.GET["turn"])
    except (KeyError, ValueError):
        return None
    if conversation is None or any(turn.id == str(sought) for turn in shown):
        return None
    return await conversation.turns.filter(id=sought).afirst()


def _rendered(
    request: HttpRequest, conversation: Conversation | None, said: dict[str, Any], status: int
) -> HttpResponse:
    turns = said["turns"]
    cascades, cascade = choice(conversation)
    if conversation is None:
        asked = request.POST.get("cascade")
        cascade = next((item for item in cascades if str(item.pk) == asked), cascade)
    user = reader_of(request)
    context = {
        "conversation": conversation,
        "turn": turns[-1] if turns else None,
        "live_turn": next((turn for turn in turns if turn.is_live), None),
        "cascades": cascades,
        "cascade": cascade,
        "suggestions": demo.prompts(get_language() or ""),
        "totals": ledger.totals(conversation.id) if conversation else None,
        "room": None if conversation else budgets.room(user),
        "may_set_up": _only_demo(cascades) and user.is_staff and user.has_perm("chat.add_provider"),
        "client_id": uuid.uuid4(),
        **said,
    }
    return render(request, "chat/conversation.html", context, status=status)


def _only_demo(cascades: list[Cascade]) -> bool:
    return all(cast(Any, cascade).is_demo for cascade in cascades)  # as `offered` annotates them
