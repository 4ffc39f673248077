"""Where a name leads now, for an address that is typed in. What is asked later looks for itself."""

import socket
import threading
from contextlib import suppress

WAIT_S = 3.0
"""Whoever types it waits; a name server that is away may take ten times as long."""


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
