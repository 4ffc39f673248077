"""The doorbell through Redis, and without it."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator

import pytest
from channels_redis.core import RedisChannelLayer

from chat.turns import doorbell


def layer(address: str) -> RedisChannelLayer:
    return RedisChannelLayer(hosts=[{"address": address, "socket_timeout": 30}])


@pytest.fixture
async def through_redis(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """As if this were two processes: what is rung through Redis is heard from Redis."""
    address = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    shared = layer(address)
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: shared)
    yield
    await shared.close_pools()


async def test_it_rings_in_another_process(through_redis: None) -> None:
    conversation_id, rung, news = uuid.uuid4(), asyncio.Event(), asyncio.Event()
    listening = asyncio.create_task(doorbell.listen(news.set))
    with doorbell.answered(conversation_id, rung.set):
        async with asyncio.timeout(5):
            while not rung.is_set():
                await doorbell._ring_elsewhere(conversation_id)
                await asyncio.sleep(0.05)
    assert news.is_set()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_here_it_rings_at_once() -> None:
    conversation_id, rung = uuid.uuid4(), asyncio.Event()
    with doorbell.answered(conversation_id, rung.set):
        doorbell.ring_here(conversation_id)
        assert rung.is_set()
        assert doorbell.is_answered()
    doorbell.ring_here(conversation_id)
    assert not doorbell.is_answered()


async def test_one_that_cannot_ring_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = layer("redis://127.0.0.1:9")
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: nowhere)
    await doorbell.ring(uuid.uuid4())
    async with asyncio.timeout(5):
        while "a doorbell was lost" not in caplog.text:
            await asyncio.sleep(0.01)
    listening = asyncio.create_task(doorbell.listen(lambda: None))
    async with asyncio.timeout(5):
        while "no doorbells from other processes" not in caplog.text:
            await asyncio.sleep(0.01)
    assert not listening.done()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await nowhere.close_pools()
