"""One client per loop, closed with it; and what is promised of the transport under it."""

import asyncio
import ipaddress
import socket
import ssl
import struct
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chat.cascade.providers.transport import _ERRORS, Transport, close_clients, shared_client

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
STREAMED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = HEAD + b"Content-Length: 2\r\n\r\nhi"


class Server:
    """On 127.0.0.1; knows how many connections there were and how many there are."""

    def __init__(self, handler: Handler) -> None:
        self.opened = 0
        self.open = 0
        self.port = 0
        self._handler = handler

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.open += 1
        try:
            await self._handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def has_open(self, connections: int, within_s: float = 0.3) -> bool:
        began = time.monotonic()
        while self.open != connections and time.monotonic() - began < within_s:
            await asyncio.sleep(0.005)
        return self.open == connections


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(handler)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
    assert await server.has_open(0, within_s=1), "every connection was closed by the client"


@asynccontextmanager
async def client_of(
    server: Server, transport: Transport | None = None, scheme: str = "http"
) -> AsyncIterator[httpx.AsyncClient]:
    """As the providers use it, but with a base URL."""
    client = await shared_client(transport or Transport())
    client.base_url = httpx.URL(f"{scheme}://localhost:{server.port}")
    try:
        yield client
    finally:
        await close_clients()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = next(
        (line.split(b":")[1] for line in head.lower().split(b"\r\n") if b"content-length" in line),
        b"0",
    )
    return head + await reader.readexactly(int(size))


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request after another."""
    while not reader.at_eof():
        await request_of(reader)
        writer.write(WHOLE)


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_of(reader)
    await reader.read()


async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_of(reader)
    writer.write(STREAMED + b"5\r\nfirst\r\n")
    await reader.read()


def says(answer: bytes, *, reset: bool = False) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(answer)
        await writer.drain()
        if reset:
            await asyncio.sleep(0.02)  # let what was sent arrive
            no_lingering = struct.pack("ii", 1, 0)  # close with RST instead of FIN
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
            writer.transport.abort()

    return handler


async def read(client: httpx.AsyncClient) -> list[bytes]:
    timeout = httpx.Timeout(None, connect=5, pool=5)
    async with client.stream("POST", "/", content=b"{}", timeout=timeout) as response:
        return [received async for received in response.aiter_raw()]


async def test_a_loop_shares_one_client() -> None:
    assert await shared_client() is await shared_client()
    assert (
        await shared_client(httpx.MockTransport(lambda _: httpx.Response(200)))
        is not await shared_client()
    )


def test_the_client_is_closed_with_its_loop() -> None:
    first = asyncio.run(shared_client())
    second = asyncio.run(shared_client())
    assert first is not second
    assert first.is_closed and second.is_closed


async def test_clients_can_be_closed_before() -> None:
    client = await shared_client()
    await close_clients()
    assert client.is_closed
    assert not (await shared_client()).is_closed


@pytest.mark.parametrize("handler", [says_nothing, never_answers, never_ends])
async def test_a_cancelled_request_leaves_within_300_ms(
    handler: Handler, authority: "Authority"
) -> None:
    """While TLS is being agreed on, while an answer is waited for, in the middle of it."""
    connecting = handler is says_nothing
    transport = Transport(ssl_context=authority.trusted())
    async with (
        serving(handler) as server,
        client_of(server, transport, "https" if connecting else "http") as client,
    ):
        task = asyncio.create_task(read(client))
        assert await server.has_open(1)
        await asyncio.sleep(0.05)
        task.cancel()
        assert await server.has_open(0, within_s=0.3)
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("handler", [never_answers, never_ends])
async def test_no_cancelled_request_keeps_a_connection(handler: Handler) -> None:
    """At any moment, while others wait, once or twice."""
    async with serving(handler) as server, client_of(server, Transport(2)) as client:
        for number in range(50):
            tasks = [asyncio.create_task(read(client)) for _ in range(4)]
            for _ in range(number % 25):
                await asyncio.sleep(0)
            for _ in range(1 + number % 2):
                for task in tasks:
                    task.cancel()
                await asyncio.sleep(0)
            await asyncio.gather(*tasks, return_exceptions=True)
        assert await server.has_open(0)
        tasks = [asyncio.create_task(read(client)) for _ in range(2)]
        assert await server.has_open(2), "both places are free again"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_wait_for_a_connection_is_bounded() -> None:
    async with serving(never_ends) as server, client_of(server, Transport(2)) as client:
        tasks = [asyncio.create_task(read(client)) for _ in range(2)]
        assert await server.has_open(2)
        with pytest.raises(httpx.ConnectTimeout):
            async with asyncio.timeout(1):
                await client.post("/", timeout=httpx.Timeout(None, pool=0.1))
        assert server.opened == 2
        third = asyncio.create_task(read(client))
        tasks[0].cancel()
        async with asyncio.timeout(2):
            while (server.opened, server.open) != (3, 2):  # a free place is taken
                await asyncio.sleep(0.005)
        for task in (tasks[1], third):
            task.cancel()
        await asyncio.gather(*tasks, third, return_exceptions=True)


async def test_connections_are_used_again() -> None:
    async with serving(answers) as server, client_of(server) as client:
        for _ in range(3):
            assert b"".join(await read(client)) == b"hi"
        assert server.opened == 1


async def test_a_connection_the_server_closed_is_not_used_again() -> None:
    async with serving(says(WHOLE)) as server, client_of(server) as client:
        for _ in range(3):
            await read(client)
            await asyncio.sleep(0.02)
        assert server.opened == 3


async def test_what_arrives_is_handed_on_at_once() -> None:
    seen = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(STREAMED + b"5\r\nfirst\r\n")
        await asyncio.wait_for(seen.wait(), 1)
        writer.write(b"6\r\nsecond\r\n0\r\n\r\n")

    async with (
        serving(handler) as server,
        client_of(server) as client,
        client.stream("POST", "/") as response,
    ):
        pieces = []
        async for received in response.aiter_raw():
            pieces.append(received)
            seen.set()
        assert pieces == [b"first", b"second"]


async def test_a_slow_reader_makes_the_provider_wait() -> None:
    sent = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await request_of(reader)
        writer.write(HEAD + b"\r\n")
        while True:
            writer.write(bytes(2**16))
            await writer.drain()
            sent += 2**16

    async with (
        serving(handler) as server,
        client_of(server) as client,
        client.stream("POST", "/") as response,
    ):
        await anext(response.aiter_raw())
        tracemalloc.start()
        await asyncio.sleep(0.3)
        assert tracemalloc.get_traced_memory()[0] < 2**21
        tracemalloc.stop()
        sent_before = sent
        await asyncio.sleep(0.1)
        assert sent == sent_before


FAULTS = {
    "nothing": (says(b""), httpx.RemoteProtocolError),
    "reset": (says(b"", reset=True), httpx.ReadError),
    "half a head": (says(b"HTTP/1.1 200 OK\r\nContent-"), httpx.RemoteProtocolError),
    "no HTTP": (says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), httpx.RemoteProtocolError),
    "half a body": (says(STREAMED + b"5\r\nfirst\r\n"), httpx.RemoteProtocolError),
    "too short": (says(HEAD + b"Content-Length: 9\r\n\r\nfirst"), httpx.RemoteProtocolError),
    "no chunk": (says(STREAMED + b"5\r\nfirst\r\nxyz\r\n"), httpx.RemoteProtocolError),
    "endless head": (says(b"HTTP/1.1 200 OK\r\nA: " + bytes(2**20)), httpx.RemoteProtocolError),
    "reset in the middle": (
        says(STREAMED + b"5\r\nfirst\r\n", reset=True),
        httpx.TransportError,
    ),
    "reset before no certain end": (says(HEAD + b"\r\nfirst", reset=True), httpx.ReadError),
}


@pytest.mark.parametrize(("handler", "kind"), FAULTS.values(), ids=FAULTS)
async def test_a_broken_answer_is_an_error_of_httpx(
    handler: Handler, kind: type[httpx.TransportError]
) -> None:
    async with serving(handler) as server, client_of(server) as client:
        with pytest.raises(kind):
            await read(client)


def kinds(of: type[Exception]) -> set[type[Exception]]:
    return {of}.union(*map(kinds, of.__subclasses__()))


def test_an_error_new_in_the_library_beneath_is_not_overlooked() -> None:
    """Those that only the last resort translates are known: that none of them is of a request."""
    names = [theirs for theirs, _ in _ERRORS if theirs not in (OSError, aiohttp.ClientError)]
    rest = {kind for kind in kinds(aiohttp.ClientError) if not issubclass(kind, tuple(names))}
    assert {kind.__name__ for kind in rest} <= {
        "ClientError",
        "ClientConnectionError",
        "ServerConnectionError",
        "ClientOSError",
        "ClientConnectionResetError",
        "ServerFingerprintMismatch",  # no fingerprints are given
        "RedirectClientError",  # none is followed
        "UploadAbortedError",  # no body is streamed
    }


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async with serving(says(HEAD + b"\r\nwhole")) as server, client_of(server) as client:
        assert b"".join(await read(client)) == b"whole"


async def test_nobody_listening_is_an_error_of_httpx() -> None:
    async with serving(answers) as server:
        pass
    async with client_of(server) as client:
        with pytest.raises(httpx.ConnectError):
            await read(client)


async def test_the_request_is_sent_as_httpx_wrote_it() -> None:
    sent = b""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        sent = await request_of(reader)
        writer.write(WHOLE)

    headers = [("Authorization", "Bearer key"), ("Accept-Encoding", "identity")]
    async with serving(handler) as server, client_of(server) as client:
        request = client.build_request("POST", "/v1/a%2F%41?c=%20d&e", content=bytes(3 * 2**20))
        request.headers = httpx.Headers([("Host", "model.example"), *headers])
        request.headers["Content-Length"] = str(3 * 2**20)
        await client.send(request)
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /v1/a%2F%41?c=%20d&e HTTP/1.1",
        *(b"%b: %b" % pair for pair in request.headers.raw),
    ]
    assert body == bytes(3 * 2**20)


async def test_R30_a_key_with_a_line_break_is_neither_sent_nor_told() -> None:
    async with serving(answers) as server, client_of(server) as client:
        with pytest.raises(httpx.LocalProtocolError) as raised:
            await client.post("/", headers={"Authorization": "Bearer secret\r\nX: y"})
        assert "secret" not in str(raised.value)


async def test_R29_the_address_is_read_as_httpx_reads_it() -> None:
    async with serving(answers) as server, client_of(server) as client:
        assert (await client.get(f"http://127。0。0。1:{server.port}/")).text == "hi"


async def test_R29_no_redirect_is_followed() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with serving(says(moved)) as server, client_of(server) as client:
        assert (await client.post("/", content=b"{}")).status_code == 307
        assert server.opened == 1


async def test_R29_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answers) as proxy, serving(answers) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with client_of(server) as client:
            await read(client)
        assert (proxy.opened, server.opened) == (0, 1)


async def test_a_compressed_answer_stays_as_it_came() -> None:
    zipped = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8bab"
    async with serving(says(zipped)) as server, client_of(server) as client:
        assert await read(client) == [b"\x1f\x8bab"]


class Authority:
    """Signs certificates, kept under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        unsigned = _certificate("authority", self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self._pem = unsigned.sign(self._key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM
        )

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self._pem.decode())

    def server_for(self, *names: x509.GeneralName) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        unsigned = _certificate("server", key).add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
        pem = unsigned.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (path := self._folder / "server.pem").write_bytes(pem + secret)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _certificate(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    def called(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        subject_name=called(name),
        issuer_name=called("authority"),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


LOCALHOST = x509.DNSName("localhost")
ELSEWHERE = x509.DNSName("elsewhere.example")
LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


async def test_a_trusted_certificate_is_accepted(authority: Authority) -> None:
    tls, transport = authority.server_for(LOCALHOST), Transport(ssl_context=authority.trusted())
    async with serving(answers, tls) as server, client_of(server, transport, "https") as client:
        for _ in range(2):
            assert b"".join(await read(client)) == b"hi"
        assert server.opened == 1


async def test_a_cancelled_answer_over_tls_leaves_within_300_ms(authority: Authority) -> None:
    tls, transport = authority.server_for(LOCALHOST), Transport(ssl_context=authority.trusted())
    async with serving(never_ends, tls) as server, client_of(server, transport, "https") as client:
        task = asyncio.create_task(read(client))
        assert await server.has_open(1, within_s=2)
        task.cancel()
        assert await server.has_open(0, within_s=0.3)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    tls, transport = authority.server_for(ELSEWHERE), Transport(ssl_context=authority.trusted())
    async with serving(answers, tls) as server, client_of(server, transport, "https") as client:
        with pytest.raises(httpx.ConnectError, match="mismatch"):
            await read(client)


async def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    async with (
        serving(answers, authority.server_for(LOCALHOST, LOOPBACK)) as server,
        client_of(server, scheme="https") as client,
    ):
        with pytest.raises(httpx.ConnectError, match="verify failed"):
            await read(client)
