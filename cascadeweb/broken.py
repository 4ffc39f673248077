"""What a page says that could not be made: that something broke, or that there is no database."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from cascadeweb.database import AWAY_S


def broken(request: HttpRequest) -> HttpResponse:
    """Called while the error is handled. Without the database it is said that it can pass, on a
    page that asks nothing of it: not even who reads it."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return server_error(request)
    again = request.get_full_path() if request.method == "GET" else "/"
    page = render_to_string("503.html", {"again": again})
    return HttpResponse(page, status=503, headers={"Retry-After": str(AWAY_S)})
