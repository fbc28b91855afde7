"""The log: one line of JSON, or of coloured text on a terminal, for each event, on stderr."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import Any

import orjson
import structlog

Log = structlog.typing.FilteringBoundLogger


class Lines:
    """A file that takes whole lines. A line that cannot be written (the disk is full) is dropped: no request waits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, line: bytes) -> None:
        """Writes `line` in one go, so that the lines of several workers do not mix."""
        with suppress(OSError):
            os.write(self._descriptor, line)

    def flush(self) -> None:
        """Nothing is held back."""


def _to_json(event: dict[str, Any], **_: Any) -> bytes:
    return orjson.dumps(event, default=repr)


def make(level: str, style: str, descriptor: int = 2) -> Log:
    """A logger that writes events from `level` on to the file descriptor, as `style` "json" or "console"."""
    renderer: Any = structlog.processors.JSONRenderer(_to_json)
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if style == "console":
        colours = structlog.dev.ConsoleRenderer(colors=os.isatty(descriptor))
        renderer = lambda *arguments: colours(*arguments).encode()  # noqa: E731
    else:
        processors.append(structlog.processors.dict_tracebacks)
    log: Log = structlog.wrap_logger(
        structlog.BytesLogger(Lines(descriptor)),  # type: ignore[arg-type]
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    ).bind()
    return log


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
