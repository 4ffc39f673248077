"""Providers: where models are served, and with what key."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from chat.admin import provider_pages
from chat.admin.addresses import AddressAdmin
from chat.admin.health import HealthAdmin, resting_at
from chat.admin.history import KeptAdmin
from chat.admin.services import initial, services
from chat.cascade.errors import ConfigError
from chat.costs import health
from chat.models import Provider
from chat.setup import keys
from chat.templatetags.dates import day


class ProviderForm(forms.ModelForm):
    key = forms.CharField(
        label=gettext_lazy("or a stored key"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )
    clear_key = forms.BooleanField(label=gettext_lazy("Clear the stored key"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "extra_headers" in self.fields:
            self.fields["extra_headers"].widget.attrs["rows"] = 3
        if "key" not in self.fields:  # of somebody who may only look
            return
        why_not = keys.why_none_can_be_stored()
        has_key = bool(self.instance.key_encrypted)
        self.fields["key"].disabled = bool(why_not)
        self.fields["key"].help_text = why_not or (
            _("Empty keeps the one there is.")
            if has_key
            else _("Encrypted, and never shown again.")
        )
        if not has_key:
            del self.fields["clear_key"]

    def _post_clean(self) -> None:
        """A key that was pasted where a variable is to be named is not shown again."""
        super()._post_clean()  # type: ignore[misc]  # Django's own way, not in the stubs
        if "key_variable" in self.errors:
            self.data = {**self.data.dict(), "key_variable": ""}  # type: ignore[attr-defined]  # a QueryDict

    def clean_key(self) -> str:
        try:
            return keys.cleaned(self.cleaned_data["key"])
        except ConfigError as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        key, variable = given.get("key"), given.get("key_variable")
        is_kept = bool(self.instance.key_encrypted) and not given.get("clear_key") and not key
        if key and given.get("clear_key"):
            self.add_error("clear_key", _("Give a new key or clear the old one, not both."))
        if variable and (key or is_kept):
            self.add_error("key_variable", _("Name a variable or store a key, not both."))
        if is_kept and {"base_url", "kind"} & set(self.changed_data):
            self.add_error(
                "key",
                _("The stored key was given for another address. Give it again, or clear it."),
            )
        return given


@admin.register(Provider)
class ProviderAdmin(KeptAdmin, HealthAdmin, AddressAdmin):
    form = ProviderForm
    address_field = "base_url"
    list_display = (
        "name",
        "kind",
        "base_url",
        "key_kept",
        "connection",
        "state",
        "failed",
        "first_token",
        "spent",
    )
    health_by_id = staticmethod(health.of_providers)
    search_fields = ("name",)
    actions = ("test_connections",)
    add_form_template = "admin/chat/provider/add_form.html"
    readonly_fields = ("key_kept", "header_names", "connection")

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Whoever may only look sees which headers are sent, not what they say."""
        key: tuple[str, ...]
        if obj and not self.has_change_permission(request, obj):
            key, headers = ("key_variable", "key_kept"), "header_names"
        elif obj and obj.key_encrypted:
            key, headers = ("key_variable", "key_kept", "key", "clear_key"), "extra_headers"
        else:
            key, headers = ("key_variable", "key"), "extra_headers"
        sets = [
            (None, {"fields": ("name", "kind", "base_url")}),
            (_("Key"), {"fields": key}),
            (_("Requests"), {"fields": ("connect_timeout_s", headers)}),
        ]
        return [*sets, (_("Connection"), {"fields": ("connection",)})] if obj else sets

    def get_urls(self) -> list[URLPattern]:
        pages = (("test", provider_pages.test), ("models", provider_pages.models))
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(partial(page, self)),
                name=f"chat_provider_{name}",
            )
            for name, page in pages
        ]
        return own + super().get_urls()

    def response_add(
        self, request: HttpRequest, obj: Provider, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On the way through the first set-up, its models come next."""
        if request.GET.get("then") == "setup":
            address = reverse("admin:chat_provider_models", args=[obj.pk])
            return HttpResponseRedirect(f"{address}?then=setup")
        return super().response_add(request, obj, post_url_continue)

    @admin.action(description=gettext_lazy("Test connection"), permissions=["change"])
    def test_connections(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        several = list(chosen[: provider_pages.MOST_TESTED + 1])
        for provider in several[: provider_pages.MOST_TESTED]:
            provider_pages.test_and_tell(request, provider)
        if len(several) > provider_pages.MOST_TESTED:
            messages.warning(
                request,
                _("Tested the first {count}.").format(count=provider_pages.MOST_TESTED),
            )

    @admin.display(description=gettext_lazy("connection"))
    def connection(self, provider: Provider) -> SafeString:
        return render_to_string("admin/chat/provider/_connection.html", {"provider": provider})

    @admin.display(description=gettext_lazy("state"))
    def state(self, provider: Provider) -> SafeString:
        context = {"resting": resting_at(provider)}
        return render_to_string("admin/chat/provider/_state.html", context)

    @method_decorator(sensitive_post_parameters("key", "extra_headers"))
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), "services": services(), "chosen": chosen(request)}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return answer

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return initial(chosen(request))

    def save_model(self, request: HttpRequest, provider: Provider, form: Any, change: bool) -> None:
        key = form.cleaned_data.get("key")
        if key or form.cleaned_data.get("clear_key"):
            keys.store(provider, key or "", by=request.user.get_username())
        super().save_model(request, provider, form, change)
        if provider.warning:
            messages.warning(request, provider.warning)

    @admin.display(description=gettext_lazy("key"))
    def key_kept(self, provider: Provider) -> str:
        if problem := keys.problem(provider):
            return problem
        if provider.key_encrypted and provider.key_set_at:
            said = _("stored: set {day} by {user}")
            if provider.key_last_four:
                said = _("stored: ends in {end}, set {day} by {user}")
            return said.format(
                end=provider.key_last_four,
                day=day(provider.key_set_at),
                user=provider.key_set_by,
            )
        return provider.key_variable or _("none")

    @admin.display(description=gettext_lazy("extra headers"))
    def header_names(self, provider: Provider) -> str:
        return ", ".join(provider.extra_headers) or _("none")


def chosen(request: HttpRequest) -> str:
    return request.GET.get("service", "")
