"""Request contexts as the protocol makes them, for tests without a socket."""

from __future__ import annotations

from service.api.request_context import RequestContext
from tests.support.tokens import NOW


def request_for(method="POST", path="/", *headers, token=None, body=b"", client="192.0.2.1", now=NOW):
    """A request with these headers, and the token in its cookie."""
    by_name: dict[bytes, list[bytes]] = {}
    cookies = [] if token is None else [(b"cookie", b"vk_org_token=" + token.encode())]
    for name, value in (*cookies, *headers):
        by_name.setdefault(name, []).append(value)
    request = RequestContext(
        method=method, path=path, query=b"", headers=by_name, body=body, client=client, request_id=b"1"
    )
    request.now = now
    return request
