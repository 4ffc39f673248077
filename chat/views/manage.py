"""What its owner does with a conversation: name, pin, archive, tag, delete, take that back.

All are plain forms. To what htmx sends, the answer is the part of the page it changes, and the word
that the list has changed.
"""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from chat.conversations import deletion, tags, titles
from chat.forms import TitleForm, first_error
from chat.models import Conversation
from chat.process.off_loop import off_loop
from chat.turns import doorbell
from chat.views.doors import owned_conversation, posted, reader

MARKS = ("pinned", "archived")


@login_required
@never_cache
async def manage(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """All that can be done with it: a page, or the part that the menu of the list shows."""
    return await _managed(request, await owned_conversation(request, conversation_id))


@login_required
@never_cache
async def title(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Rename, in the place of the title where htmx asks."""
    conversation = await owned_conversation(request, conversation_id)
    if request.method != "POST":
        return await _titled(request, conversation, conversation.title)
    form = TitleForm(request.POST)
    if not form.is_valid():
        typed = request.POST.get("title", "")
        return await _titled(request, conversation, typed, first_error(form)[0])
    await titles.rename(conversation, form.cleaned_data["title"])
    return _listed(HttpResponse(status=204)) if _is_htmx(request) else redirect(conversation)


@posted
@login_required
async def mark(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Pin or archive, or take that back."""
    conversation = await owned_conversation(request, conversation_id)
    given = {name: request.POST[name] == "1" for name in MARKS if name in request.POST}
    await Conversation.objects.filter(id=conversation.id).aupdate(**given)
    return await _changed(request, conversation)


@posted
@login_required
async def tag(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = await owned_conversation(request, conversation_id)
    typed = request.POST.get("tag", "")
    try:
        if "remove" in request.POST:
            await off_loop(tags.remove)(conversation, request.POST["remove"])
        else:
            await off_loop(tags.add)(conversation, typed)
    except tags.Untaggable as refusal:
        return await _managed(request, conversation, typed, str(refusal))
    return await _changed(request, conversation)


@posted
@login_required
async def delete(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """For good in two minutes; until then the list offers to take it back."""
    conversation = await owned_conversation(request, conversation_id)
    await deletion.delete(conversation)
    here = request.headers.get("HX-Current-URL", "")
    if _is_htmx(request) and conversation.get_absolute_url() in here:
        return HttpResponseClientRedirect(reverse("chat:home"))
    return _listed(HttpResponse(status=204)) if _is_htmx(request) else redirect("chat:home")


@posted
@login_required
async def undo(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    user = await reader(request)
    conversation = await off_loop(deletion.recent(user).filter(id=conversation_id).first)()
    if conversation is None:
        raise Http404
    await deletion.undo(conversation)
    return _listed(HttpResponse(status=204)) if _is_htmx(request) else redirect(conversation)


async def _changed(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    await doorbell.ring_list(conversation.user_id)
    if not _is_htmx(request):
        return redirect("chat:manage", conversation.id)
    await conversation.arefresh_from_db()
    return _listed(await _managed(request, conversation))


async def _managed(
    request: HttpRequest, conversation: Conversation, typed: str = "", notice: str = ""
) -> HttpResponse:
    context = {
        "conversation": conversation,
        "typed_tag": typed,
        "notice": notice,
        "tag_names": await off_loop(_tag_names)(conversation),
        "keeps_days": settings.RETENTION_DAYS,
        "own_tags": await off_loop(_own_tags)(conversation),
    }
    return await _shown(request, "manage", context, status=400 if notice else 200)


async def _titled(
    request: HttpRequest, conversation: Conversation, typed: str, notice: str = ""
) -> HttpResponse:
    context = {"conversation": conversation, "typed": typed, "notice": notice}
    return await _shown(request, "title", context, status=400 if notice else 200)


async def _shown(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    """htmx swaps in only what is answered with 200."""
    is_part = _is_htmx(request)
    page = f"chat/list/_{name}.html" if is_part else f"chat/list/{name}.html"
    shown = 200 if is_part else status
    return await sync_to_async(render)(request, page, context, status=shown)


def _tag_names(conversation: Conversation) -> list[str]:
    return list(conversation.tags.values_list("name", flat=True))


def _own_tags(conversation: Conversation) -> list[str]:
    """To choose from."""
    own = conversation.user.tags.exclude(conversations=conversation)
    return list(own.values_list("name", flat=True))


def _listed(response: HttpResponse) -> HttpResponse:
    return trigger_client_event(response, "listed")


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
