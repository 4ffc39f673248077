"""Saved prompts: the page that manages them, and the menu that `/` opens in the composer."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.conversations import prompts
from chat.forms import SavedPromptForm
from chat.views.doors import reader_of


@login_required
@never_cache
def all_of_them(request: HttpRequest) -> HttpResponse:
    """The list, and a form for a new one; what cannot be kept comes back as it was typed."""
    if request.method != "POST":
        return _page(request, SavedPromptForm())
    return _kept(request, None)


@login_required
@never_cache
def one(request: HttpRequest, prompt_id: uuid.UUID) -> HttpResponse:
    prompt = get_object_or_404(prompts.of(reader_of(request)), id=prompt_id)
    if request.method != "POST":
        kept = {"name": prompt.name, "text": prompt.text}
        return _page(request, SavedPromptForm(initial=kept), prompt_id)
    return _kept(request, prompt_id)


@login_required
@never_cache
def delete(request: HttpRequest, prompt_id: uuid.UUID) -> HttpResponse:
    if request.method == "POST" and not prompts.delete(reader_of(request), prompt_id):
        raise Http404
    return redirect("chat:prompts")


@login_required
@never_cache
def undo(request: HttpRequest, prompt_id: uuid.UUID) -> HttpResponse:
    try:
        if request.method == "POST" and not prompts.undo(reader_of(request), prompt_id):
            raise Http404
    except prompts.TooMany:
        return _page(request, SavedPromptForm(), notice=_too_many())
    except prompts.NameTaken:
        return _page(request, SavedPromptForm(), notice=_name_taken())
    return redirect("chat:prompts")


@require_safe
@login_required
@never_cache
def menu(request: HttpRequest) -> HttpResponse:
    return render(request, "chat/prompts/_menu.html", {"prompts": prompts.of(reader_of(request))})


def _kept(request: HttpRequest, prompt_id: uuid.UUID | None) -> HttpResponse:
    form = SavedPromptForm(request.POST)
    if not form.is_valid():
        return _page(request, form, prompt_id)
    try:
        prompts.keep(reader_of(request), **form.cleaned_data, prompt_id=prompt_id)
    except prompts.TooMany:
        return _page(request, form, notice=_too_many())
    except prompts.NameTaken:
        form.add_error("name", _name_taken())
        return _page(request, form, prompt_id)
    return redirect(f"{reverse('chat:prompts')}#taken-{prompt_id or 'new'}")  # for typed.js


def _page(
    request: HttpRequest,
    form: SavedPromptForm,
    prompt_id: uuid.UUID | None = None,
    notice: str = "",
) -> HttpResponse:
    reader = reader_of(request)
    context: dict[str, Any] = {
        "form": form,
        "changed": prompt_id,
        "prompts": prompts.of(reader),
        "deleted": prompts.just_deleted(reader)[:3],
        "notice": notice,
        "conversation": None,
    }
    status = 400 if form.errors or notice else 200
    return render(request, "chat/prompts/prompts.html", context, status=status)


def _too_many() -> str:
    return _("You keep {most} prompts, and more there cannot be. Delete one first.").format(
        most=prompts.MOST
    )


def _name_taken() -> str:
    return _("You keep another prompt of that name. Give one of them another.")
