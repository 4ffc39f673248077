"""The way to the server people sign in by, and back."""

from collections.abc import Callable
from urllib.parse import urlencode

import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PROVIDER = "sso"

# Besides what allauth answers itself: a server that is away, and one that says other things than
# the standard.
WRONG = (requests.RequestException, KeyError, TypeError, ValueError)


@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Of what a link can say only where to go on counts: allauth would take from it what to ask
    for, and that an identity be joined to whoever is signed in."""
    to = request.GET.get("next", "")
    request.GET = QueryDict(urlencode({"next": to} if to else {}))
    return _answered(request, views.login)


@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answered(request, views.callback)


def _answered(request: HttpRequest, view: Callable[..., HttpResponse]) -> HttpResponse:
    try:
        answer = view(request, PROVIDER)
    except WRONG as error:
        provider = get_adapter().get_provider(request, PROVIDER)
        answer = render_authentication_error(request, provider, exception=error)
    return answer
