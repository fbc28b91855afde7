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
        sid = exchange.session.session_id if exchange.session is not None else None
        self._tell(exchange.request_id, exchange.method, route, status, seconds, sid, exchange.reason, exchange.client)

    def refused(self, identity: bytes, problem: Problem, client: str) -> None:
        """What `client` sent was answered with `problem`, as it could not be read as a request."""
        self._tell(identity, None, "none", problem.status, 0.0, None, problem.reason, client)

    def _tell(
        self,
        identity: bytes,
        method: str | None,
        route: str,
        status: int,
        seconds: float,
        sid: str | None,
        reason: str,
        client: str,
    ) -> None:
        self._events.request(
            "error" if status >= 500 else "info",
            {
                "event": "request",
                "id": identity.decode("ascii"),
                "method": method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 3),
                "sid": sid,
                "reason": reason or None,
                "client": client,
            },
        )
        if self._metrics is not None:
            self._metrics.answered(route, status, seconds, reason)

    def crashed(self, exchange: Exchange, error: BaseException) -> None:
        """A fault of ours: the log gets the traceback, under the request's id."""
        self._events.log.error("crash", id=exchange.request_id.decode("ascii"), exc_info=error)
