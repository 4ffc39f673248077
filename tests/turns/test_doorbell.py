"""The doorbell through Redis, and without it."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels_redis.core import RedisChannelLayer
from django.contrib.auth.models import User
from django.db import transaction

from chat.turns import doorbell


def layer(address: str) -> RedisChannelLayer:
    return RedisChannelLayer(hosts=[{"address": address, "socket_timeout": 30}])


@pytest.fixture
async def through_redis(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RedisChannelLayer]:
    address = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    shared = layer(address)
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: shared)
    yield shared
    await shared.close_pools()


async def ended(listening: asyncio.Task[None]) -> None:
    """The layer may swallow a cancellation that comes with a message."""
    while not listening.done():
        listening.cancel()
        await asyncio.wait([listening], timeout=0.1)


async def test_it_rings_in_another_process_and_once_in_its_own(
    through_redis: RedisChannelLayer,
) -> None:
    own, other, rung, news = uuid.uuid4(), uuid.uuid4(), asyncio.Event(), asyncio.Event()
    heard: list[str] = []
    listening = asyncio.create_task(doorbell.listen(news.set))
    with (
        doorbell.answered(own, lambda: heard.append("own")),
        doorbell.answered(other, rung.set),
    ):
        async with asyncio.timeout(5):
            while not rung.is_set():
                await doorbell._ring_elsewhere(own)
                await through_redis.group_send(
                    doorbell.GROUP,
                    {"type": "doorbell", "conversation": str(other), "from": "another process"},
                )
                await asyncio.sleep(0.05)
    assert news.is_set() and heard == []
    await ended(listening)


async def test_here_it_rings_at_once() -> None:
    conversation_id, rung = uuid.uuid4(), asyncio.Event()
    with doorbell.answered(conversation_id, rung.set):
        doorbell.ring_here(conversation_id)
        assert rung.is_set()
        assert doorbell.is_answered()
    doorbell.ring_here(conversation_id)
    assert not doorbell.is_answered()


async def test_one_that_cannot_ring_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    nowhere = layer("redis://127.0.0.1:9")
    settings.REDIS_URL = "redis://127.0.0.1:9"
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
    await ended(listening)
    await nowhere.close_pools()


async def test_it_rings_also_by_a_connection_that_an_outage_cut(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[dict[str, str]] = []

    class Cut:
        is_cut = True

        async def group_send(self, group: str, message: dict[str, str]) -> None:
            was_cut, self.is_cut = self.is_cut, False
            if was_cut:
                raise ConnectionError
            sent.append(message)

    layer = Cut()
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: layer)
    settings.REDIS_URL = "redis://127.0.0.1"
    await doorbell.ring(place := uuid.uuid4())
    await asyncio.gather(*doorbell._ringing)
    assert [message["conversation"] for message in sent] == [str(place)]
    assert "lost" not in caplog.text


async def test_it_listens_on_however_long_nothing_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some 40 minutes: from then on twice as long as before is more than any float."""
    tries = 0

    class Away:
        async def new_channel(self) -> str:
            nonlocal tries
            tries += 1
            if tries > 1100:
                raise asyncio.CancelledError
            raise OSError

    monkeypatch.setattr(doorbell, "get_channel_layer", Away)
    monkeypatch.setattr(doorbell.random, "uniform", lambda least, most: 0)
    with pytest.raises(asyncio.CancelledError):
        await doorbell.listen(lambda: None)


@pytest.mark.django_db(transaction=True)
def test_a_user_is_kept_where_the_bell_for_their_rights_breaks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(place: uuid.UUID) -> None:
        raise RuntimeError

    monkeypatch.setattr(doorbell, "ring_soon", breaks)
    User.objects.create(username="alice")
    with transaction.atomic():
        User.objects.create(username="bob")
    assert caplog.text.count("Error calling look_again") == 2
