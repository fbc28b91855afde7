"""What is told about each request: one log line, and the metrics."""

from __future__ import annotations

from security.errors import Problem
from service.exchange import Exchange
from service.log import Events
from service.metrics import Metrics


class Telemetry:
    """Tells the log, and the metrics where they are switched on, how each request ended. Secrets never come here."""

    def __init__(self, events: Events, metrics: Metrics | None) -> None:
        self._events = events
        self._metrics = metrics

    def finished(self, exchange: Exchange, status: int, seconds: float) -> None:
        """A request was answered with `status`, or given up by its client (0)."""
        route = exchange.operation or exchange.beside or "none"
        session = exchange.session
        self._events.request(
            "error" if status >= 500 else "info",
            {
                "event": "request",
                "id": exchange.request_id.decode("ascii"),
                "method": exchange.method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 3),
                "sid": session.session_id if session is not None else None,
                "reason": exchange.reason or None,
                "client": exchange.client,
            },
        )
        if self._metrics is not None:
            self._metrics.answered(route, status, seconds, exchange.reason)

    def refused(self, identity: bytes, problem: Problem, client: str) -> None:
        """What `client` sent was answered with `problem`, as it could not be read as a request."""
        self._events.request(
            "info",
            {
                "event": "request",
                "id": identity.decode("ascii"),
                "method": None,
                "route": "none",
                "status": problem.status,
                "ms": 0.0,
                "sid": None,
                "reason": problem.reason,
                "client": client,
            },
        )
        if self._metrics is not None:
            self._metrics.answered("none", problem.status, 0.0, problem.reason)

    def crashed(self, exchange: Exchange, error: BaseException) -> None:
        """A fault of ours: the log gets the traceback, under the request's id."""
        self._events.log.error("crash", id=exchange.request_id.decode("ascii"), exc_info=error)
