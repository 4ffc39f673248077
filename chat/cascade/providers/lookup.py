"""Where a name leads now, for an address that is typed in. What is asked later looks for itself."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

WAIT_S = 3.0
"""Whoever types it waits; a name server that is away may take ten times as long."""


_seen: ContextVar[dict[tuple[str, int], list[str]] | None] = ContextVar("seen", default=None)


@contextmanager
def once() -> Iterator[None]:
    """Within it a name is looked up once, so that it can be done ahead of what may not wait."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def known(host: str, port: int) -> list[str]:
    seen = _seen.get()
    if seen is None:
        return found(host, port)
    if (host, port) not in seen:
        seen[host, port] = found(host, port)
    return seen[host, port]


def found(host: str, port: int) -> list[str]:
    """The addresses of a name; none where nobody knows it, or nobody answered in time."""
    addresses: list[str] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses.extend(str(info[4][0]) for info in infos)

    asking = threading.Thread(target=ask, name=f"lookup of {host}", daemon=True)
    asking.start()
    asking.join(WAIT_S)
    return list(addresses)
