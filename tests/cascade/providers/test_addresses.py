"""Which addresses are asked, and that what is refused is never connected to."""

import ipaddress
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from chat.cascade import ModelConfig
from chat.cascade.errors import Rejected
from chat.cascade.providers import PROVIDERS, lookup, transport
from chat.cascade.providers.addresses import Addresses, AddressRefused, is_public
from chat.cascade.providers.transport import Transport
from tests.loopback import Loopback

LOOKED_UP = lookup.found
"""Of which no other test makes use."""

NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "8.8.8.8",
    "104.18.7.192",
    "172.15.0.1",
    "172.32.0.1",
    "2606:4700::1",
    "2a00:1450:4001:80b::200a",
]

REFUSED_URLS = [
    "http://api.example.com/v1",
    "http://10.0.0.5:8000/v1",
    "https://127.0.0.1/v1",
    "https://127.1/v1",
    "https://2130706433/v1",
    "https://0x7f000001/v1",
    "https://0177.1/v1",
    "https://127.0.0.1./v1",
    "https://127。0。0。1/v1",
    "https://[::1]/v1",
    "https://[::ffff:127.0.0.1]/v1",
    "https://[::ffff:7f00:1]/v1",
    "https://169.254.169.254/latest",
    "https://[fe80::1%25eth0]/v1",
    "https://0/v1",
    "https://[64:ff9b::7f00:1]/",
    "http://127.0.0.1:11435/v1",
    "http://model.internal:8000/v1",
    "https://192.168.1.10:8443/v1",
]


@pytest.fixture
def limited() -> Iterator[None]:
    """As an operator's server: a model server at one address of this machine."""
    yield from limits("127.0.0.1:11434")


def limits(*local: str) -> Iterator[None]:
    before = transport._addresses
    transport.limit_to(Addresses.reading(local))
    yield
    transport.limit_to(before)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_R29_an_address_within_a_network_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_R29_an_address_that_is_not_listed_is_refused_when_typed(limited: None, url: str) -> None:
    with pytest.raises(AddressRefused, match="LOCAL_MODEL_ADDRESSES"):
        transport.check(httpx.URL(url))


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "http://127.0.0.1:11434/api"])
def test_public_and_listed_addresses_are_asked(limited: None, url: str) -> None:
    transport.check(httpx.URL(url))


@pytest.mark.parametrize(
    "entry", ["", "127.0.0.1", "host:0", "host:70000", "*:80", "http://h:80", "h:x", "a@h:80", ":1"]
)
def test_an_entry_that_is_no_address_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match=r"must be like 127.0.0.1:11434"):
        Addresses.reading([entry])


class Stub(AbstractResolver):
    """Answers by a script, the last answer again and again, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with Loopback() as server:
        yield server


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where anything in this process tried to connect to; nothing gets there."""
    tried: list[object] = []

    async def connect(**given: Any) -> object:
        tried.append(list(given["addr_infos"]))
        raise OSError("nothing is connected to in this test")

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", connect)
    return tried


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:10.0.0.1"], ["169.254.169.254"]],
    ids=str,
)
async def test_R29_a_name_with_any_private_address_is_never_connected_to(
    limited: None, connects: list[object], found: list[str]
) -> None:
    client = httpx.AsyncClient(transport=Transport(resolver=Stub(found)), trust_env=False)
    with pytest.raises(AddressRefused, match=r"api.example.com:443 is on a private network"):
        await client.get("https://api.example.com/v1")
    assert connects == []
    await client.aclose()


async def test_R29_a_name_that_changes_between_check_and_call_is_connected_to_as_checked(
    limited: None, connects: list[object]
) -> None:
    """Rebinding: the second answer would be this machine, and nobody asks for a second one."""
    resolver = Stub(["104.18.7.192"], ["127.0.0.1"])
    client = httpx.AsyncClient(transport=Transport(resolver=resolver), trust_env=False)
    with pytest.raises(httpx.ConnectError):
        await client.get("https://api.example.com/v1")
    [tried] = connects
    assert [info[4][0] for info in tried] == ["104.18.7.192"]  # type: ignore[attr-defined]
    assert resolver.asked == 1
    await client.aclose()


@pytest.mark.parametrize("url", REFUSED_URLS)
async def test_R29_a_refused_address_is_never_connected_to(
    limited: None, connects: list[object], url: str
) -> None:
    client = httpx.AsyncClient(transport=Transport(resolver=Stub(["127.0.0.1"])), trust_env=False)
    with pytest.raises(AddressRefused):
        await client.get(url)
    assert connects == []
    await client.aclose()


async def test_a_listed_name_keeps_its_name_on_the_wire(server: Loopback) -> None:
    port = int(server.base_url.rpartition(":")[2])
    for _ in limits(f"models.internal:{port}"):
        transport_ = Transport(resolver=Stub(["127.0.0.1"]))
        client = httpx.AsyncClient(transport=transport_, trust_env=False)
        answer = await client.post(f"http://models.internal:{port}/v1", json={"model": "m"})
        assert answer.status_code == 200
        await client.aclose()
    assert server.requests[0].headers["host"] == f"models.internal:{port}"


async def test_a_model_at_a_refused_address_fails_with_a_sentence(limited: None) -> None:
    config = ModelConfig("m", "openai", base_url="http://10.0.0.5:8000/v1", api_key="sk-1234567890")
    request = config.request([{"role": "user", "content": "Hi"}], max_tokens=1, temperature=None)
    with pytest.raises(Rejected) as caught:
        async for _ in PROVIDERS["openai"](request, None):
            pass
    assert "LOCAL_MODEL_ADDRESSES" in caught.value.message
    assert not caught.value.retryable


async def test_without_a_limit_any_address_is_asked(server: Loopback) -> None:
    before = transport._addresses
    transport.limit_to(None)
    client = httpx.AsyncClient(transport=Transport(), trust_env=False)
    assert (await client.post(server.base_url, json={"model": "m"})).status_code == 200
    await client.aclose()
    transport.limit_to(before)


def resolving(monkeypatch: pytest.MonkeyPatch, resolve: Any) -> None:
    monkeypatch.setattr(lookup.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(lookup, "found", LOOKED_UP)


def test_R29_every_address_of_a_typed_name_is_looked_at(
    limited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ["104.18.7.192", "192.168.1.1"]
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 443)) for found in addresses]
    resolving(monkeypatch, lambda *given, **named: infos)
    with pytest.raises(AddressRefused, match=r"llm.example:443 is on a private network"):
        transport.check_typed(httpx.URL("https://llm.example/v1"))
    infos.pop()
    assert transport.check_typed(httpx.URL("https://llm.example/v1"))


def test_a_name_server_that_does_not_answer_is_not_waited_for(
    limited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def wait(*given: Any, **named: Any) -> list[Any]:
        answers.wait(30)
        return []

    resolving(monkeypatch, wait)
    monkeypatch.setattr(lookup, "WAIT_S", 0.05)
    began = time.monotonic()
    assert not transport.check_typed(httpx.URL("https://llm.example/v1"))
    assert time.monotonic() - began < 5
    answers.set()
