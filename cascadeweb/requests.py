"""A name for every request and socket, by which its lines are found in the log, and its address."""

import re
import uuid
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from django.conf import settings

from chat.accounts import whence
from chat.process.logs import request_id
from chat.traces import traceparent

_NAME = re.compile(rb"[\w.-]{1,64}")
_PARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Named:
    """The name a proxy gave in `X-Request-ID`, where it is one; otherwise a new one.

    A request may also be part of a trace. A socket lives longer than one: what is asked by it is
    no part of what opened it.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(
        self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        _name(scope)
        await self.application(scope, receive, send)


def _name(scope: Any) -> None:
    """Apart from the call, which lasts as long as a socket and would keep all that is read here."""
    headers = dict(scope["headers"])
    given = headers.get(b"x-request-id", b"")
    is_name = _NAME.fullmatch(given) is not None
    request_id.set(given.decode() if is_name else uuid.uuid4().hex)
    if scope["type"] in ("http", "websocket"):
        whence.address.set(whence.address_of_scope(scope))
    if settings.TRACES and scope["type"] == "http":
        parent = _PARENT.fullmatch(headers.get(b"traceparent", b""))
        traceparent.set(parent[0].decode() if parent else None)
