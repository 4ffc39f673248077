"""The operator's desk: Django's admin, in the order of an operator's work."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy

from chat.setup.acting import by

View = Callable[..., HttpResponseBase]

# What stands together, by the models' class names; what is named nowhere comes last.
GROUPS = (
    (gettext_lazy("Answers"), ("Cascade", "ModelConfig", "Provider", "McpServer")),
    (gettext_lazy("Money"), ("Budget", "Spending")),
    (gettext_lazy("Evidence"), ("Decision", "Calibration", "Change")),
    (gettext_lazy("People"), ("User", "Group", "Conversation", "Reading")),
)


class Desk(AdminSite):
    site_title = "Cascade Chat"
    site_header = "Cascade Chat"
    index_title = gettext_lazy("Operator\u2019s desk")
    empty_value_display = "\u2013"

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """By what they are for instead of by the app they come from."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        return grouped([model for app in apps for model in app["models"]])

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        """What is changed in it is changed by whoever asked for it."""

        @wraps(view)
        def known(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            if settings.TWO_FACTOR and (way := _missing_factor(request)):
                return redirect(way)
            with by(request.user):
                return view(request, *args, **named)

        return super().admin_view(known, cacheable)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one door for all, by whatever way they sign in, and it is not this one."""
        if not request.user.is_authenticated:
            to = request.GET.get("next", reverse("admin:index"))
            return redirect(f"{reverse('chat:sign_in')}?{urlencode({'next': to})}")
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def password_change(  # type: ignore[override]  # a redirect is an answer as well
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one page for all, which counts how often the old password is guessed."""
        return redirect("chat:password")

    def password_change_done(  # type: ignore[override]  # a redirect is an answer as well
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("chat:password_changed")

    def get_urls(self) -> list[Any]:
        from chat.admin import setup  # as below

        begin, cascade = partial(setup.begin, self), partial(setup.cascade, self)
        own = [
            path("setup/", self.admin_view(begin), name="setup"),
            path("setup/cascade/", self.admin_view(cascade), name="setup_cascade"),
        ]
        return own + super().get_urls()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from chat.admin.front import front_page  # models can be imported once all apps are ready

        front: Callable[[HttpRequest], dict[str, Any]] = front_page
        return super().index(request, {**(extra_context or {}), **front(request)})

    def app_index(  # type: ignore[override]  # a redirect is an answer as well
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The desk knows groups, not apps; breadcrumbs lead here."""
        return redirect("admin:index")


def _missing_factor(request: HttpRequest) -> str:
    from chat.accounts import second_factor  # its tables are there where the setting is

    return second_factor.what_is_missing(request)


def grouped(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_name = {model["object_name"]: model for model in models}
    groups = [
        (title, [by_name.pop(name) for name in names if name in by_name]) for title, names in GROUPS
    ]
    groups.append((gettext_lazy("More"), list(by_name.values())))
    return [
        {
            "name": title,
            "app_label": found[0]["object_name"].lower(),
            "app_url": found[0]["admin_url"],
            "models": found,
        }
        for title, found in groups
        if found
    ]
