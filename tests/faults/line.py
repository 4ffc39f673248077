"""A TCP line to a service, that can be cut and mended: how Redis and PostgreSQL go away."""

import asyncio
import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # of Linux; Python does not name them
RETURN_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
DROP = struct.pack("HP", 1, ctypes.addressof(RETURN_NOTHING))
"""A packet filter of one instruction: what arrives is dropped before TCP sees it."""


class Line:
    def __init__(self, url: str, default_port: int) -> None:
        parts = urlsplit(url)
        self._target = parts.hostname or "127.0.0.1", parts.port or default_port
        self._parts = parts
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self._is_cut = True
        self._abort()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*passing, return_exceptions=True)

    @property
    def url(self) -> str:
        account = f"{self._parts.username}:{self._parts.password}@" if self._parts.username else ""
        return urlunsplit(self._parts._replace(netloc=f"{account}127.0.0.1:{self._port}"))

    def cut(self) -> None:
        """Now, and whoever comes."""
        self._is_cut = True
        self.loop.call_soon_threadsafe(self._abort)

    def swallow(self) -> None:
        """Packets are lost, also of whoever comes: nothing is refused, and nothing answers."""
        self.loop.call_soon_threadsafe(self._filter, SO_ATTACH_FILTER, DROP)

    def mend(self) -> None:
        self._is_cut = False
        self.loop.call_soon_threadsafe(self._filter, SO_DETACH_FILTER, 0)

    def _filter(self, option: int, value: bytes | int) -> None:
        open_ones = [one for one in self._writers if not one.transport.is_closing()]
        for end in (*self._server.sockets, *(one.get_extra_info("socket") for one in open_ones)):
            with contextlib.suppress(FileNotFoundError):  # there was no filter
                end.setsockopt(socket.SOL_SOCKET, option, value)

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            return writer.transport.abort()
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        both = {writer, far_writer}
        self._writers |= both
        await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))
        self._writers -= both


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        writer.close()
        await writer.wait_closed()


@contextlib.contextmanager
def line_to(url: str, default_port: int) -> Iterator[Line]:
    line = Line(url, default_port)
    thread = threading.Thread(target=line.loop.run_forever, name="line", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(line.start(), line.loop).result()
    yield line
    asyncio.run_coroutine_threadsafe(line.stop(), line.loop).result()
    line.loop.call_soon_threadsafe(line.loop.stop)
    thread.join()
    line.loop.close()
