"""What a collector of traces is told of a turn, and what it is never told."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from cascadeweb.requests import Named
from chat import traces
from chat.cascade import Rejected
from chat.models import Turn
from chat.process import redaction
from chat.traces.export import SaidOnce, to_collector
from chat.traces.spans import Spans
from chat.turns import drain, play, take
from chat.turns.events import TurnEventType
from chat.turns.stop import stop
from tests.people import amake_conversation, aoffer
from tests.scripted import Scripted
from tests.turns.scenarios import BAD, BOTH, GOOD, LOST, RENAME, SUM, WRONG_SUM, calls
from tests.turns.test_turn_life import answered, begun, ended

ROOT = Path(__file__).parent.parent.parent
MS = 1_000_000

pytestmark = pytest.mark.django_db(transaction=True)


class Collector:
    """Keeps spans here; children come before their parent, as they end."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        self.spans = Spans(SimpleSpanProcessor(self._kept))

    @property
    def turn(self) -> ReadableSpan:
        [turn] = [span for span in self.all if span.parent is None]
        return turn

    @property
    def inside(self) -> list[ReadableSpan]:
        return [span for span in self.all if span.parent is not None]

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        return self._kept.get_finished_spans()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Collector:
    collector = Collector()
    monkeypatch.setattr(play, "tracer", collector.spans)
    return collector


async def told(turn: Turn) -> Turn:
    """Read again after it was played and told of."""
    turn = await ended(turn)
    while play.players:
        await asyncio.sleep(0)
    return turn


async def test_an_accepted_draft_is_a_span_in_that_of_its_turn(
    collector: Collector, scripted: Scripted
) -> None:
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    turn = await told(await begun(conversation))
    whole, [draft] = collector.turn, collector.inside
    assert whole.name == f"invoke_workflow {conversation.cascade.name}"
    assert whole.kind == SpanKind.INTERNAL and whole.status.status_code == StatusCode.UNSET
    assert whole.attributes["gen_ai.operation.name"] == "invoke_workflow"
    assert whole.attributes["gen_ai.conversation.id"] == str(conversation.id)
    assert whole.attributes["cascade.turn.id"] == str(turn.id)
    assert whole.attributes["cascade.turn.status"] == "completed"
    assert whole.attributes["cascade.route.strategy"] == "cascade"
    assert whole.attributes["cascade.route.complexity"] == turn.complexity
    assert whole.attributes["cascade.draft.accepted"] is True
    assert whole.attributes["cascade.cost.saved_usd"] == float(turn.saved_usd)
    assert (draft.name, draft.kind) == ("chat small", SpanKind.CLIENT)
    assert draft.parent.span_id == whole.context.span_id
    assert draft.attributes["gen_ai.operation.name"] == "chat"
    assert draft.attributes["gen_ai.provider.name"] == "scripted"
    assert draft.attributes["gen_ai.request.model"] == "small"
    assert draft.attributes["gen_ai.usage.input_tokens"] == 1000
    assert draft.attributes["gen_ai.usage.output_tokens"] == 200
    assert draft.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert draft.attributes["gen_ai.response.time_to_first_chunk"] >= 0
    assert draft.attributes["cascade.decision.accepted"] is True
    assert (
        draft.attributes["cascade.decision.score"]
        >= (draft.attributes["cascade.decision.threshold"])
    )
    assert whole.start_time <= draft.start_time <= draft.end_time <= whole.end_time


async def test_of_a_draft_set_aside_is_told_why_and_who_answered(
    collector: Collector, scripted: Scripted
) -> None:
    scripted.answers = {"small": BAD, "large": GOOD}
    await told(await begun(await amake_conversation()))
    draft, verifier = collector.inside
    assert draft.attributes["cascade.decision.accepted"] is False
    assert draft.attributes["cascade.decision.reason"] == "refusal"
    assert draft.attributes["cascade.attempt.switch_reason"] == "quality_insufficient"
    assert draft.status.status_code == StatusCode.UNSET, "it is what cascades are for"
    assert verifier.attributes["gen_ai.request.model"] == "large"
    assert verifier.attributes["cascade.attempt.role"] == "verifier"
    assert draft.end_time <= verifier.start_time + MS, "by rounded milliseconds"
    assert collector.turn.attributes["cascade.draft.accepted"] is False


async def test_what_failed_has_a_code_and_no_sentence(
    collector: Collector, scripted: Scripted
) -> None:
    scripted.answers = {"small": [LOST], "large": [Rejected("Key sk-secret was refused.")]}
    turn = await told(await begun(await amake_conversation()))
    draft, verifier = collector.inside
    assert draft.attributes["error.type"] == "draft_failed"
    assert draft.attributes["gen_ai.response.finish_reasons"] == ("error",)
    assert verifier.attributes["error.type"] == turn.error_code == "bad_request"
    assert collector.turn.attributes["error.type"] == "bad_request"
    for span in collector.all:
        assert span.status.status_code == StatusCode.ERROR and not span.status.description


@pytest.mark.parametrize(("how", "error"), [("stopped", None), ("interrupted", "interrupted")])
async def test_what_was_stopped_is_told_as_far_as_it_went(
    collector: Collector, scripted: Scripted, how: str, error: str | None
) -> None:
    scripted.answers = {"small": ["The Moon ", asyncio.Event()]}
    turn = await begun(await amake_conversation())
    while not scripted.open:
        await asyncio.sleep(0.01)
    if how == "stopped":
        await stop(turn)
    else:
        play.players[str(turn.id)].stop(TurnEventType.INTERRUPTED)
    await told(turn)
    [draft] = collector.inside
    assert collector.turn.attributes["cascade.turn.status"] == how
    assert collector.turn.attributes.get("error.type") == error
    assert draft.attributes["cascade.attempt.status"] == how
    assert draft.attributes.get("error.type") == error
    assert draft.attributes["gen_ai.response.finish_reasons"] == ("error",), "it is no provider's"


async def test_tools_that_were_run_are_spans_beside_their_attempts(
    collector: Collector, scripted: Scripted
) -> None:
    scripted.answers = {"small": [calls(SUM, WRONG_SUM), GOOD]}
    conversation = await amake_conversation()
    await aoffer(*BOTH)
    await told(await begun(conversation))
    names = [span.name for span in collector.inside]
    tool = "execute_tool calculate"
    assert names == ["chat small", tool, tool, "chat small"]
    attempt, right, wrong, _ = collector.inside
    assert attempt.attributes["gen_ai.response.finish_reasons"] == ("tool_calls",)
    assert right.attributes["gen_ai.operation.name"] == "execute_tool"
    assert right.attributes["gen_ai.tool.name"] == "calculate"
    assert right.attributes["gen_ai.tool.call.id"] == "call_0"
    assert right.kind == SpanKind.INTERNAL
    assert right.parent.span_id == collector.turn.context.span_id
    assert "error.type" not in right.attributes
    assert wrong.attributes["error.type"] == "tool_error"


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_tool_its_reader_refused_was_not_run(
    collector: Collector, scripted: Scripted, allowed: bool
) -> None:
    scripted.answers = {"small": [calls(RENAME), GOOD]}
    conversation = await amake_conversation()
    await aoffer(*BOTH)
    turn = await begun(conversation)
    await answered(turn, allowed=allowed)
    await told(turn)
    tools = [span for span in collector.inside if span.name.startswith("execute_tool")]
    assert len(tools) == allowed


CANARY = "canary"
OURS = ("OTEL_", "TRACES", "DATABASE_URL", "REDIS_URL", "PYTEST_", "METRICS_")


async def test_no_text_is_in_a_span(collector: Collector, scripted: Scripted) -> None:
    """Nor what a model calls a tool that does not exist, nor what a provider says."""
    scripted.answers = {
        "small": [
            calls(("calculate", f'{{"expression": "{CANARY}"}}')),
            [f"I'm sorry, I cannot help with that {CANARY}."],
        ],
        "large": [
            calls((f"{CANARY}_tool", "{}")),
            [f"An answer with a {CANARY} ", Rejected(f"You said {CANARY}, sk-{CANARY}000000.")],
        ],
    }
    conversation = await amake_conversation()
    await aoffer(*BOTH)
    await told(await begun(conversation, f"Where is the {CANARY}?"))
    assert len(collector.inside) >= 4
    assert CANARY not in "".join(span.to_json() for span in collector.all)
    allowed = ("gen_ai.", "cascade.", "error.type")
    assert all(name.startswith(allowed) for span in collector.all for name in span.attributes)
    assert not any(span.events or span.links for span in collector.all)


async def test_a_player_apart_tells_of_the_turns_it_takes_and_of_how_long_they_waited(
    collector: Collector, scripted: Scripted, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PLAYERS = "apart"
    monkeypatch.setattr(drain._Draining, "is_on", False)
    scripted.answers = {"small": GOOD}
    turn = await begun(await amake_conversation())
    assert collector.all == ()
    await take._take(1)
    await told(turn)
    [draft] = collector.inside
    asked_ns = round(turn.created_at.timestamp() * 1000) * MS
    assert collector.turn.start_time == asked_ns < draft.start_time


TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADER = f"00-{TRACE}-{PARENT}-01"


async def test_a_question_by_http_goes_on_with_the_trace_of_its_request(
    collector: Collector, scripted: Scripted, settings
) -> None:
    from cascadeweb.asgi import application

    settings.TRACES = True
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    browser = Client()
    await sync_to_async(browser.force_login)(conversation.user)
    cookies = {"sessionid": browser.cookies["sessionid"].value, "csrftoken": "t" * 32}
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, cookies=cookies) as client:
        response = await client.post(
            f"http://127.0.0.1/c/{conversation.id}/turns/",
            data={"client_id": str(uuid.uuid4()), "prompt": "Why are there tides?"},
            headers={"traceparent": HEADER, "X-CSRFToken": "t" * 32},
        )
    assert response.is_redirect
    await told(await Turn.objects.aget())
    assert f"{collector.all[-1].context.trace_id:032x}" == TRACE
    assert f"{collector.all[-1].parent.span_id:016x}" == PARENT
    assert {span.context.trace_id for span in collector.all} == {int(TRACE, 16)}


@pytest.mark.parametrize(
    ("is_asked_for", "kind", "given", "found"),
    [
        (True, "http", HEADER, HEADER),
        (False, "http", HEADER, None),
        (True, "websocket", HEADER, None),
        (True, "http", f"{HEADER}-more", None),
        (True, "http", "a canary", None),
    ],
)
async def test_a_trace_is_told_by_requests_alone_and_by_its_form(
    settings, is_asked_for: bool, kind: str, given: str, found: str | None
) -> None:
    settings.TRACES = is_asked_for
    seen: list[str | None] = []

    async def application(scope, receive, send) -> None:
        seen.append(traces.traceparent.get())

    scope = {"type": kind, "headers": [(b"traceparent", given.encode())]}
    await asyncio.create_task(Named(application)(scope, None, None))
    assert seen == [found]


class Away(InMemorySpanExporter):
    def __init__(self, raises: bool) -> None:
        super().__init__()
        self.is_away, self.raises = True, raises

    def export(self, spans) -> SpanExportResult:
        if self.is_away and self.raises:
            raise ConnectionError
        return SpanExportResult.FAILURE if self.is_away else super().export(spans)


@pytest.mark.parametrize("raises", [True, False])
def test_a_collector_that_is_away_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, raises: bool
) -> None:
    caplog.set_level(logging.INFO, "chat")
    exporter = Away(raises)
    said = SaidOnce(exporter)
    for _ in range(3):
        said.export(())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    exporter.is_away = False
    for _ in range(3):
        said.export(())
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


class Hanging(InMemorySpanExporter):
    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def export(self, spans) -> SpanExportResult:
        self.let_go.wait()
        return SpanExportResult.SUCCESS


async def test_a_collector_that_hangs_holds_up_no_turn_and_no_exit(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Hanging()
    processor = BatchSpanProcessor(hanging)
    spans = Spans(processor)
    monkeypatch.setattr(play, "tracer", spans)
    scripted.answers = {"small": GOOD}
    assert (await told(await begun(await amake_conversation()))).status == "completed"
    await spans.flush(0.01)  # comes back
    hanging.let_go.set()
    processor.shutdown()


def test_without_being_asked_for_nothing_of_it_is_imported() -> None:
    """redis-py imports the metrics of the SDK wherever it is installed: those are not ours."""
    assert isinstance(traces.tracer, traces.Untold)
    code = (
        "import sys, django; django.setup(); import cascadeweb.asgi, chat.turns.take\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk.trace',"
        " 'opentelemetry.exporter', 'opentelemetry.proto', 'google.protobuf',"
        " 'chat.traces.'))])"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment = kept | {"DJANGO_SETTINGS_MODULE": "cascadeweb.settings"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout + done.stderr == "[]\n"


def test_asked_for_without_what_it_needs_nothing_starts(
    settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACES = True
    monkeypatch.delitem(sys.modules, "chat.traces.export")
    monkeypatch.setitem(sys.modules, OTLPSpanExporter.__module__, None)
    with pytest.raises(ImproperlyConfigured, match=r"install requirements-traces\.lock"):
        traces._chosen()


async def test_a_collector_that_is_away_is_one_line_whatever_its_library_says(
    settings,
    scripted: Scripted,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.TRACES = True
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracer = traces._chosen()
    monkeypatch.setattr(play, "tracer", tracer)
    scripted.answers = {"small": GOOD}
    conversation = await amake_conversation()
    for _ in range(2):
        assert (await told(await begun(conversation))).status == "completed"
        await tracer.flush(60)
    warnings = [record.name for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == ["chat.traces.export"]


@pytest.mark.parametrize(
    "header", ["api-key: topsecret123", "api key=topsecret123", "a=b,other one: topsecret123"]
)
def test_a_key_that_is_written_wrongly_is_not_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    """The library quotes it, for its operator to see what is wrong."""
    monkeypatch.setattr(redaction, "_known", set())
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", header)
    to_collector()
    assert "topsecret123" in caplog.text and "topsecret123" not in redaction.redacted(caplog.text)
