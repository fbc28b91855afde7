"""Records each request: one log line, and the metrics. Neither contains a secret."""

from __future__ import annotations

from typing import Any

from service.api.request_context import RequestContext
from service.http import trace_context
from service.telemetry.log import LogPipeline
from service.telemetry.metrics import Metrics


class RequestRecorder:
    """Records how each request ended, in the log and, if they are switched on, in the metrics."""

    def __init__(self, pipeline: LogPipeline, metrics: Metrics | None) -> None:
        self._pipeline = pipeline
        self._metrics = metrics
        self._warned = False

    def record(self, request: RequestContext, status: int, seconds: float) -> None:
        """`request` was answered with `status`, `seconds` after it was complete. Status 0: its client was gone."""
        event: dict[str, Any] = {
            "event": "request",
            "id": request.request_id.decode("ascii"),
            "method": request.method or None,
            "route": request.route,
            "status": status,
            "ms": round(seconds * 1000, 3),
            "sid": request.session_id,
            "org": request.organisation,
            "reason": request.reason or None,
            "client": request.client,
            "listener": request.listener,
        }
        if (session := request.identity.session) is not None:
            event["kid"] = session.key_id
        if request.thumbprint is not None:
            event["device"] = request.thumbprint
        if (sent := request.headers.get(trace_context.HEADER)) and (trace := trace_context.read(sent)):
            event["trace_id"], event["parent_id"], event["trace_flags"] = trace
        self._pipeline.request("error" if status >= 500 else "info", event)
        if self._metrics is not None:
            device = request.identity.device
            bound = None if device is None else request.thumbprint is not None
            self._metrics.observe(request.route, status, seconds, request.reason, bound=bound)

    def warn_of_untrusted(self, peer: str) -> None:
        """`peer` sent X-Forwarded-For, and is no trusted proxy. The first one is logged: it is often the only one."""
        if not self._warned:
            self._warned = True
            self._pipeline.log.warning(
                "X-Forwarded-For ignored: if this peer is your proxy, add it to SESSION_REFRESH_FORWARDED_ALLOW_IPS",
                peer=peer,
            )

    def record_crash(self, request: RequestContext, error: BaseException) -> None:
        """`error` is a fault of ours: the log gets its traceback, with the id of the request."""
        self._pipeline.log.error("crash", id=request.request_id.decode("ascii"), exc_info=error)
        if self._metrics is not None:
            self._metrics.crash()
