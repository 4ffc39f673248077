"""Where Prometheus asks: a port of its own, in a thread of its own."""

import asyncio
import hmac
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from prometheus_client import make_wsgi_app

from chat.metrics import meters
from chat.metrics.looking import Looking
from chat.metrics.prometheus import Prometheus

logger = logging.getLogger(__name__)

WATCH_S = 0.25

Wsgi = Callable[..., Iterable[bytes]]


def start() -> None:
    """A port that is taken, as by another process of this machine, ends nothing but this."""
    assert settings.METRICS_ADDRESS and isinstance(meters, Prometheus)
    meters.registry.register(Looking())
    host, port = settings.METRICS_ADDRESS
    try:
        server = serving(host, port, meters)
    except OSError as error:
        logger.error("no metrics on %s, port %d: %s", host, port, error.strerror)
        return
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def serving(host: str, port: int, of: Prometheus) -> WSGIServer:
    told = _guarded(make_wsgi_app(of.registry), settings.METRICS_TOKEN)
    serves = _Ipv6 if ":" in host else WSGIServer
    return make_server(host.strip("[]"), port, told, serves, handler_class=_Quiet)


def _guarded(told: Wsgi, token: str) -> Wsgi:
    wanted = f"Bearer {token}".encode() if token else b""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1")
        if wanted and not hmac.compare_digest(given, wanted):
            start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer")])
            return []
        if environ["PATH_INFO"] != "/metrics":
            start_response("404 Not Found", [])
            return []
        return told(environ, start_response)

    return answer


class _Ipv6(WSGIServer):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    timeout = 5  # seconds: one thread answers, and must not wait for whoever says nothing

    def log_message(self, format: str, *args: object) -> None:
        pass


async def watch_the_loop() -> None:
    """How late the loop comes back; whatever blocks it delays every reader."""
    while True:
        due = time.monotonic() + WATCH_S
        await asyncio.sleep(WATCH_S)
        meters.loop_late(max(0.0, time.monotonic() - due))
