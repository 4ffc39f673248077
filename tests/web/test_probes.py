"""What orchestrators and servers are told of the process."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.testing import HttpCommunicator
from django.db import OperationalError

from cascadeweb import probes
from cascadeweb.asgi import application
from chat.turns import drain, duties

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def not_draining(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain._Draining, "is_on", False)


async def asked(path: str) -> tuple[int, bytes]:
    """As a probe asks: without a host."""
    answer = await HttpCommunicator(application, "GET", path).get_response()
    return answer["status"], answer["body"]


async def test_a_process_that_serves_is_healthy_and_ready() -> None:
    assert await asked("/healthz") == (200, b"ok\n")
    assert await asked("/readyz") == (200, b"ready\n")


async def test_one_that_drains_lives_and_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain._Draining, "is_on", True)
    assert await asked("/healthz") == (200, b"ok\n")
    assert await asked("/readyz") == (503, b"draining\n")


async def test_one_without_its_database_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("gone away")

    monkeypatch.setattr(probes, "connection", SimpleNamespace(ensure_connection=away))
    assert await asked("/readyz") == (503, b"no database\n")


async def test_a_probe_does_not_wait_as_long_as_everybody_for_a_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = threading.Event()
    waits = SimpleNamespace(ensure_connection=lambda: answers.wait(10))
    monkeypatch.setattr(probes, "connection", waits)
    monkeypatch.setattr(probes, "READY_WITHIN_S", 0.1)
    assert await asked("/readyz") == (503, b"no database\n")
    answers.set()


async def test_a_server_that_tells_of_start_and_end_has_its_process_sweep_and_drain() -> None:
    lifespan = ApplicationCommunicator(application, {"type": "lifespan"})
    await lifespan.send_input({"type": "lifespan.startup"})
    assert await lifespan.receive_output() == {"type": "lifespan.startup.complete"}
    assert "sweeper" in [task.get_name() for task in asyncio.all_tasks()]
    await lifespan.send_input({"type": "lifespan.shutdown"})
    assert await lifespan.receive_output(3) == {"type": "lifespan.shutdown.complete"}
    assert drain.is_draining()
    for task in duties._tasks:
        task.cancel()
