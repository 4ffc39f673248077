"""What a provider's answer comes to, however it was cut on its way, and which key it was sent."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from chat.cascade import ProviderError
from chat.cascade.providers.base import Delta, Provider, Request, together


async def deltas_of(stream: Provider, request: Request) -> list[Delta]:
    return list(together([delta async for delta in stream(request, None)]))


async def keys_sent(stream: Provider, header: str, base_url: str | None) -> list[str]:
    """To a server that refuses them, and says each again: nobody may read it then."""
    keys = []

    async def echo(key: str) -> AsyncIterator[bytes]:
        yield json.dumps({"error": {"message": f"{key} is invalid"}}).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get(header, ""))
        assert "from-env" not in str(request.url)
        return httpx.Response(401, content=echo(keys[-1]))

    with pytest.raises(ProviderError) as failure:
        request = Request("m", ({"role": "user", "content": "Hi"},), 10, 0.5, base_url)
        await anext(stream(request, httpx.MockTransport(answer)))
    assert "from-env" not in failure.value.detail + str(failure.value)
    return keys
