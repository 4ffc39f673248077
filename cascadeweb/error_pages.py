"""The pages for what none of our views answers: what was refused before any of them saw it, and
what broke. They say what can be done about it, which is something else for each cause."""

import sys

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import server_error

from cascadeweb.database import AWAY_S

FROM_ELSEWHERE = ("Origin checking failed", "Referer checking failed")


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without the request: whatever asks it for its host would be refused once more."""
    context = {"is_another_host": isinstance(exception, DisallowedHost)}
    return HttpResponse(render_to_string("400.html", context), status=400)


def untrusted(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refused by Django's protection against forged forms; `reason` is its sentence, and logged."""
    context = {
        "lacks_cookie": reason == REASON_NO_CSRF_COOKIE,
        "is_from_elsewhere": reason.startswith(FROM_ELSEWHERE),
    }
    return render(request, "403_csrf.html", context, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Called while the error is handled. Without the database it is said that it can pass, on a
    page that asks nothing of it: not even who reads it."""
    error = sys.exception()
    if not _is_away(error):
        return server_error(request)
    again = request.get_full_path() if request.method == "GET" else "/"
    page = render_to_string("503.html", {"again": again, "is_full": _is_full(error)})
    return HttpResponse(page, status=503, headers={"Retry-After": str(AWAY_S)})


def _is_away(error: BaseException | None) -> bool:
    """The database. A statement that SQLite cannot read, as of a table that is not there, is an
    operational error as well, and quotes it: that is something broken."""
    name = getattr(error.__cause__, "sqlite_errorname", "") if error else ""
    return isinstance(error, OperationalError | InterfaceError) and name != "SQLITE_ERROR"


def _is_full(error: BaseException | None) -> bool:
    """Its disk: that does not pass, and somebody has to make room."""
    cause = error.__cause__ if error else None
    of_sqlite, of_postgresql = (getattr(cause, of, "") for of in ("sqlite_errorname", "sqlstate"))
    return of_sqlite == "SQLITE_FULL" or of_postgresql == "53100"
