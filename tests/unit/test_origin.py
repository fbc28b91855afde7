"""Origins: Sec-Fetch-Site, Origin and Host decide together; the table is the promise."""

import pytest

from security import origin
from security.errors import Forbidden

ALLOWED = {b"https://dash.example"}
HOST = b"api.example"

#      Origin                    Sec-Fetch-Site   Host            passes
TABLE = [
    (None, None, HOST, True),
    (None, b"same-origin", HOST, True),
    (None, b"none", HOST, True),
    (None, b"same-site", HOST, False),
    (None, b"cross-site", HOST, False),
    (None, b"", HOST, False),
    (None, b"Same-Origin", HOST, False),
    (None, b"same-origin,cross-site", HOST, False),
    (b"https://dash.example", None, HOST, True),
    (b"https://dash.example", b"cross-site", HOST, True),
    (b"https://dash.example", b"same-site", HOST, True),
    (b"https://dash.example", b"anything", HOST, True),
    (b"http://dash.example", None, HOST, False),
    (b"https://dash.example:444", None, HOST, False),
    (b"https://dash.example.evil", None, HOST, False),
    (b"https://evil.example", None, HOST, False),
    (b"https://evil.example", b"cross-site", HOST, False),
    (b"https://evil.example", b"same-origin", HOST, True),
    (b"https://api.example", b"cross-site", HOST, False),
    (b"https://api.example", None, HOST, True),
    (b"http://api.example", None, HOST, True),
    (b"https://API.example", None, HOST, True),
    (b"https://api.example", None, b"API.EXAMPLE", True),
    (b"https://api.example", None, b"api.example:443", True),
    (b"http://api.example", None, b"api.example:80", True),
    (b"https://api.example:443", None, HOST, True),
    (b"https://api.example", None, b"api.example:80", False),
    (b"https://api.example:8443", None, b"api.example:8443", True),
    (b"https://api.example:8443", None, HOST, False),
    (b"https://api.example", None, None, False),
    (b"https://", None, b"", False),
    (b"ftp://api.example", None, HOST, False),
    (b"api.example", None, HOST, False),
    (b"", None, HOST, False),
    (b"null", None, HOST, False),
    (b"null", b"same-origin", HOST, False),
    (b"null", b"none", HOST, False),
    (b"null", None, b"null", False),
    (b"https://dash.example,https://evil.example", None, HOST, False),
]


@pytest.mark.parametrize(("page", "site", "host", "passes"), TABLE)
def test_origin_is_judged(page, site, host, passes):
    """A browser request from another origin passes only if that origin is allowed; what is no browser passes."""
    if passes:
        origin.check(page, site, host, ALLOWED)
        return
    with pytest.raises(Forbidden):
        origin.check(page, site, host, ALLOWED)
