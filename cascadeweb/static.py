"""Static files from this process, so that nothing but Daphne is needed."""

import gzip
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise ships no types
    """WhiteNoise for an asynchronous server.

    Its own middleware would send every request through a thread, and its file responses cannot
    be sent by ASGI without a warning; ours are small enough to be sent in one piece.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.asynchronous = iscoroutinefunction(get_response)
        if self.asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        response = super().__call__(request)
        return self.later(response) if self.asynchronous else response

    async def later(self, response: Any) -> HttpResponseBase:
        return response if isinstance(response, HttpResponseBase) else await response

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        response = HttpResponse(status=int(answer.status))
        if answer.file:
            with answer.file as file:
                response.content = file.read()
        del response.headers["Content-Type"]
        for name, value in answer.headers:
            response.headers[name] = value
        _pack(request, response)
        return response


def _pack(request: HttpRequest, response: HttpResponse) -> None:
    """Text that was not packed when it was collected, as where nothing is collected."""
    if response.status_code != 200 or response.has_header("Content-Encoding"):
        return
    accepted = request.headers.get("Accept-Encoding", "")
    kind = response.headers.get("Content-Type", "")
    if "gzip" in accepted and kind.startswith(("text/", "image/svg", "application/javascript")):
        response.content = gzip.compress(response.content, 6)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
        patch_vary_headers(response, ["Accept-Encoding"])
