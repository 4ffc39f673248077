"""What a provider's answer comes to, however it was cut on its way."""

from chat.cascade.providers.base import Delta, Provider, Request, together


async def deltas_of(stream: Provider, request: Request) -> list[Delta]:
    return list(together([delta async for delta in stream(request, None)]))
