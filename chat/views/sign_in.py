"""Signing in: with a password, or once with the link that the server printed when it started."""

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat import sign_in_links


class SignIn(LoginView):
    template_name = "chat/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    next_page = "chat:sign_in"


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
