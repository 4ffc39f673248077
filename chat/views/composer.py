"""What the composer asks while a question is typed."""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.costs.estimate import estimate as estimated
from chat.forms import ConversationForm
from chat.models import PROMPT_LIMIT, Cascade, Conversation, Turn
from chat.turns import history
from chat.views.doors import owned_conversation, posted


@posted
@login_required
async def estimate(request: HttpRequest) -> HttpResponse:
    return await sync_to_async(_answer)(request, None)


@posted
@login_required
async def estimate_in(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = await owned_conversation(request, conversation_id)
    return await sync_to_async(_answer)(request, conversation)


def _answer(request: HttpRequest, conversation: Conversation | None) -> HttpResponse:
    """Nothing for a question that is not there yet, or could not be sent."""
    form, typed = ConversationForm(request.POST), request.POST.get("prompt", "")
    said: dict[str, Any] = {"length": len(typed), "most": PROMPT_LIMIT}
    if len(typed) > PROMPT_LIMIT:
        said["is_long"] = True
    elif form.is_valid():
        cascade = _cascade(form, conversation)
        turn = Turn(
            conversation=conversation,
            parent=conversation.head if conversation else None,
            cascade=cascade,
            prompt=form.cleaned_data["prompt"],
            attachments=form.cleaned_data["attachments"],
        )
        said["found"] = estimated(history.asked(turn), cascade, conversation)
    return render(request, "chat/_estimate.html", said)


def _cascade(form: ConversationForm, conversation: Conversation | None) -> Cascade | None:
    if conversation is not None:
        return conversation.cascade
    return form.cleaned_data["cascade"] or Cascade.objects.offered().first()
