"""A conversation as a file, out and in."""

import json
import uuid

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.conversations.portable.document import document
from chat.conversations.portable.markdown import markdown
from chat.conversations.portable.reading import MOST_BYTES, read, store
from chat.conversations.portable.shape import Unreadable
from chat.models import Conversation
from chat.process.off_loop import off_loop
from chat.turns.doorbell import ring_list
from chat.views.doors import owned_conversation, reader

MOST_OF_A_TITLE = 60
"""Characters of a file's name."""


@require_safe
@login_required
@never_cache
async def export(request: HttpRequest, conversation_id: uuid.UUID, format: str) -> HttpResponse:
    conversation = await owned_conversation(request, conversation_id)
    if format == "md":
        text, kind = await off_loop(markdown)(conversation), "text/markdown; charset=utf-8"
    else:
        text, kind = await off_loop(_json)(conversation), "application/json"
    answer = HttpResponse(text, content_type=kind)
    title = slugify(conversation.title, allow_unicode=True)[:MOST_OF_A_TITLE]
    name = f"{title or 'conversation'}.{format}"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


def _json(conversation: Conversation) -> str:
    return json.dumps(document(conversation), ensure_ascii=False, allow_nan=False, indent=1)


@login_required
@never_cache
async def import_file(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return await _page(request)
    user, file = await reader(request), request.FILES.get("file")
    try:
        if file is None:
            raise Unreadable(_("Choose a file first."))
        content = file.read(MOST_BYTES + 1)  # what its client says of its size is not believed
        conversation = await off_loop(store)(user, await off_loop(read)(content))
    except Unreadable as refusal:
        return await _page(request, str(refusal))
    await ring_list(user.pk)
    return redirect(conversation)


async def _page(request: HttpRequest, notice: str = "") -> HttpResponse:
    context = {"notice": notice, "conversation": None, "most_mb": MOST_BYTES // 1024**2}
    status = 400 if notice else 200
    return await sync_to_async(render)(request, "chat/list/import.html", context, status=status)
