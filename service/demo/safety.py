"""When sessions may be handed out to whoever asks, by the demo or an example: on this machine, with nothing real."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from security.errors import Forbidden
from service.api.request_context import RequestContext
from service.runtime.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")
HOST = re.compile(rb"(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]*)?", re.IGNORECASE)

Result = TypeVar("Result")


def for_this_machine(answer: Callable[[RequestContext], Result]) -> Callable[[RequestContext], Result]:
    """`answer`, but Forbidden for a Host that is not this machine's.

    Such a request comes from a page of somebody whose name points to this machine (DNS rebinding): to the browser, the
    demo is then of the same origin as that page.
    """

    def guarded(request: RequestContext) -> Result:
        if not HOST.fullmatch(request.header(b"host") or b""):
            raise Forbidden("demo: Host is not this machine")
        return answer(request)

    return guarded


def obstacles(option: str, settings: Settings, host: str, workers: int) -> str:
    """Why `option` must not be given here; empty if it may."""
    if not settings.embedded:
        return f"{option}: only with the embedded database; SESSION_REFRESH_DATABASE_URL must not be set"
    if settings.keys_file != settings.state_dir / "keys.json":
        return f"{option}: only with the embedded key file; SESSION_REFRESH_KEYS_FILE must not be set"
    if host not in LOOPBACK:
        return f"{option}: only for this machine; --host must be 127.0.0.1, ::1 or localhost, not {host}"
    if workers != 1:
        return f"{option}: --workers must be 1"
    return ""
