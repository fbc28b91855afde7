"""deploy/tracing/collector.yaml: an OpenTelemetry Collector's configuration, held to the log that it reads.

Neither Debian nor PyPI has a package of the Collector: what it would do is checked as far as that goes without it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import yaml

from tests.support import tables
from tests.unit.test_log_page import full_line

TEXT = (tables.ROOT / "deploy/tracing/collector.yaml").read_text()
COLLECTOR = yaml.safe_load(TEXT)


def operators():
    """The steps that a line goes through, by their type."""
    return {each["type"]: each for each in COLLECTOR["receivers"]["file_log"]["operators"]}


def test_pipelines_are_of_parts_that_are_there():
    """Each part that a pipeline names is configured, and each that is configured is in a pipeline."""
    for kind in ("receivers", "processors", "exporters"):
        named = {part for pipeline in COLLECTOR["service"]["pipelines"].values() for part in pipeline[kind]}
        assert named == set(COLLECTOR[kind])


def test_fields_are_those_of_the_log():
    """Every field that is read is in the line of a request with a trace."""
    fields = set(re.findall(r"attributes\.(\w+)", TEXT))
    assert fields == {"timestamp", "level", "trace_id", "parent_id", "trace_flags"}
    assert fields <= set(full_line())


def test_time_is_read_as_it_was_written():
    """The layout, whose directives mean the same to strptime here, reads a line's time to the microsecond, as UTC."""
    clock = operators()["json_parser"]["timestamp"]
    assert clock["location"] == "UTC"
    written = full_line()["timestamp"]
    read = datetime.strptime(written, clock["layout"]).replace(tzinfo=UTC)
    assert read.strftime(clock["layout"]) == written
    assert timedelta(0) <= datetime.now(UTC) - read < timedelta(hours=1)


def test_levels_that_the_collector_does_not_know_are_mapped():
    """Its own names are debug, info, warn, error and fatal."""
    told = re.findall(
        r"`(\w+)`", next(row for row in tables.rows("docs/log.md", "field") if row["field"] == "`level`")["what it is"]
    )
    mapped = operators()["json_parser"]["severity"]["mapping"]
    assert set(told) - set(mapped.values()) == {"debug", "info", "error"}
    assert set(mapped) == {"warn", "fatal"}


def test_page_shows_the_operator_as_it_is():
    """The YAML on the page is a part of the file."""
    (block,) = re.findall(
        r"^```yaml\n(.*?)^```", (tables.ROOT / "docs/tracing.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert yaml.safe_load(block) == [operators()["trace_parser"]]
