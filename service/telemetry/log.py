"""The log: one line for each event, on stderr; JSON, or coloured text on a terminal."""

from __future__ import annotations

import atexit
import json
import logging
import os
import time
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer
from typing_extensions import override

from service.telemetry.line_writer import LineWriter

Log = structlog.typing.FilteringBoundLogger
Event = structlog.typing.EventDict


class Timestamp:
    """Adds the time in ISO 8601, UTC. The text of a second is made once; structlog's own processor takes 2 µs a line."""

    def __init__(self) -> None:
        self._second = 0
        self._text = ""

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._text = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        event["timestamp"] = f"{self._text}.{int((now - second) * 1e6):06d}Z"
        return event


def _to_json(_logger: object, _method: str, event: Event) -> bytes:
    try:
        return orjson.dumps(event, default=repr) + b"\n"
    except orjson.JSONEncodeError:  # names of files that are not UTF-8, integers of more than 64 bits
        return json.dumps(event, default=repr).encode("ascii") + b"\n"


def _to_text(descriptor: int) -> Any:
    renderer = structlog.dev.ConsoleRenderer(
        colors=os.isatty(descriptor), exception_formatter=structlog.dev.plain_traceback
    )
    return lambda *arguments: f"{renderer(*arguments)}\n".encode(errors="backslashreplace")


class LogPipeline:
    """Turns events into lines: through structlog's processors to a line writer.

    A traceback never shows the values of variables, as structlog's own would: tokens are among them.

    `log` is a structlog logger for what happens now and then, `always` one for the audit trail, whatever the level is.
    `request` is the same pipeline without the bookkeeping of
    structlog's logger, which takes 3 µs a line.
    """

    def __init__(self, level: str, style: str, descriptor: int = 2) -> None:
        stamp = Timestamp()
        as_json = [structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)), _to_json]
        processors: list[Any] = [structlog.processors.add_log_level, stamp]
        processors += as_json if style == "json" else [_to_text(descriptor)]
        self._stamp = stamp
        self._render = processors[-1]
        self.writer = LineWriter(descriptor, self._report_dropped)
        atexit.register(self.flush)

        def logger(lowest: str) -> Log:
            made: Log = structlog.wrap_logger(
                LineLogger(self.writer.write),
                processors=processors,
                wrapper_class=structlog.make_filtering_bound_logger(lowest),
            ).bind()
            return made

        self.log = logger(level)
        self.always = logger("info")
        self._enabled = {name: self.log.is_enabled_for(getattr(logging, name.upper())) for name in ("info", "error")}

    def request(self, level: str, event: Event) -> None:
        """Logs `event`, which is changed by it, at level "info" or "error"."""
        if self._enabled[level]:
            event["level"] = level
            self.writer.write(self._render(None, level, self._stamp(None, level, event)))

    def flush(self) -> None:
        """Returns when all lines are written, or after half a second."""
        self.writer.flush()

    def _report_dropped(self, total: int) -> bytes:
        event = {"event": "log lines dropped", "total": total, "level": "warning"}
        line: bytes = self._render(None, "warning", Timestamp()(None, "warning", event))
        return line


class LineLogger:
    """What structlog calls a logger: it takes a rendered line, by the name of the event's level."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.log = self.debug = self.info = self.warning = self.error = self.critical = self.exception = write
        self.msg = write


class StructlogHandler(logging.Handler):
    """Passes the log records of the standard library, those of uvicorn and connexion, to our log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None)


def capture_standard_library(log: Log) -> None:
    """From here on, warnings and errors of libraries go to `log`."""
    logging.basicConfig(handlers=[StructlogHandler(log)], level=logging.WARNING, force=True)
