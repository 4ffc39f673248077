"""Spans as a collector receives them: from a process that plays, over HTTP."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.db import connection
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from chat.models import Turn
from chat.traces import traceparent
from tests.faults.fleet import Server, environment_with
from tests.loopback import Loopback, Reply
from tests.people import amake_cascade, amake_conversation
from tests.turns.test_turn_life import begun

pytestmark = pytest.mark.django_db(transaction=True)


class Collector(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiving)
        self.received: list[ExportTraceServiceRequest] = []


class Receiving(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.server.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def database_url() -> str:
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


async def test_a_player_apart_sends_its_spans_and_at_its_end_what_waits(
    collector: Collector, settings, tmp_path: Path
) -> None:
    settings.PLAYERS = "apart"
    environment = environment_with(
        DATABASE_URL=database_url(),
        PLAYERS="apart",
        TRACES="1",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=tests",
        OTEL_BSP_SCHEDULE_DELAY="3600000",  # ms: nothing is sent before the end
    )
    async with Loopback() as provider:
        provider.script("small", Reply.error(400))
        provider.script("large", Reply("A secret answer."))
        cascade = await amake_cascade(kind="openai", base_url=provider.base_url)
        traceparent.set("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        turn = await begun(await amake_conversation(cascade=cascade), "A secret question?")
        player = Server(environment, tmp_path / "player.txt", "play")
        player.start()
        while (await Turn.objects.aget(id=turn.id)).is_live:
            assert player.process.poll() is None, player.said
            await asyncio.sleep(0.05)
        assert collector.received == []
        assert await asyncio.to_thread(player.end, signal.SIGTERM) == 0
    [sent] = collector.received
    [of] = sent.resource_spans
    named = {each.key: each.value.string_value for each in of.resource.attributes}
    assert named["service.name"] == "cascade-chat"
    assert named["deployment.environment.name"] == "tests"
    *inside, whole = [span for scope in of.scope_spans for span in scope.spans]
    assert [span.name for span in inside] == ["chat small", "chat large"]
    assert {span.parent_span_id for span in inside} == {whole.span_id}
    assert whole.parent_span_id.hex() == "b7ad6b7169203331", "of the request that asked"
    assert b"secret" not in sent.SerializeToString()
