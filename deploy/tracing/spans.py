"""Makes a span of each request in session-refresh's log that belongs to a trace, and sends it by OTLP.

It reads the log from its standard input, beside the service: that has no dependency on it, and never waits for it. See
docs/tracing.md. Needs what requirements.txt beside it names, and is configured by OpenTelemetry's own variables, OTEL_….
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def requests(log: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The lines of requests that belong to a trace. What is no whole line of JSON is passed over."""
    for text in log:
        with contextlib.suppress(ValueError):
            line = json.loads(text)
            if isinstance(line, dict) and line.get("event") == "request" and "trace_id" in line:
                yield line


def make_span(tracer: trace.Tracer, line: dict[str, Any]) -> None:
    """Makes the span of that line: beneath the caller's, and recorded if the caller's is."""
    caller = trace.SpanContext(
        int(line["trace_id"], 16),
        int(line["parent_id"], 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(int(line["trace_flags"], 16)),
    )
    ended = (datetime.fromisoformat(line["timestamp"]) - EPOCH) // timedelta(microseconds=1) * 1000
    status = line["status"]
    # OpenTelemetry's semantic conventions for HTTP servers. Who it was stays in the log: traces may go elsewhere.
    span = tracer.start_span(
        f"{line['method'] or 'HTTP'} {line['route']}",
        context=trace.set_span_in_context(trace.NonRecordingSpan(caller)),
        kind=trace.SpanKind.SERVER,
        start_time=ended - round(line["ms"] * 1_000_000),
        attributes={
            "http.request.method": line["method"] or "_OTHER",
            "session_refresh.listener": line["listener"],
            "session_refresh.reason": line["reason"] or "",
            "session_refresh.request_id": line["id"],
        },
    )
    if status:  # 0: the client was gone before the response
        span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(trace.StatusCode.ERROR)
    span.end(ended)


def main() -> None:
    """Until the log ends; then what is left is sent."""
    os.environ.setdefault("OTEL_SERVICE_NAME", "session-refresh")
    provider = TracerProvider()  # its sampler follows the caller, unless OTEL_TRACES_SAMPLER says otherwise
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("session-refresh.log")
    try:
        for line in requests(sys.stdin):
            make_span(tracer, line)
    except KeyboardInterrupt:
        pass
    finally:
        provider.shutdown()


if __name__ == "__main__":
    main()
