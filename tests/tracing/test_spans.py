"""docs/tracing.md as it is written: the commands run, with the real SDK, at a real service."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.propagate import inject
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.support.program import PROGRAM
from tests.support.service_log import ServiceLog
from tests.support.waiting import wait_for
from tests.tracing.otlp_receiver import attributes, receiving

ROOT = Path(__file__).parents[2]
LOG, ENDPOINT = "/var/log/session-refresh/session-refresh.log", "http://127.0.0.1:4318"


@pytest.fixture
def receiver():
    """Takes spans."""
    with receiving() as receiver:
        yield receiver


class Caller:
    """A page or a proxy that makes spans by OpenTelemetry's SDK, and sends `traceparent`."""

    def __init__(self) -> None:
        self._finished = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._finished))
        self._tracer = provider.get_tracer("caller")

    def refresh(self, service, token):
        """The documented call, within a span."""
        with self._tracer.start_as_current_span("page"):
            carrier: dict[str, str] = {}
            inject(carrier)
            return service.refresh(token, *(f"{name}: {value}" for name, value in carrier.items()))

    def spans(self) -> dict[int, ReadableSpan]:
        """Its spans, by their id."""
        return {span.context.span_id: span for span in self._finished.get_finished_spans()}


def commands(receiver, log: Path) -> list[str]:
    """The commands on the page, for that receiver and that log."""
    text = (ROOT / "docs/tracing.md").read_text()
    found = re.findall(r"^\$ (.+)$", text, re.MULTILINE)
    assert len(found) == 4
    assert LOG in found[0]
    assert LOG in found[3]
    assert ENDPOINT in found[2]
    return [command.replace(LOG, str(log)).replace(ENDPOINT, receiver.url) for command in found]


def test_page_makes_spans_of_a_running_service(start, tmp_path, receiver):
    """As written: each request of a caller that traces is a span beneath the caller's, as long as the log says."""
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    log = tmp_path / "session-refresh.log"
    serve, install, *run = commands(receiver, log)
    shell = serve.replace("session-refresh serve", f'exec {PROGRAM} "$@"')
    service = start(command=("bash", "-ec", shell, "bash"), RATE_LIMIT="1000000/minute")
    service.log = ServiceLog(log)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(["bash", "-ec", install], cwd=tmp_path, env=environ, check=True)
    follower = subprocess.Popen(
        ["bash", "-ec", "\n".join(run)], cwd=tmp_path, start_new_session=True,
        env={**environ, "OTEL_BSP_SCHEDULE_DELAY": "100"},
    )  # fmt: skip
    caller, token = Caller(), service.sign(sid="traced")

    def spans():
        assert follower.poll() is None
        assert caller.refresh(service, token).status == 200
        return receiver.spans

    try:
        name, span = wait_for(spans, "a span", 60)[0]
    finally:
        os.killpg(follower.pid, signal.SIGTERM)
        follower.wait()
    parent = caller.spans()[int.from_bytes(span.parent_span_id)]
    (line,) = [each for each in service.log.lines() if each.get("parent_id") == span.parent_span_id.hex()]
    assert (name, span.name, span.kind) == ("session-refresh", "POST refreshAuthSession", Span.SPAN_KIND_SERVER)
    assert int.from_bytes(span.trace_id) == parent.context.trace_id
    assert span.end_time_unix_nano - span.start_time_unix_nano == round(line["ms"] * 1_000_000)
    assert parent.start_time <= span.start_time_unix_nano + 1000  # the log's time is in microseconds
    assert span.start_time_unix_nano <= parent.end_time
    told = attributes(span)
    assert told["http.response.status_code"] == 200
    assert told["session_refresh.request_id"] == line["id"]
    assert not {"traced", "org-1", "user-1", "127.0.0.1"} & set(map(str, told.values()))


LINE = {
    "event": "request", "id": "r-1", "method": "POST", "route": "refreshAuthSession", "status": 200, "ms": 1.5,
    "sid": "s", "org": "o", "reason": None, "client": "192.0.2.1", "listener": "public",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "parent_id": "00f067aa0ba902b7", "trace_flags": "01",
    "level": "info", "timestamp": "2026-11-27T08:15:02.123456Z",
}  # fmt: skip
# Each is in the log, and the names of the spans that it must lead to.
LINES = {
    "good": (LINE, ["r-1"]),
    "refused": ({**LINE, "id": "r-2", "status": 401, "reason": "cookie: none"}, ["r-2"]),
    "failed": ({**LINE, "id": "r-3", "status": 503, "level": "error", "reason": "store: too old"}, ["r-3"]),
    "client gone": ({**LINE, "id": "r-4", "status": 0}, ["r-4"]),
    "not readable": ({**LINE, "id": "r-5", "method": None, "route": "none", "status": 400}, ["r-5"]),
    "level 2 flags": ({**LINE, "id": "r-6", "trace_flags": "03"}, ["r-6"]),
    "not recorded by the caller": ({**LINE, "trace_flags": "00"}, []),
    "no trace": ({name: value for name, value in LINE.items() if not name.startswith("trace")}, []),
    "another event": ({"event": "audit", "trace_id": LINE["trace_id"]}, []),
    "no object": (["event"], []),
}


def test_each_line_is_a_span_or_none(receiver):
    """Only what belongs to a trace that the caller records; a line that is torn is passed over, and the rest goes on."""
    whole = [json.dumps(line) for line, _ in LINES.values()]
    log = "\n".join([whole[0][:40], "Traceback", "", *whole, whole[0][:-1]])
    environ = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_SERVICE_NAME": "renamed"}
    subprocess.run(
        [sys.executable, ROOT / "deploy/tracing/spans.py"], input=log, text=True, env=environ, check=True, timeout=60
    )
    assert {name for name, _ in receiver.spans} == {"renamed"}
    spans = {attributes(span)["session_refresh.request_id"]: span for _, span in receiver.spans}
    assert sorted(spans) == [name for _, names in LINES.values() for name in names]
    assert len(receiver.spans) == len(spans)
    for span in spans.values():
        assert (span.trace_id.hex(), span.parent_span_id.hex()) == (LINE["trace_id"], LINE["parent_id"])
        assert (span.start_time_unix_nano, span.end_time_unix_nano) == (1795767302121956000, 1795767302123456000)
    codes = {name: span.status.code for name, span in spans.items() if span.status.code}
    assert codes == {"r-3": Status.STATUS_CODE_ERROR}
    assert attributes(spans["r-2"])["session_refresh.reason"] == "cookie: none"
    assert attributes(spans["r-3"])["error.type"] == "503"
    assert "http.response.status_code" not in attributes(spans["r-4"])
    assert (spans["r-5"].name, attributes(spans["r-5"])["http.request.method"]) == ("HTTP none", "_OTHER")
