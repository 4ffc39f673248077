"""One client per loop, closed with it."""

import asyncio

import httpx

from chat.cascade.providers.transport import close_clients, shared_client


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


async def test_neither_redirects_nor_the_environment_lead_elsewhere() -> None:
    client = await shared_client()
    assert not client.follow_redirects
    assert not client.trust_env
