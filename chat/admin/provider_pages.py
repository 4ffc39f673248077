"""What an operator asks of a provider: does it answer, and which models has it?"""

from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.cascade import catalog
from chat.cascade.config import ModelConfig as EngineModel
from chat.cascade.errors import CascadeError, ConfigError, ProviderError
from chat.models import ModelConfig, Provider
from chat.sentences import told
from chat.setup import connection, keys
from chat.setup.prices.proposals import price_by_bundled

MOST_TESTED = 5
_MOST_ADDED = 50


def test(desk: "ModelAdmin[Provider]", request: HttpRequest, pk: int) -> HttpResponse:
    provider = get_object_or_404(Provider, pk=pk)
    if not desk.has_change_permission(request, provider):
        raise PermissionDenied
    if request.method == "POST":
        test_and_tell(request, provider)
    return redirect("admin:chat_provider_change", pk)


def test_and_tell(request: HttpRequest, provider: Provider) -> None:
    config = connection.model_to_test(provider)
    if config is None:
        return messages.warning(
            request,
            _("{provider} has no model yet. Fetch its models first.").format(provider=provider),
        )
    if not connection.may_test(provider):
        return messages.warning(
            request,
            _(
                "{provider} was tested just now. Wait {seconds} seconds before you test it again."
            ).format(provider=provider, seconds=connection.PAUSE_S),
        )
    try:
        result = async_to_sync(connection.tested)(connection.prepared(config))
    except CascadeError as error:
        result = {"model": config.name, "error": str(error)}
    connection.keep(provider, result)
    if result["error"]:
        messages.error(request, f"{provider}: {told(result['error'])}")
    else:
        messages.success(
            request, _("{provider}: {name} answers.").format(provider=provider, name=config.name)
        )


@dataclass(frozen=True, slots=True)
class Offered:
    name: str
    is_known: bool


def models(desk: "ModelAdmin[Provider]", request: HttpRequest, pk: int) -> HttpResponse:
    """What the endpoint offers, to be ticked; what is typed is added as well."""
    provider = get_object_or_404(Provider, pk=pk)
    if not (desk.has_change_permission(request, provider) and may_add(request)):
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        names = [*request.POST.getlist("name"), *request.POST.get("names", "").splitlines()]
        try:
            return _added(request, provider, add(provider, names))
        except ValidationError as refused:
            error = " ".join(refused.messages)
    listed, unlisted = offered(provider)
    context = {
        **desk.admin_site.each_context(request),
        "title": _("Models of {provider}").format(provider=provider),
        "opts": desk.opts,
        "provider": provider,
        "models": listed,
        "unlisted": unlisted,
        "error": error,
        "ticked": request.POST.getlist("name"),
        "typed": request.POST.get("names", ""),
        "is_setup": request.GET.get("then") == "setup",
        "step": 2,
    }
    return TemplateResponse(request, "admin/chat/provider/models.html", context)


def may_add(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("chat.add_modelconfig"))


def offered(provider: Provider) -> tuple[list[Offered], str]:
    """What its list has, and why there is none."""
    known = set(provider.model_configs.values_list("name", flat=True))
    try:
        key = keys.key_of(provider)
        names = async_to_sync(catalog.offered)(_any_model(provider, key))
    except (ConfigError, ProviderError) as error:
        return [], told(str(error))
    return [Offered(name, name in known) for name in names if not key or key not in name], ""


def _any_model(provider: Provider, key: str) -> EngineModel:
    return EngineModel(
        "any",
        provider.kind,
        base_url=provider.base_url or None,
        api_key=key,
        extra_headers=provider.extra_headers,
    )


@transaction.atomic
def add(provider: Provider, names: list[str]) -> list[ModelConfig]:
    """Those that are new, priced by the list that came along. Raises `ValidationError`."""
    known = set(provider.model_configs.values_list("name", flat=True))
    wanted = [name for name in dict.fromkeys(map(str.strip, names)) if name and name not in known]
    if len(wanted) > _MOST_ADDED:
        raise ValidationError(
            _("At most {most} models can be added at a time.").format(most=_MOST_ADDED)
        )
    added = [ModelConfig(provider=provider, name=name) for name in wanted]
    for config in added:
        config.full_clean()
        config.save()
    price_by_bundled(added)
    return added


def _added(request: HttpRequest, provider: Provider, added: list[ModelConfig]) -> HttpResponse:
    if added:
        priced = sum(config.prices.exists() for config in added)
        said = ngettext(
            "Added {count} model, {priced} with the price of the bundled list.",
            "Added {count} models, {priced} with the price of the bundled list.",
            len(added),
        )
        messages.success(request, said.format(count=len(added), priced=priced))
        if priced < len(added):
            said = _("Nobody knows what a model without a price costs. Give it one on its page.")
            messages.warning(request, said)
    if request.GET.get("then") == "setup":
        return redirect("admin:setup_cascade")
    address: Any = reverse("admin:chat_modelconfig_changelist")
    return redirect(f"{address}?provider__id__exact={provider.pk}")
