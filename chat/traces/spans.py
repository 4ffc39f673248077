"""What is told of a turn, as spans of OpenTelemetry's SDK."""

import asyncio
import threading

from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chat.models import Turn
from chat.traces import told
from chat.turns.state import TurnState

SERVICE = "cascade-chat"
"""What we are called where OTEL_SERVICE_NAME does not say."""


class Spans:
    """Which turns are told of is for OTEL_TRACES_SAMPLER. No provider of the whole process is
    installed: libraries would tell of what they do, and of more than we promise not to tell."""

    def __init__(self, processor: SpanProcessor) -> None:
        named = {"service.name": SERVICE, **OTELResourceDetector().detect().attributes}
        # What is left at the exit was given its time by the drain: see `flush`.
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(SERVICE)

    def turn_ended(self, turn: Turn, state: TurnState, began_ns: int) -> None:
        asked_ns = min(began_ns, state.began_at_ms * 1_000_000)
        asked_by = TraceContextTextMapPropagator().extract(
            {"traceparent": turn.traceparent or ""}, Context()
        )
        parent = self._begin(told.of_turn(turn, state), asked_ns, asked_by)
        if not parent.is_recording():
            return
        inside = set_span_in_context(parent, Context())
        ended_ns = _at(began_ns, state.latency_ms or 0)
        for each in told.inside(state):
            # Sums of rounded milliseconds may come to one more than the whole.
            its_end_ns = min(ended_ns, _at(began_ns, each.ended_ms))
            self._begin(each, began_ns, inside).end(its_end_ns)
        parent.end(ended_ns)

    def _begin(self, each: told.Told, since_ns: int, context: Context) -> Span:
        span = self._tracer.start_span(
            each.name,
            context,
            SpanKind.CLIENT if each.calls_out else SpanKind.INTERNAL,
            each.attributes,
            start_time=_at(since_ns, each.began_ms),
        )
        if each.error:
            span.set_attribute("error.type", each.error)
            span.set_status(Status(StatusCode.ERROR))
        return span

    async def flush(self, within_s: float) -> None:
        """In a thread that may be left behind: a collector that hangs holds up no exit."""
        sending = threading.Thread(target=self._provider.force_flush, name="traces", daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, within_s)


def _at(began_ns: int, ms: int) -> int:
    return began_ns + ms * 1_000_000
