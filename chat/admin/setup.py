"""The first set-up: provider, models, cascade, one question. Every step is a page that can be
come back to; what was done stands in the database."""

import socket
from typing import Any

import httpx
from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.models import price_words
from chat.admin.services import services
from chat.cascade.presets import PRESETS
from chat.cascade.providers.addresses import AddressRefused
from chat.cascade.providers.transport import check
from chat.models import Cascade, CascadeStep, ModelConfig, Provider

_LOCAL = {"ollama": 11434, "vllm": 8000, "llamacpp": 8080, "lmstudio": 1234}
_ANSWERS_WITHIN_S = 0.2


def is_set_up() -> bool:
    """Whether anything but the demo answers."""
    return Cascade.objects.real().exists()


def begin(site: AdminSite, request: HttpRequest) -> HttpResponse:
    _allow(request)
    listed = services()
    mine = request.get_port()
    found = [service for service in listed if service.is_ready or _listens(service.name, mine)]
    context = {
        "found": found,
        "services": listed,
        "providers": Provider.objects.exclude(kind="demo").prefetch_related("model_configs"),
        "has_models": real_models().count() > 1,
        "cascades": Cascade.objects.real(),
    }
    return _page(site, request, "begin", 1, _("Set up"), context)


def cascade(site: AdminSite, request: HttpRequest) -> HttpResponse:
    _allow(request)
    form = CascadeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = reverse("admin:chat_cascade_try", args=[form.save().pk])
        return redirect(f"{address}?then=setup")
    return _page(site, request, "cascade", 3, _("Set up a cascade"), {"form": form})


def real_models() -> Any:
    configs = ModelConfig.objects.filter(enabled=True).exclude(provider__kind="demo")
    return configs.select_related("provider").prefetch_related("prices").order_by("pk")


class ModelField(forms.ModelChoiceField):
    """What a model costs stands beside its name: by that one is chosen to draft."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {price_words(obj)}"


class CascadeForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, initial=gettext_lazy("General")
    )
    draft = ModelField(
        ModelConfig.objects.none(),
        label=gettext_lazy("Drafts"),
        help_text=gettext_lazy("The cheap and quick one."),
    )
    last = ModelField(
        ModelConfig.objects.none(),
        label=gettext_lazy("Answers when a draft is not good enough"),
        help_text=gettext_lazy(
            "The stronger one. It sets what answers would have cost without the cascade."
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name in ("draft", "last"):
            field: Any = self.fields[name]
            field.queryset = real_models()
        # Which of two is the stronger, only prices tell.
        prices = {config.pk: config.price_now() for config in real_models()}
        usd = {pk: price.output for pk, price in prices.items() if price}
        ordered = sorted(usd, key=usd.__getitem__)
        if len(ordered) == len(prices) > 1:
            self.initial = {"draft": ordered[0], "last": ordered[-1]}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError(
                _("A name is one line of text, without control characters.")
            )
        if Cascade.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a cascade of that name."))
        return name

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("draft") and given.get("draft") == given.get("last"):
            self.add_error("last", _("A cascade needs two models; choose another one here."))
        return given

    @transaction.atomic
    def save(self) -> Cascade:
        """The default, unless an operator has made another one that already."""
        old = Cascade.objects.filter(is_default=True).first()
        is_first = not is_set_up()
        if old and is_first:
            old.is_default = False
            old.save(update_fields=["is_default"])
        made = Cascade.objects.create(
            name=self.cleaned_data["name"], is_default=is_first or old is None
        )
        for position, name in enumerate(("draft", "last"), start=1):
            CascadeStep.objects.create(
                cascade=made, model_config=self.cleaned_data[name], position=position
            )
        return made


def _page(
    site: AdminSite, request: HttpRequest, name: str, step: int, title: str, context: dict[str, Any]
) -> HttpResponse:
    whole = {**site.each_context(request), "title": title, "step": step, **context}
    return TemplateResponse(request, f"admin/setup/{name}.html", whole)


def _allow(request: HttpRequest) -> None:
    needed = ("chat.add_provider", "chat.add_modelconfig", "chat.add_cascade")
    if not all(request.user.has_perm(permission) for permission in needed):
        raise PermissionDenied


def _listens(name: str, mine: str) -> bool:
    """A model server of this machine, where it may be asked; nothing is sent to it.

    At the port that this page came from listens the chat itself.
    """
    port = _LOCAL.get(name)
    if port is None or str(port) == mine:
        return False
    try:
        check(httpx.URL(PRESETS[name].base_url))
        with socket.create_connection(("127.0.0.1", port), timeout=_ANSWERS_WITHIN_S):
            return True
    except (AddressRefused, OSError):
        return False
