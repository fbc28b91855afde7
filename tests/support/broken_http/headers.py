"""Broken header sections: Host, and all other header lines."""

from __future__ import annotations

from tests.support.broken_http.building import (
    CLOSE,
    HEAD,
    HOST,
    LINE,
    PATH,
    line,
    with_header,
)

HEADERS: dict[str, tuple[bytes, int]] = {
    # Host (RFC 9112 section 3.2)
    "no Host": (LINE + b"%C" + CLOSE + b"\r\n", 400),
    "Host twice": (HEAD + HOST + CLOSE + b"\r\n", 400),
    "Host twice, in different case": (HEAD + b"hOST: example.com\r\n" + CLOSE + b"\r\n", 400),
    **{
        f"Host {name}": (LINE + b"Host: " + value + b"\r\n%C" + CLOSE + b"\r\n", 400)
        for name, value in {
            "with a space": b"a b", "with a user": b"user@example.com", "with a path": b"example.com/x",
            "with a list": b"a, b", "with a byte over 127": b"ex\xe4mple.com", "with a port of letters": b"a:b",
            "with half an IPv6 address": b"[::1", "with a quote": b'a"b',
        }.items()
    },
    # header lines (RFC 9112 section 5)
    "obsolete folding with a space": (with_header(b"X: a\r\n b"), 400),
    "obsolete folding with a tab": (with_header(b"X: a\r\n\tb"), 400),
    "folding of the first header": (LINE + b" X: a\r\n" + HOST + b"%C" + CLOSE + b"\r\n", 400),
    "space before the colon": (with_header(b"X : a"), 400),
    "tab before the colon": (with_header(b"X\t: a"), 400),
    "space before the colon of Content-Length": (with_header(b"Content-Length : 5"), 400),
    "header without colon": (with_header(b"X"), 400),
    "header without name": (with_header(b": a"), 400),
    "NUL in a header": (with_header(b"X: a\0b"), 400),
    "NUL in the cookie": (with_header(b"Cookie: a=\0"), 400),
    "control character in a header": (with_header(b"X: a\x01b"), 400),
    "DEL in a header": (with_header(b"X: a\x7fb"), 400),
    "CR in a header": (with_header(b"X: a\rb"), 400),
    "LF in a header": (with_header(b"X: a\nY: b"), 400),
    "NUL in a header's name": (with_header(b"X\0: a"), 400),
    "byte over 127 in a header's name": (with_header(b"X\x80: a"), 400),
    "parenthesis in a header's name": (with_header(b"X(: a"), 400),
    "semicolon in a header's name": (with_header(b"X;: a"), 400),
    "line ends of LF alone": (line(PATH).replace(b"\r\n", b"\n"), 400),
    "line ends of CR alone": (line(PATH).replace(b"\r\n", b"\r"), 400),
    "header of 17 KiB": (with_header(b"X: " + b"a" * 17408), 431),
    "header of 1 MB": (with_header(b"X: " + b"a" * 1_000_000), 431),
    "cookie of 1 MB": (with_header(b"Cookie: a=" + b"a" * 1_000_000), 431),
    "header's name of 1 MB": (with_header(b"a" * 1_000_000 + b": x"), 431),
    "3,000 headers": (with_header(b"\r\n".join(b"X%d: a" % number for number in range(3000))), 431),
    "one header that never ends": (HEAD + b"X: " + b"a" * 500_000, 431),
}  # fmt: skip
