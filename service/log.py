"""The log: one line of JSON, or of coloured text on a terminal, for each event, on stderr."""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import suppress
from typing import Any

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer

Log = structlog.typing.FilteringBoundLogger
Event = structlog.typing.EventDict


class Lines:
    """Writes whole lines to a file descriptor, so that those of several workers do not mix.

    A line that cannot be written, because the disk is full, is dropped: no request fails for it.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def msg(self, line: bytes) -> None:
        """Writes `line`; structlog calls this by the name of the event's level."""
        with suppress(OSError):
            os.write(self._descriptor, line)

    log = debug = info = warning = error = critical = exception = msg


class Timestamp:
    """Adds the time in ISO 8601, UTC; the text of a second is made once (structlog's own takes 2 µs a line)."""

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


class Events:
    """Where events go: through structlog's processors to one line each.

    A traceback never shows the values of variables, as structlog's own would: tokens are among them.

    `log` is a structlog logger for all that happens now and then. `request` is the same pipeline without the logger's
    bookkeeping, which takes 3 µs a line, for what happens all the time.
    """

    def __init__(self, level: str, style: str, descriptor: int = 2) -> None:
        lines, stamp = Lines(descriptor), Timestamp()
        as_json = [structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)), _to_json]
        processors: list[Any] = [structlog.processors.add_log_level, stamp]
        processors += as_json if style == "json" else [_to_text(descriptor)]
        self.log: Log = structlog.wrap_logger(
            lines, processors=processors, wrapper_class=structlog.make_filtering_bound_logger(level)
        ).bind()
        self._write = lines.msg
        self._stamp = stamp
        self._render = processors[-1]
        self._wanted = {name: self.log.is_enabled_for(getattr(logging, name.upper())) for name in ("info", "error")}

    def request(self, level: str, event: Event) -> None:
        """Writes `event`, which nobody else may hold, at level "info" or "error"."""
        if self._wanted[level]:
            event["level"] = level
            self._write(self._render(None, level, self._stamp(None, level, event)))


class ToStructlog(logging.Handler):
    """Hands the standard library's log records, those of uvicorn and connexion, to our log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Logs `record` under the name of its logger."""
        self._log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info or None)


def capture_standard_library(log: Log) -> None:
    """From here on, warnings and errors of libraries stand in `log`."""
    logging.basicConfig(handlers=[ToStructlog(log)], level=logging.WARNING, force=True)
