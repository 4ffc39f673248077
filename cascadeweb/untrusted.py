"""The page for a form that Django's protection against forged ones refuses: it says what can be
done about it, which is something else for each of three causes."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render

FROM_ELSEWHERE = ("Origin checking failed", "Referer checking failed")


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`reason` is Django's sentence, which is logged."""
    context = {
        "lacks_cookie": reason == REASON_NO_CSRF_COOKIE,
        "is_from_elsewhere": reason.startswith(FROM_ELSEWHERE),
    }
    return render(request, "403_csrf.html", context, status=403)
