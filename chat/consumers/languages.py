"""The language of a websocket: that of the page it belongs to."""

from typing import Any

from django.http import HttpRequest
from django.utils import translation


def activate_for(scope: Any) -> str:
    """From here on in this task, as `LocaleMiddleware` has it for the requests of a browser."""
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    for name, value in scope["headers"]:
        if name == b"accept-language":
            request.META["HTTP_ACCEPT_LANGUAGE"] = value.decode("latin-1")
    language = translation.get_language_from_request(request)
    translation.activate(language)
    return language
