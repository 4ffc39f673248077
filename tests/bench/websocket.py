"""A websocket client (RFC 6455) of some thirty lines, so that reading costs next to nothing.

For text frames from a server that is trusted; no extensions, no fragments.
"""

import asyncio
import base64
import os
import ssl
from typing import Self
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
LIMIT = 4 * 1024 * 1024


class Socket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str, path: str, cookie: str) -> Self:
        """`address` as `http://host:port`, which is also the origin that is named.

        Over HTTPS, whatever certificate is shown is taken.
        """
        url = urlsplit(address)
        tls = ssl._create_unverified_context() if url.scheme == "https" else None
        reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=LIMIT, ssl=tls)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nOrigin: {address}\r\n"
            f"Cookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(answer.decode("latin-1"))
        except BaseException:  # also where whoever waited has given up
            writer.transport.abort()
            raise
        return cls(reader, writer)

    def send(self, text: str) -> None:
        self._write(TEXT, text.encode())

    async def receive(self) -> str:
        """The next text message. Raises ConnectionError when the server closes."""
        while True:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
            payload = await self._reader.readexactly(size)
            match first & 0x0F:
                case 1:
                    return payload.decode()
                case 9:
                    self._write(PONG, payload)
                case 8:
                    raise ConnectionError(f"the server closed: {payload!r}")

    def close(self) -> None:
        self._write(CLOSE, (1000).to_bytes(2))
        self._writer.close()

    def stop_reading(self) -> None:
        """What the server sends stays where it is."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's can

    def abort(self) -> None:
        """Go without a word."""
        self._writer.transport.abort()

    def _write(self, kind: int, payload: bytes) -> None:
        """Masked, as clients must; a mask of zeros leaves the payload as it is.

        Nothing goes into a connection that the server has closed, on any event loop.
        """
        if self._writer.is_closing():
            return
        size = len(payload)
        length = bytes([0x80 | size]) if size <= 125 else bytes([0x80 | 126]) + size.to_bytes(2)
        self._writer.write(bytes([0x80 | kind]) + length + bytes(4) + payload)
