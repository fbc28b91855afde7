"""docs/log.md tells every event, every field and every reason of a refusal once, as they are in the code."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter

from security.authentication import Identity
from security.tokens import Session
from service.http.request_recorder import RequestRecorder
from service.telemetry.log import LogPipeline, StructlogHandler
from tests.support import log_calls, refusals, tables
from tests.support.request_contexts import request_for

EVENTS = {tables.code(row["event"])[0]: row for row in tables.rows("docs/log.md", "event") if "`" in row["event"]}
FIELDS = {tables.code(row["field"])[0]: row for row in tables.rows("docs/log.md", "field")}
COMMON = {"event", "level", "timestamp"}
(LINE,) = [line for line in (tables.ROOT / "docs/log.md").read_text().splitlines() if line.startswith('{"event"')]
OF_REQUESTS = {*json.loads(LINE), "device"} - COMMON  # as the row of the event says
REASONS = [reason for row in tables.rows("docs/log.md", "reason") for reason in tables.code(row["reason"])]
LOGGED = log_calls.events()
TYPES = {"text": str, "number": int | float, "list": list, "null": type(None)}


def lines(write):
    """The lines that `write` has a pipeline log, as JSON."""
    reading, writing = os.pipe()
    pipeline = LogPipeline("info", "json", writing)
    write(pipeline)
    pipeline.flush()
    os.close(writing)
    with os.fdopen(reading) as log:
        return [json.loads(line) for line in log]


def full_line():
    """The line of a request of which everything is known."""
    request = request_for("POST", "/", (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    request.session_id, request.organisation, request.thumbprint, request.reason = "s", "o", "t", "r"
    request.identity = Identity(Session("u", "o", "s", 0, {}, key_id="k"))

    def write(pipeline):
        RequestRecorder(pipeline, None).record(request, 200, 0.001)

    (line,) = lines(write)
    return line


def test_page_names_each_thing_once():
    """No event and no field has two rows."""
    for column in ("event", "field"):
        named = Counter(row[column] for row in tables.rows("docs/log.md", column))
        assert [name for name, count in named.items() if count > 1] == []


def test_every_event_is_told():
    """What the code logs is in the table, with its level and its fields."""
    assert len(LOGGED) > 20
    for event in LOGGED:
        rows = [row for text, row in EVENTS.items() if event.is_in(text)]
        assert len(rows) == 1, event
        assert rows[0]["level"] == event.level, event
        assert set(tables.code(rows[0]["fields"])) == event.fields, event


def test_no_other_event_is_told():
    """What the table tells, the code logs."""
    made_elsewhere = {"request", "log lines dropped"}
    told = [text for text in EVENTS if not any(event.is_in(text) for event in LOGGED)]
    assert set(told) == made_elsewhere


def test_fields_of_a_request_are_told():
    """The line of a request of which everything is known has the fields of its row, with the types of theirs."""
    line = full_line()
    assert set(line) == COMMON | OF_REQUESTS
    assert EVENTS["request"]["fields"] == "those of the line above, and `device`"
    for name, value in line.items():
        types = [TYPES[each] for each in FIELDS[name]["type"].split(" or ")]
        assert any(isinstance(value, each) for each in types), name


def test_fields_that_a_request_may_lack_are_told():
    """Of a request of which nothing is known, the fields that are absent and those that are null are as the table says."""

    def write(pipeline):
        RequestRecorder(pipeline, None).record(request_for("", ""), 503, 0.0)

    (line,) = lines(write)
    assert {name for name in full_line() if name not in line} == {
        name
        for name, row in FIELDS.items()
        if "absent " in row["what it is"] or "beside `trace_id`" in row["what it is"]
    }
    assert {name for name, value in line.items() if value is None} == {
        name for name, row in FIELDS.items() if row["type"].endswith(" or null")
    }
    assert line["level"] == "error"


def test_lines_of_libraries_are_told():
    """They have the fields of the table's last row; that of dropped lines is made by the pipeline, and has its own."""

    def write(pipeline):
        record = logging.LogRecord("asyncio", logging.ERROR, "", 1, "of a library", (), None)
        StructlogHandler(pipeline.log).emit(record)
        pipeline.writer.write(pipeline._report_dropped(3))

    of_library, of_dropped = lines(write)
    last = tables.rows("docs/log.md", "event")[-1]
    assert last["event"] == "any other text"
    assert set(of_library) - COMMON == set(tables.code(last["fields"])) - {"exception"}
    assert set(of_dropped) - COMMON == set(tables.code(EVENTS["log lines dropped"]["fields"]))
    assert (of_dropped["event"], of_dropped["level"]) == ("log lines dropped", EVENTS["log lines dropped"]["level"])


def test_every_field_is_told():
    """The table of fields has those of all events, and no other; each example has its type."""
    used = (
        COMMON
        | OF_REQUESTS
        | {name for row in tables.rows("docs/log.md", "event") for name in tables.code(row["fields"])}
    )
    assert set(FIELDS) == used
    for name, row in FIELDS.items():
        example = json.loads(tables.code(row["example"])[0])
        assert isinstance(example, TYPES[row["type"].split(" or ")[0]]), name


def test_line_on_the_page_is_one():
    """The example is a line as it is written: with all fields of a request but the device's."""
    assert list(json.loads(LINE)) == [name for name in full_line() if name != "device"]


def test_reasons_are_those_of_the_code():
    """Each reason for which the code refuses a request is told once, and no other is."""
    assert len(REASONS) > 100
    assert sorted(REASONS) == sorted(refusals.reasons())


def test_each_reason_says_what_to_do():
    """No cell is empty, and what is in the first is reasons alone."""
    for row in tables.rows("docs/log.md", "reason"):
        assert all(row.values())
        assert " ".join(f"`{reason}`" for reason in tables.code(row["reason"])) == row["reason"]
