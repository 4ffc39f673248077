"""Prices from a list: chosen, looked at beside ours, and taken over where they are ticked."""

from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.models import ModelConfig
from chat.setup.prices.bundled import bundled
from chat.setup.prices.fetch import fetch
from chat.setup.prices.offers import MOST_BYTES, BadList, Offers, read
from chat.setup.prices.proposals import Proposal, apply, proposals

GOOD_FOR = timedelta(hours=1)
_SALT = "chat.admin.price_import"


class ListForm(forms.Form):
    """Where the list comes from: ours, an address, or a file."""

    source = forms.ChoiceField(choices=[(name, name) for name in ("bundled", "url", "file")])
    url = forms.CharField(required=False, max_length=500)
    file = forms.FileField(required=False)

    def offers(self) -> Offers:
        """Raises `BadList`."""
        match self.cleaned_data["source"]:
            case "bundled":
                return bundled()
            case "url":
                return read(async_to_sync(fetch)(self.cleaned_data["url"]))
            case _:
                return read(self._uploaded())

    def _uploaded(self) -> bytes:
        file = self.cleaned_data["file"]
        if file is None:
            raise BadList(_("Choose a file first."))
        if file.size > MOST_BYTES:
            raise BadList(
                _("The list is larger than {most} MB.").format(most=MOST_BYTES // 1024 // 1024)
            )
        content: bytes = file.read()
        return content


def import_prices(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Three steps at one address: choose, look, apply."""
    if not request.user.has_perm("chat.add_price"):
        raise PermissionDenied
    if request.method == "POST" and "apply" in request.POST:
        return _apply(request)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Import prices"),
        "opts": ModelConfig._meta,
        "bundled": bundled(),
    }
    if request.method == "POST":
        context |= _looked_at(request)
    return TemplateResponse(request, "admin/chat/modelconfig/import_prices.html", context)


def _looked_at(request: HttpRequest) -> dict[str, Any]:
    form = ListForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise BadList(next(iter(form.errors.values()))[0])
        offers = form.offers()
    except BadList as error:
        return {
            "error": str(error),
            "source": request.POST.get("source"),
            "url": request.POST.get("url", ""),
        }
    found = proposals(offers.offers)
    rows = [(proposal, _signed(request, proposal)) for proposal in found]
    return {
        "offers": offers,
        "rows": [row for row in rows if row[0].state in ("new", "changed")],
        "same": [row[0].config for row in rows if row[0].state == "same"],
        "missing": [row[0].config for row in rows if row[0].state == "missing"],
    }


def _signed(request: HttpRequest, proposal: Proposal) -> str:
    payload = {"user": request.user.pk, **proposal.payload}
    return signing.dumps(payload, salt=_SALT, compress=True) if proposal.offer else ""


def _apply(request: HttpRequest) -> HttpResponse:
    """What was looked at and ticked, as it was shown: it comes back signed."""
    try:
        payloads = [
            signing.loads(signed, salt=_SALT, max_age=GOOD_FOR)
            for signed in request.POST.getlist("take")[:5_000]
        ]
    except signing.BadSignature:
        messages.error(request, _("That comparison is too old or was changed. Compare again."))
        return redirect("admin:chat_modelconfig_import_prices")
    own = [payload for payload in payloads if payload["user"] == request.user.pk]
    done, left = apply(own)
    if done:
        messages.success(
            request,
            ngettext(
                "{count} new price, from now on: {done}.",
                "{count} new prices, from now on: {done}.",
                len(done),
            ).format(count=len(done), done=_names(done)),
        )
    if left:
        messages.warning(
            request,
            _("Changed by somebody meanwhile and left alone: {left}.").format(left=_names(left)),
        )
    if not own:
        messages.info(request, _("Nothing was ticked, so nothing was changed."))
    elif not (done or left):
        messages.warning(request, _("What was ticked was removed meanwhile; nothing was changed."))
    return redirect("admin:chat_modelconfig_changelist")


def _names(configs: list[ModelConfig]) -> str:
    shown = ", ".join(config.name for config in configs[:8])
    return (
        _("{shown} and {count} more").format(shown=shown, count=len(configs) - 8)
        if len(configs) > 8
        else shown
    )
