"""Signing in: with a password, or once with the link that the server printed when it started. And
another password."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chat.accounts import sign_in_links
from chat.accounts.sign_in_limits import Throttled, ThrottledChange
from chat.accounts.whence import address_of


class SignIn(LoginView):
    authentication_form = Throttled
    template_name = "chat/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        elsewhere = settings.OIDC_NAME if settings.OIDC_SERVER else ""
        return super().get_context_data(**named, elsewhere=elsewhere)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        if not settings.TWO_FACTOR:
            return super().form_valid(form)
        from chat.accounts import second_factor  # needs tables that are not there otherwise

        return second_factor.sign_in(self.request, form.get_user(), self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "too_many_tries"):
            answer.status_code = 429
        return answer


class SignOut(LogoutView):
    next_page = "chat:sign_in"


@method_decorator(never_cache, name="dispatch")
class ChangePassword(PasswordChangeView):
    """Of whoever is signed in. It ends their other sessions, whose hash is of the one before."""

    form_class = ThrottledChange
    template_name = "chat/accounts/password.html"
    success_url = reverse_lazy("chat:password_changed")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"address": address_of(self.request)}

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        answer = super().form_invalid(form)
        if form.has_error("old_password", "too_many_tries"):
            answer.status_code = 429
        return answer


@require_safe
@login_required
@never_cache
def password_changed(request: HttpRequest) -> HttpResponse:
    return render(request, "chat/accounts/password.html", {"is_changed": True})


@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, user: str, token: str) -> HttpResponse:
    """GET changes nothing, so that a mail or chat program that looks at links uses none up."""
    found = sign_in_links.user_of(user, token)
    if found is None:
        return render(request, "chat/sign_in_link_invalid.html", status=404)
    if request.method == "POST":
        login(request, found, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("chat:home")
    return render(request, "chat/sign_in_link.html", {"username": found.get_username()})
