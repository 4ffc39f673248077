"""What browsers are told about our pages, and which pages may open a websocket."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase

# Scripts, styles, images and fonts come from this server alone, and nothing is inline.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)


class Headers:
    """Adds the policy to every answer. What has a stricter one, and what may be stored by a cache,
    has to say so itself."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.asynchronous = iscoroutinefunction(get_response)
        if self.asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.asynchronous:
            return self.later(request)
        return add_headers(self.get_response(request))

    async def later(self, request: HttpRequest) -> HttpResponseBase:
        return add_headers(await self.get_response(request))


def add_headers(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class SameOrigin:
    """Refuses a websocket that a page of another scheme, host or port opens.

    Browsers send our cookies with it from anywhere. Channels' validator for allowed hosts ignores
    scheme and port, and a list of full origins would have to know the port we are started on.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        application = self.application if _is_allowed(scope) else WebsocketDenier.as_asgi()
        await application(scope, receive, send)


def _is_allowed(scope: Any) -> bool:
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    return is_our_origin(headers.get(b"origin", ""), host=headers.get(b"host", ""))


def is_our_origin(origin: str, *, host: str) -> bool:
    """Whether the page came from the address it now calls, and that address is one of ours."""
    scheme = "https" if settings.HTTPS else "http"
    domain, _port = split_domain_port(host)
    if origin == f"{scheme}://{host}" and validate_host(domain, settings.ALLOWED_HOSTS):
        return True
    return origin in settings.CSRF_TRUSTED_ORIGINS
