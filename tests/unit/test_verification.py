"""What /verify states about a session: in headers, so that no two sessions look alike."""

from __future__ import annotations

import re
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.verification import header_text, verify_session
from security.authentication import Identity
from security.claims import is_text
from security.errors import Unauthorized
from security.tokens import Session
from service.operations import internal
from tests.support.tokens import NOW, good_claims

HEADERS = internal.load().spec["paths"]["/verify"]["get"]["responses"]["200"]["headers"]
SCHEMA = HEADERS["X-Auth-Subject"]["schema"]
NOTHING = SimpleNamespace()  # what the operation needs of the service


def stated(now=NOW, auth_time=NOW - 3600.0, **claims):
    whole = good_claims() | claims
    session = Session(whole["sub"], whole["org"], whole["sid"], auth_time, whole)
    response = verify_session(Identity(session), now, NOTHING)
    assert (response.status, response.body, response.cacheable) == (200, b"", False)
    return {name.decode(): value.decode() for name, value in response.headers}


def test_session_is_stated_in_five_headers():
    """The user, the organisation, the session, when the user signed in, when the token expires; and nothing else."""
    assert stated(sub="u", org="o", sid="s", exp=NOW + 60) == {
        "x-auth-subject": "u",
        "x-auth-organisation": "o",
        "x-auth-session": "s",
        "x-auth-time": str(NOW - 3600),
        "x-auth-expires": str(NOW + 60),
    }


def test_times_are_whole_seconds_and_never_ahead():
    """A fraction is cut off, and a sign-in by a clock that is ahead of ours is now, as in a fresh cookie."""
    headers = stated(now=NOW + 0.5, auth_time=NOW + 20.0, exp=NOW + 60.9)
    assert (headers["x-auth-time"], headers["x-auth-expires"]) == (str(NOW), str(NOW + 60))
    assert stated(auth_time=NOW - 0.1)["x-auth-time"] == str(NOW - 1)


def test_nobody_is_stated_for_nobody():
    """Should a document ever let a request without a session reach it, that is a 401."""
    with pytest.raises(Unauthorized):
        verify_session(Identity(), NOW, NOTHING)


TEXTS = st.text(min_size=1, max_size=255).filter(is_text)


@given(TEXTS, TEXTS)
def test_no_two_texts_look_alike(one, other):
    """The value of a header is visible ASCII by the document's pattern, and only one text has it."""
    value = header_text(one).decode("ascii")
    assert re.fullmatch(SCHEMA["pattern"], value)
    assert len(value) <= SCHEMA["maxLength"]
    assert unquote(value, errors="strict") == one
    assert (header_text(one) == header_text(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user_1", "user_1"),
        ("".join(map(chr, range(0x21, 0x25))) + "".join(map(chr, range(0x26, 0x7F))), None),
        ("a b", "a%20b"),
        ("a%20b", "a%2520b"),
        ("é", "%C3%A9"),
        ("e\u0301", "e%CC%81"),
        ("\U00020000" * 255, "%F0%A0%80%80" * 255),
    ],
)
def test_text_is_percent_encoded(text, value):
    """RFC 3986 section 2.1, with capitals. Visible ASCII other than the percent sign stays as it is."""
    assert header_text(text).decode() == (value or text)
