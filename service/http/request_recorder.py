"""Records each request: one log line, and the metrics. Neither contains a secret."""

from __future__ import annotations

from service.api.request_context import RequestContext
from service.telemetry.log import LogPipeline
from service.telemetry.metrics import Metrics


class RequestRecorder:
    """Records how each request ended, in the log and, if they are switched on, in the metrics."""

    def __init__(self, pipeline: LogPipeline, metrics: Metrics | None) -> None:
        self._pipeline = pipeline
        self._metrics = metrics

    def record(self, request: RequestContext, status: int, seconds: float) -> None:
        """`request` was answered with `status`, `seconds` after it was complete. Status 0: its client was gone."""
        self._pipeline.request(
            "error" if status >= 500 else "info",
            {
                "event": "request",
                "id": request.request_id.decode("ascii"),
                "method": request.method or None,
                "route": request.route,
                "status": status,
                "ms": round(seconds * 1000, 3),
                "sid": request.session_id,
                "reason": request.reason or None,
                "client": request.client,
            },
        )
        if self._metrics is not None:
            self._metrics.observe(request.route, status, seconds, request.reason)

    def record_crash(self, request: RequestContext, error: BaseException) -> None:
        """`error` is a fault of ours: the log gets its traceback, with the id of the request."""
        self._pipeline.log.error("crash", id=request.request_id.decode("ascii"), exc_info=error)
