"""What a request says of its device, in the headers and the cookie of Device Bound Session Credentials."""

from __future__ import annotations

from urllib.parse import parse_qs

from security import cookies
from security.device import COOKIE, DeviceCredentials, key_of
from security.errors import BadRequest
from security.tokens import Session
from service.api.request_context import RequestContext

SESSION_ID, PROOF = b"sec-secure-session-id", b"secure-session-response"
SKIPPED, FETCH_MODE = b"secure-session-skipped", b"sec-fetch-mode"
HEADERS = frozenset({SESSION_ID, PROOF, SKIPPED, FETCH_MODE})


def read(request: RequestContext, session: Session, *, required: bool = False) -> DeviceCredentials:
    """What `request` of `session` has to show for its device. Raises Unauthorized for more than cookies.MAX_VALUES cookies."""
    key = key_of(session)
    return DeviceCredentials(
        key=key,
        cookies=() if key is None else cookies.read(request.headers.get(b"cookie", ()), COOKIE),
        required=required,
        skipped=SKIPPED in request.headers,
        by_browser=request.header(FETCH_MODE) == b"no-cors",
        proof=request.header(PROOF) or b"",
        session_id=request.header(SESSION_ID) or b"",
    )


def read_if_asked(request: RequestContext, session: Session) -> DeviceCredentials | None:
    """As read(), if the query asks for it by `bound`: `required`, or `if-bound` where sessions that are not bound pass.

    None if it does not ask. Raises BadRequest for any other value.
    """
    asked = parse_qs(request.query.decode("latin-1"), keep_blank_values=True).get("bound") if request.query else None
    if asked is None:
        return None
    if asked not in (["required"], ["if-bound"]):
        raise BadRequest("query: bound")
    return read(request, session, required=asked == ["required"])
