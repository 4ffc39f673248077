"""Ports for servers that are told theirs."""

import secrets
import socket

FROM, BELOW = 11_000, 32_768
"""Between the last that browsers refuse, and the first that Linux gives to connections that go out:
one of those could take a free port before its server listens there."""


def free_port() -> int:
    while True:
        port = FROM + secrets.randbelow(BELOW - FROM)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
