"""The doorbell through Redis, and without it."""

import asyncio
import os
import uuid

import pytest
from channels_redis.core import RedisChannelLayer

from chat.turns import doorbell


def layer(address: str) -> RedisChannelLayer:
    return RedisChannelLayer(hosts=[{"address": address, "socket_timeout": 30}])


async def test_it_rings_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    address = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    here, there, conversation_id = layer(address), layer(address), uuid.uuid4()
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: here)
    channel = await there.new_channel()
    await there.group_add(doorbell.group(conversation_id), channel)
    await doorbell.ring(conversation_id)
    assert await asyncio.wait_for(there.receive(channel), 5) == {"type": "doorbell"}
    await there.group_discard(doorbell.group(conversation_id), channel)
    await here.close_pools()
    await there.close_pools()


async def test_one_that_cannot_ring_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = layer("redis://127.0.0.1:9")
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: nowhere)
    await doorbell.ring(uuid.uuid4())
    assert "a doorbell was lost" in caplog.text
    await nowhere.close_pools()
