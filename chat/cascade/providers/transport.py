"""The one place that makes an httpx client.

One client per event loop (and per transport, in tests), so connections are reused. Each lives in
an async generator that its loop finalizes: `asyncio.run` closes the client when it ends, and nobody
has to remember to. Redirects are never followed and the environment's proxies never used: a prompt
and a key go to the address in the model's configuration or nowhere.
"""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

import httpx

LIMITS = httpx.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=30)

_Holder = AsyncGenerator[httpx.AsyncClient, None]
_Held = dict[httpx.AsyncBaseTransport | None, tuple[httpx.AsyncClient, _Holder]]
_held: WeakKeyDictionary[asyncio.AbstractEventLoop, _Held] = WeakKeyDictionary()


async def shared_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The running loop's client."""
    clients = _held.setdefault(asyncio.get_running_loop(), {})
    if transport not in clients:
        holder = _hold(transport, clients)
        clients[transport] = (await anext(holder), holder)
    return clients[transport][0]


async def close_clients() -> None:
    """Close the running loop's clients: for a server that shuts down without ending its loop."""
    for _, holder in list(_held.get(asyncio.get_running_loop(), {}).values()):
        await holder.aclose()


async def _hold(transport: httpx.AsyncBaseTransport | None, clients: _Held) -> _Holder:
    client = httpx.AsyncClient(
        transport=transport, limits=LIMITS, follow_redirects=False, trust_env=False, timeout=None
    )
    try:
        yield client
    finally:
        clients.pop(transport, None)
        await client.aclose()
