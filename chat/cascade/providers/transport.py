"""The one place that makes an httpx client, and what is under it: aiohttp.

httpx is what the providers are written against; httpx's own transport was the largest cost of a
streamed chunk. The engine over aiohttp takes about six tenths of its CPU, and aiohttp's pool keeps
no place for a request that was cancelled, which httpcore's can until nothing is left.

One client per event loop (and per transport, in tests), so connections are reused. Each lives in
an async generator that its loop finalizes: `asyncio.run` closes the client when it ends, and nobody
has to remember to. Redirects are never followed and the environment's proxies never used: a prompt
and a key go to the address in the model's configuration or nowhere.
"""

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from weakref import WeakKeyDictionary

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from chat.cascade.providers import lookup
from chat.cascade.providers.addresses import Addresses, literal_of, port_of

MAX_CONNECTIONS = 1000
"""In use at a time; a request beyond them waits, but not longer than its `pool` timeout."""

KEEPALIVE_S = 30

READ = "read"
"""The extension of a response that reads on: `Callable[[], Awaitable[bytes]]`, nothing at the end.
httpx's own iterators hold what they gave last until more is asked of them."""

REST = "rest"
"""The extension of a response that lets its connection be: `Callable[[float], Awaitable[None]]`."""

_Holder = AsyncGenerator[httpx.AsyncClient, None]
_Held = dict[httpx.AsyncBaseTransport | None, tuple[httpx.AsyncClient, _Holder]]
_held: WeakKeyDictionary[asyncio.AbstractEventLoop, _Held] = WeakKeyDictionary()

_addresses: Addresses | None = None


def limit_to(addresses: Addresses | None) -> None:
    """Where this process's requests may go from now on; None, as at first, is anywhere.

    A developer's own configuration needs no limit. One that others type in does.
    """
    global _addresses
    _addresses = addresses


def check(url: httpx.URL) -> None:
    """Raises `AddressRefused`, for an address that is typed in as for one that is asked."""
    if _addresses:
        _addresses.check(url)


def check_typed(url: httpx.URL) -> bool:
    """The same for what its name leads to now. False where nobody knows that name, which is no
    reason to refuse it: it may be known later. Blocks for seconds at the worst."""
    check(url)
    port = port_of(url)
    if not _addresses or _addresses.is_local(url.host, port) or literal_of(url.host):
        return True
    found = lookup.known(url.raw_host.decode("ascii"), port)
    _addresses.check_resolved(url.host, port, found)
    return bool(found)


async def shared_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The running loop's client."""
    clients = _held.setdefault(asyncio.get_running_loop(), {})
    if transport not in clients:
        holder = _hold(transport, clients)
        clients[transport] = (await anext(holder), holder)
    return clients[transport][0]


async def close_client(transport: httpx.AsyncBaseTransport) -> None:
    """Close the client of a transport that is not used again."""
    if held := _held.get(asyncio.get_running_loop(), {}).get(transport):
        await held[1].aclose()
    else:
        await transport.aclose()


async def close_clients() -> None:
    """Close the running loop's clients: for a server that shuts down without ending its loop."""
    for _, holder in list(_held.get(asyncio.get_running_loop(), {}).values()):
        await holder.aclose()


async def _hold(transport: httpx.AsyncBaseTransport | None, clients: _Held) -> _Holder:
    client = httpx.AsyncClient(
        transport=transport or Transport(),
        follow_redirects=False,
        trust_env=False,
        timeout=None,  # noqa: S113  # each call has timers of its own
    )
    try:
        yield client
    finally:
        clients.pop(transport, None)
        await client.aclose()


class Transport(httpx.AsyncBaseTransport):
    """httpx's requests over aiohttp's connections, adding nothing and decoding nothing.

    For the loop it is made in. Where requests are limited (`limit_to`), a name is resolved once,
    all its addresses are checked, and one of those is connected to; TLS and HTTP still ask for the
    host by its name. `resolver` replaces the system's.
    """

    def __init__(
        self,
        max_connections: int = MAX_CONNECTIONS,
        ssl_context: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=max_connections,
                keepalive_timeout=KEEPALIVE_S,
                resolver=_Checked(resolver or ThreadedResolver()),
                ssl=ssl_context or httpx.create_ssl_context(trust_env=False),
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check(request.url)
        # As a file: aiohttp warns of bytes that are written in one go when there are many.
        content = await request.aread()
        with _translated():
            answer = await self._session.request(
                request.method,
                _url(request.url),
                headers=_headers(request.headers),
                data=io.BytesIO(content) if content else None,
                allow_redirects=False,
                timeout=_timeout(request),
            )
        body = _Body(answer)
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=body,
            extensions={READ: body.read, REST: partial(_rest, answer)},
        )

    async def aclose(self) -> None:
        await self._session.close()


class _Checked(AbstractResolver):
    """Hands out the addresses of a host if each of them may be asked."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if _addresses:
            _addresses.check_resolved(host, port, [address["host"] for address in found])
        return found

    async def close(self) -> None:
        await self._resolver.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self._loss = _loss(answer)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while received := await self.read():
            yield received

    async def read(self) -> bytes:
        """Whatever has arrived, as soon as anything has."""
        with _translated():
            received = await self._answer.content.readany()
            if not received and self._loss and self._loss.done():
                self._loss.result()
            return received

    async def aclose(self) -> None:
        """Without waiting, so that no second cancellation comes between.

        Of an answer that was read to its end, the connection has gone back to the pool already.
        """
        self._answer.close()


async def _rest(answer: aiohttp.ClientResponse, seconds: float) -> None:
    """What arrives meanwhile waits in the system, to be read in one go: packets cost, not bytes.

    Of an answer that was read to its end, the connection is no longer ours: nothing is waited for.
    """
    connection = answer.connection.transport if answer.connection else None
    if connection is None or connection.is_closing():
        return
    connection.pause_reading()
    try:
        await asyncio.sleep(seconds)
    finally:
        connection.resume_reading()


def _loss(answer: aiohttp.ClientResponse) -> asyncio.Future[None] | None:
    """Fails when the connection is reset.

    aiohttp takes that for the end of a body which only the end of its connection ends.
    """
    protocol = answer.connection.protocol if answer.connection else None
    if (
        protocol is None
        or "Content-Length" in answer.headers
        or "Transfer-Encoding" in answer.headers
    ):
        return None
    if loss := protocol.closed:
        loss.add_done_callback(asyncio.Future.exception)  # nobody may be there to hear of it
    return loss


def _url(url: httpx.URL) -> URL:
    """In httpx's reading, so that what was checked in the one is what is asked by the other."""
    path, _, query = url.raw_path.decode("ascii").partition("?")
    authority = url.netloc.decode("ascii")
    return URL.build(
        scheme=url.scheme, authority=authority, path=path, query_string=query, encoded=True
    )


def _headers(headers: httpx.Headers) -> list[tuple[str, str]]:
    """With names as they were written; `multi_items` has them in lower case."""
    return [(name.decode("ascii"), value.decode(headers.encoding)) for name, value in headers.raw]


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    """`pool` bounds the wait for a connection and the connecting together."""
    given = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(
        connect=given.get("pool"), sock_connect=given.get("connect"), sock_read=given.get("read")
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError) as error:
        kind = next(ours for theirs, ours in _ERRORS if isinstance(error, theirs))
        raise kind(str(error)) from error


# The first that fits. ValueError is what aiohttp says of a header with a line break in it.
_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (OSError, httpx.ReadError),
    (aiohttp.ClientError, httpx.ReadError),
    (ValueError, httpx.LocalProtocolError),
)
