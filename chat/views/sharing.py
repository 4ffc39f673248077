"""Share links: made and taken back by their owner, read by whoever has one."""

import uuid

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import aget_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.conversations import sharing
from chat.process.off_loop import off_loop
from chat.views.doors import owned_conversation, posted, reader

# Nothing runs, nothing is sent, and nobody is told where the reader came from.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@login_required
@never_cache
async def share(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Make a link, which is shown this once, and see those there are."""
    conversation = await owned_conversation(request, conversation_id)
    context = {
        "conversation": conversation,
        "days": sharing.DAYS,
        "chosen": sharing.DEFAULT_DAYS,
        "client_id": uuid.uuid4(),
    }
    status = 200
    if request.method == "POST":
        given = request.POST.get("days", "")
        days = int(given) if given in map(str, sharing.DAYS) else sharing.DEFAULT_DAYS
        with_costs = request.POST.get("costs") == "1"
        make = off_loop(sharing.create)
        client_id = request.POST.get("client_id", "")
        token = await make(conversation, days=days, with_costs=with_costs, client_id=client_id)
        if token is None:
            context["notice"] = _("There is no answer to share yet. Wait for the first one to end.")
            status = 400
        elif await off_loop(sharing.opened_by)(token):  # sent again, it may be revoked meanwhile
            address = reverse("chat:shared", args=[token])
            context["address"] = request.build_absolute_uri(address)
    own = sharing.links(await reader(request)).filter(conversation=conversation)
    context["links"] = await off_loop(lambda: list(own))()
    return await sync_to_async(render)(request, "chat/share/share.html", context, status=status)


@require_safe
@login_required
@never_cache
async def shares(request: HttpRequest) -> HttpResponse:
    own = sharing.links(await reader(request))
    context = {"links": await off_loop(lambda: list(own))(), "conversation": None}
    return await sync_to_async(render)(request, "chat/share/shares.html", context)


@posted
@login_required
async def revoke(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    """And back to the page it was done on."""
    link = await aget_object_or_404(sharing.links(await reader(request)), id=link_id)
    link.revoked_at = timezone.now()
    await link.asave(update_fields=["revoked_at"])
    if request.POST.get("from") == "conversation":
        return redirect("chat:share", link.conversation_id)
    return redirect("chat:shares")


@require_safe
@never_cache
async def shared(request: HttpRequest, token: str) -> HttpResponse:
    """For anybody. A link that is wrong, over or revoked is the same nothing."""
    link = await off_loop(sharing.opened_by)(token)
    if link is None:
        answer = await sync_to_async(render)(request, "chat/share/gone.html", status=404)
    else:
        context = {"link": link, "turns": await off_loop(sharing.shown)(link)}
        answer = await sync_to_async(render)(request, "chat/share/shared.html", context)
    for name, value in HEADERS.items():
        answer[name] = value
    return answer
