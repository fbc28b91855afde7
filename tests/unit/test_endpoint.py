"""An operation of the document, without a socket: what is refused, in which order, and what reaches the handler."""

from __future__ import annotations

import pytest

from security.errors import BadRequest, Forbidden, NotFound, RateLimited, Unauthorized, UnprocessableContent
from tests.support import versions
from tests.support.in_process import EVIL, FORGE, PATH, build, send
from tests.support.request_contexts import request_for

BAD_VERSION = (b"verifa-version", b"1999-12-31")


def test_good_request_reaches_the_handler():
    """The document's path and method lead to the handler, with the session's window and the default version."""
    request = send(build(), request_for("POST", PATH, token=FORGE.token(), body=b"{}"))
    assert request.operation == request.route == "refreshAuthSession"
    assert request.response is not None
    assert request.response.status == 200
    assert request.version is not None
    assert request.window is not None
    assert (request.version.name, request.window.used, request.session_id) == (versions.DEFAULT, 1, "session-1")


def test_second_request_of_a_full_window_is_refused():
    """The limit of a session counts once the session is known."""
    built = build(session_rate="1/minute")
    send(built, request_for("POST", PATH, token=FORGE.token()))
    request = request_for("POST", PATH, (b"verifa-version", b"x"), token=FORGE.token())
    with pytest.raises(RateLimited):
        send(built, request)
    assert request.window is not None
    assert request.window.used == 2


@pytest.mark.parametrize(
    ("problem", "request_"),
    [
        (NotFound, request_for("POST", PATH + "/", EVIL)),
        (NotFound, request_for("POST", "/api/v1/auth", token=FORGE.token())),
        (Forbidden, request_for("POST", PATH, EVIL, BAD_VERSION, token="x")),
        (Forbidden, request_for("GET", PATH, EVIL)),
        (Unauthorized, request_for("POST", PATH, BAD_VERSION, body=b"[]")),
        (BadRequest, request_for("POST", PATH, BAD_VERSION, token=FORGE.token(), body=b"[]")),
        (BadRequest, request_for("POST", PATH, token=FORGE.token(), body=b"{")),
        (UnprocessableContent, request_for("POST", PATH, token=FORGE.token(), body=b"[]")),
    ],
)
def test_first_fault_decides(problem, request_):
    """Origin, then who is calling, then which version, then the body; another path is not there at all."""
    with pytest.raises(problem):
        send(build(), request_)
