"""Spans to a collector: OTLP over HTTP, in batches, from a thread of their own.

All of it is set by OpenTelemetry's own variables, as OTEL_EXPORTER_OTLP_ENDPOINT.
"""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from chat.process import redaction
from chat.traces.spans import Spans

logger = logging.getLogger(__name__)

# They have several lines for every batch that is not taken, and may quote what it was sent with.
_LOUD = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)

_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")


def to_collector() -> Spans:
    redaction.learn(*_keys())
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return Spans(BatchSpanProcessor(SaidOnce(OTLPSpanExporter())))


def _keys() -> Iterator[str]:
    """What the collector is shown. A header that is written wrongly is told as it is."""
    for name in _HEADERS:
        for header in os.environ.get(name, "").split(","):
            value = re.split("[=:]", header, maxsplit=1)[-1].strip()
            yield from (header.strip(), value, unquote(value))


class SaidOnce(SpanExporter):
    """A collector that is away is one line in the log, and another when it is back."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception:  # some releases return what went wrong, others raise it
            result = SpanExportResult.FAILURE
        is_away = result is not SpanExportResult.SUCCESS
        if is_away and not self._is_away:
            logger.warning("traces are not taken by their collector, and dropped until they are")
        elif self._is_away and not is_away:
            logger.info("traces are taken by their collector again")
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
