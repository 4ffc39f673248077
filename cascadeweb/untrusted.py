"""The pages for what is refused before any view of ours sees it: they say what can be done about
it, which is something else for each cause."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string

FROM_ELSEWHERE = ("Origin checking failed", "Referer checking failed")


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """By Django's protection against forged forms; `reason` is its sentence, which is logged."""
    context = {
        "lacks_cookie": reason == REASON_NO_CSRF_COOKIE,
        "is_from_elsewhere": reason.startswith(FROM_ELSEWHERE),
    }
    return render(request, "403_csrf.html", context, status=403)


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without the request: whatever asks it for its host would be refused once more."""
    context = {"is_another_host": isinstance(exception, DisallowedHost)}
    return HttpResponse(render_to_string("400.html", context), status=400)
