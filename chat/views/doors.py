"""Who may come in: a user to what is their own, and nobody to what was deleted."""

import uuid
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import aget_object_or_404, redirect

from chat.models import Conversation, Turn

AsyncView = Callable[..., Coroutine[Any, Any, HttpResponse]]


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


async def reader(request: HttpRequest) -> User:
    return cast(User, await request.auser())  # `login_required` let nobody else through


def reader_of(request: HttpRequest) -> User:
    """The same, for views that are not asynchronous."""
    return cast(User, request.user)  # as above


async def owned_conversation(request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
    own = Conversation.objects.of(await reader(request))
    return await aget_object_or_404(own, id=conversation_id)


async def owned_turn(request: HttpRequest, turn_id: uuid.UUID) -> Turn:
    turns = Turn.objects.select_related("conversation").filter(conversation__deleted_at=None)
    user = await reader(request)
    return await aget_object_or_404(turns, id=turn_id, conversation__user=user)
