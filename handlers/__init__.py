"""One function for each operationId of the documents: it turns an identity, or a signed statement, into a response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from handlers.auth import Response, refresh_session
from handlers.device import bind_device
from handlers.statements import backchannel_logout, receive_event
from handlers.verification import verify_session

# Called with the identity of the caller, now (unix seconds) and `dependencies`.
OF_SESSIONS: Mapping[str, Callable[..., Response]] = {
    "bindDevice": bind_device,
    "refreshAuthSession": refresh_session,
    "verifySession": verify_session,
}
# Called with the body, whose signature says who is calling, now and `dependencies`. They wait for the store.
OF_STATEMENTS: Mapping[str, Callable[..., Awaitable[Response]]] = {
    "backchannelLogout": backchannel_logout,
    "receiveEvent": receive_event,
}
OPERATIONS: dict[str, Callable[..., Response | Awaitable[Response]]] = {**OF_SESSIONS, **OF_STATEMENTS}
