"""Signs a browser out, for the page /docs: scripts cannot delete the HttpOnly cookie that a pasted token replaces."""

from __future__ import annotations

import re

from handlers.auth import JSON, Response
from security.cookies import SetCookie
from security.errors import Forbidden
from service.api.request_context import RequestContext

PATH = "/docs/sign-out"
# A host name with a dot, as it stands in an Origin (RFC 6454 section 6.2). IP addresses cannot have a Domain.
NAMED_ORIGIN = re.compile(r"https?://((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)(?::[0-9]+)?")


class SignOut:
    """Deletes the session cookie. The session itself is not revoked.

    Only for a page of this origin. Requests that name no Origin are refused, too: browsers send it with every POST.
    """

    def __init__(self, cookie_name: bytes) -> None:
        self._cookie_name = cookie_name

    async def __call__(self, request: RequestContext) -> Response:
        """200 with Set-Cookie headers. The caller has checked the origin, by the rules of security/origin.py."""
        origin = request.header(b"origin")
        if origin is None:
            raise Forbidden("sign-out: no Origin")
        domains = ("", *_domains(origin.decode("latin-1")))
        headers = ((b"set-cookie", SetCookie(self._cookie_name, domain).deletion) for domain in domains)
        return Response(200, b"{}", (JSON, *headers))


def _domains(origin: str) -> list[str]:
    """Every Domain that a cookie for this host may have been set with: a cookie is deleted by its own only.

    That is the host and its parents (RFC 6265bis section 5.1.3). Browsers ignore public suffixes.
    """
    named = NAMED_ORIGIN.fullmatch(origin)
    if named is None:
        return []
    labels = named[1].split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]
