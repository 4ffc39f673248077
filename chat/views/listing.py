"""The list of conversations: as a part of every page, and as a page of its own to look for one."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.conversations import listing, search
from chat.models import Conversation
from chat.views.doors import reader_of


@require_safe
@login_required
@never_cache
def part(request: HttpRequest) -> HttpResponse:
    """For the sidebar: what was found, or the list anew with all it brings; or what is older."""
    context = _asked(request)
    context["conversation"] = _open(request)
    is_first = not context["before"]
    if context["query"]:
        name = "_found" if is_first else "_hits"
    else:
        name = "_list_anew" if is_first else "_listed"
    return render(request, f"chat/list/{name}.html", context)


@require_safe
@login_required
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    context = _asked(request)
    context |= {"tags": listing.tags(reader_of(request)), "conversation": None}
    return render(request, "chat/list/find.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for: a search, or a page of all, of a tag's, or of the archived."""
    user, given = reader_of(request), request.GET
    # PostgreSQL does not even look for what holds a NUL.
    typed, tag, before = (given.get(name, "").replace("\0", "") for name in ("q", "tag", "before"))
    archived = given.get("archived") == "1"
    query = search.Query(typed)
    context = {"typed": typed, "query": query, "tag": tag, "archived": archived, "before": before}
    if query:
        hits, older = search.page(user, query, before=_place(before))
        asked = urlencode({"q": typed, "before": older}) if older else ""
        return context | {"hits": hits, "older_query": asked}
    shown, held = _number(given, "shown"), _number(given, "held")
    page = listing.page(user, tag=tag, archived=archived, before=before, shown=shown, held=held)
    return context | {"page": page}


def _place(before: str) -> int | None:
    """Anything that is none begins with the first that were found."""
    return int(before) if before.isdecimal() and len(before) < 19 else None


def _number(given: QueryDict, name: str) -> int:
    """Of conversations that the list has already."""
    text = given.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _open(request: HttpRequest) -> Conversation | None:
    """The conversation of the page that asks, whose title is told with the list."""
    try:
        return Conversation.objects.of(reader_of(request)).get(id=uuid.UUID(request.GET["at"]))
    except (KeyError, ValueError, Conversation.DoesNotExist):
        return None
