"""Well-formed requests for a path or a method that the service does not have."""

from __future__ import annotations

from tests.support.broken_http.building import (
    PATH,
    line,
)

OTHER_TARGETS: dict[str, tuple[bytes, int]] = {
    # whole and well formed, but not for us
    "asterisk as target": (line(b"*"), 404),
    "OPTIONS *": (line(b"*", b"OPTIONS"), 404),
    "TRACE": (line(PATH, b"TRACE"), 405),
    "PROPFIND": (line(PATH, b"PROPFIND"), 405),
    "M-SEARCH": (line(PATH, b"M-SEARCH"), 405),
    "slash at the end": (line(PATH + b"/"), 404),
    "two slashes at the start": (line(b"/" + PATH), 404),
    "two slashes at the start, a host between": (line(b"//example.com" + PATH), 404),
    "two slashes within": (line(b"/api/v1/auth//refresh"), 404),
    "dots in the path": (line(b"/api/v1/auth/../auth/refresh"), 404),
    "dots, percent-encoded": (line(b"/api/v1/auth/%2e%2e/auth/refresh"), 404),
    "dots above the root": (line(b"/../../etc/passwd"), 404),
    "NUL, percent-encoded": (line(PATH + b"%00"), 404),
    "line end, percent-encoded": (line(PATH + b"%0d%0aX:%20y"), 404),
    "percent without digits": (line(b"/%zz"), 404),
    "percent-encoded bytes that are not UTF-8": (line(b"/%ff%fe"), 404),
    "path parameter": (line(PATH + b";x=y"), 404),
    "line feed at the end, percent-encoded": (line(PATH + b"%0A"), 404),
    "space at the end, percent-encoded": (line(PATH + b"%20"), 404),
    "slash, percent-encoded": (line(b"/api/v1/auth%2frefresh"), 404),
    "letter, percent-encoded twice": (line(b"/api/v1/auth/%2572efresh"), 404),
    "fragment": (line(PATH + b"#x"), 404),
    "empty fragment": (line(PATH + b"#"), 404),
    "backslash": (line(PATH + b"\\"), 404),
    "other case": (line(PATH.upper()), 404),
}  # fmt: skip
