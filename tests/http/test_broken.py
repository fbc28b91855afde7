"""Broken, hostile and merely odd HTTP: each gets one well-formed answer, or none where there is nothing to answer."""

from __future__ import annotations

import pytest

from tests.conftest import read_all
from tests.http.promises import REFRESH, is_problem, is_refreshed

LINE = f"POST {REFRESH} HTTP/1.1\r\n".encode()
HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CLOSED = 0  # no answer: the connection is closed

# In what follows, %C stands for a good Cookie header line.
HEAD = LINE + HOST + b"%C"


def line(target: bytes, method: bytes = b"POST", version: bytes = b"HTTP/1.1") -> bytes:
    return method + b" " + target + b" " + version + b"\r\n" + HOST + b"%C" + CLOSE + b"\r\n"


def with_header(header: bytes) -> bytes:
    return HEAD + CLOSE + header + b"\r\n\r\n"


def with_length(value: bytes, body: bytes = b"{}") -> bytes:
    return HEAD + CLOSE + b"Content-Length: " + value + b"\r\n\r\n" + body


def with_coding(value: bytes, body: bytes = b"2\r\n{}\r\n0\r\n\r\n") -> bytes:
    return HEAD + CLOSE + b"Transfer-Encoding: " + value + b"\r\n\r\n" + body


def with_chunks(chunks: bytes) -> bytes:
    return with_coding(b"chunked", chunks)


PATH = REFRESH.encode()

BROKEN: dict[str, tuple[bytes, int]] = {
    # request line (RFC 9112 section 3)
    "method in lower case": (line(PATH, b"post"), 400),
    "unknown method": (line(PATH, b"REFRESH"), 400),
    "no method": (line(PATH, b""), 400),
    "method of 10,000 letters": (line(PATH, b"P" * 10000), 400),
    "tabs between the parts": (line(PATH).replace(b" ", b"\t", 2), 400),
    "space before the method": (b" " + line(PATH), 400),
    "no target": (line(b""), 400),
    "space in the target": (line(b"/a b"), 400),
    "NUL in the path": (line(PATH + b"\0"), 400),
    "tab in the path": (line(PATH + b"\t"), 400),
    "DEL in the path": (line(PATH + b"\x7f"), 400),
    "UTF-8 in the path": (line(PATH + "é".encode()), 400),
    "Latin-1 in the query": (line(PATH + b"?x=\xe9"), 400),
    "carriage return in the path": (line(PATH + b"\rX"), 400),
    "target without slash": (line(PATH[1:]), 400),
    "authority as target": (line(b"127.0.0.1:8080"), 400),
    "query alone as target": (line(b"?x"), 400),
    "absolute target without path": (line(b"http://127.0.0.1"), 400),
    "absolute target without host": (line(b"http:///api"), 400),
    "absolute target with half an IPv6 address": (line(b"http://[::1/api"), 400),
    "absolute target with a port of 8 digits": (line(b"http://127.0.0.1:99999999" + PATH), 400),
    "target of 20,000 bytes": (line(b"/" + b"a" * 20000), 431),
    "query of 1 MB": (line(PATH + b"?" + b"a" * 1_000_000), 431),
    # version (RFC 9110 section 2.5)
    "no version at all": (b"GET /healthz\r\n\r\n", 400),
    "empty version": (line(PATH, version=b""), 400),
    "HTTP/0.9": (line(PATH, version=b"HTTP/0.9"), 400),
    "HTTP/1.2": (line(PATH, version=b"HTTP/1.2"), 400),
    "HTTP/2.0": (line(PATH, version=b"HTTP/2.0"), 400),
    "HTTP/3": (line(PATH, version=b"HTTP/3"), 400),
    "HTTP/1.10": (line(PATH, version=b"HTTP/1.10"), 400),
    "HTTP/1": (line(PATH, version=b"HTTP/1"), 400),
    "http/1.1": (line(PATH, version=b"http/1.1"), 400),
    "HTTPS/1.1": (line(PATH, version=b"HTTPS/1.1"), 400),
    "version with a space after it": (line(PATH, version=b"HTTP/1.1 "), 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", 400),
    # other protocols on the port
    "TLS ClientHello": (bytes.fromhex("16030100a5010000a10303") + bytes(range(154)), 400),
    "SSH": (b"SSH-2.0-OpenSSH_9.9\r\n", 400),
    "SMTP": (b"EHLO example.com\r\n", 400),
    "PROXY protocol": (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + line(PATH), 400),
    "PROXY protocol, version 2": (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12), 400),
    "bytes without sense": (bytes(i * 7919 % 251 for i in range(500)), 400),
    "NULs": (bytes(500), 400),
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
    # Content-Length and Transfer-Encoding (RFC 9112 section 6): what smuggles requests
    "Content-Length and chunked": (HEAD + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "chunked and Content-Length": (HEAD + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "two different Content-Length": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    "two equal Content-Length": (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "list of Content-Lengths": (with_length(b"2, 2"), 400),
    "negative Content-Length": (with_length(b"-2"), 400),
    "Content-Length with plus": (with_length(b"+2"), 400),
    "Content-Length in hexadecimal": (with_length(b"0x2"), 400),
    "Content-Length with exponent": (with_length(b"2e0"), 400),
    "Content-Length with a space in it": (with_length(b"2 2"), 400),
    "Content-Length with a fraction": (with_length(b"2.0"), 400),
    "Content-Length in Arabic digits": (with_length("٢".encode()), 400),
    "empty Content-Length": (with_length(b""), 400),
    "Content-Length over 64 bits": (with_length(b"9" * 40), 400),
    "Content-Length of 64 bits": (with_length(b"18446744073709551615"), 413),
    "Content-Length of 10 GB": (with_length(b"10000000000"), 413),
    "Transfer-Encoding: identity": (with_coding(b"identity"), 400),
    "Transfer-Encoding: gzip": (with_coding(b"gzip"), 400),
    "Transfer-Encoding: xchunked": (with_coding(b"xchunked"), 400),
    "Transfer-Encoding: chunked, identity": (with_coding(b"chunked, identity"), 400),
    "Transfer-Encoding: chunked, chunked": (with_coding(b"chunked, chunked"), 400),
    "empty Transfer-Encoding": (with_coding(b""), 400),
    "Transfer-Encoding in quotes": (with_coding(b'"chunked"'), 400),
    "Transfer-Encoding twice": (HEAD + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", 400),
    # chunks (RFC 9112 section 7.1)
    "chunk size that is no number": (with_chunks(b"zz\r\n{}\r\n0\r\n\r\n"), 400),
    "negative chunk size": (with_chunks(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with 0x": (with_chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    "empty chunk size": (with_chunks(b"\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size over 64 bits": (with_chunks(b"f" * 17 + b"\r\n{}"), 400),
    "chunk longer than its size": (with_chunks(b"1\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk without line end": (with_chunks(b"2\r\n{}0\r\n\r\n"), 400),
    "chunk lines that end in LF": (with_chunks(b"2\n{}\n0\n\n"), 400),
    "chunk of 2 GB, begun": (with_chunks(b"7fffffff\r\n" + b" " * 100_000), 413),
    "chunk extension of 1 MB": (with_chunks(b"2;x=" + b"a" * 1_000_000 + b"\r\n{}\r\n0\r\n\r\n"), 413),
    "trailer of 1 MB": (with_chunks(b"0\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"), 413),
    "trailers without end": (with_chunks(b"0\r\n" + b"X: a\r\n" * 200_000), 413),
    "trailer without colon": (with_chunks(b"0\r\nX\r\n\r\n"), 400),
    "NUL in a trailer": (with_chunks(b"0\r\nX: \0\r\n\r\n"), 400),
    # whole and well formed, but not for us
    "asterisk as target": (line(b"*"), 404),
    "OPTIONS *": (line(b"*", b"OPTIONS"), 404),
    "CONNECT to a host": (line(b"example.com:443", b"CONNECT"), 400),
    "CONNECT to our path": (line(PATH, b"CONNECT"), 405),
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
    "backslash": (line(PATH + b"\\"), 404),
    "other case": (line(PATH.upper()), 404),
}  # fmt: skip


@pytest.fixture(scope="module")
def good(service):
    """A token that must go on working through all of this."""
    return service.sign(sid="unbroken")


@pytest.mark.parametrize(("attack", "status"), BROKEN.values(), ids=BROKEN)
def test_broken_http_gets_one_answer_of_ours(service, good, attack, status):
    """One answer with our body and headers, then the connection closes, and the next caller is served."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    replies = service.talk(attack.replace(b"%C", cookie), then_half_close=len(attack) < 1000)
    assert len(replies) == 1
    is_problem(replies[0], status)
    assert replies[0].header("connection") == "close"
    is_refreshed(service.refresh(good))


ODD = {
    "absolute target": line(b"http://127.0.0.1" + PATH),
    "absolute target with port": line(b"http://127.0.0.1:8080" + PATH),
    "query": line(PATH + b"?x=1&y=%20"),
    "letter, percent-encoded": line(b"/api/v1/auth/%72efresh"),
    "HTTP/1.0 without Host": f"POST {REFRESH} HTTP/1.0\r\n".encode() + b"%C\r\n",
    "HTTP/1.0 with keep-alive": f"POST {REFRESH} HTTP/1.0\r\n".encode() + b"%CConnection: keep-alive\r\n\r\n",
    "empty lines before the request": b"\r\n\r\n\r\n" + line(PATH),
    "line ends of LF before the request": b"\n\n" + line(PATH),
    "no space after the colon": with_header(b"X:a"),
    "blanks around a value": with_header(b"X: \t a \t "),
    "empty header": with_header(b"X:"),
    "bytes over 127 in a header": with_header(b"X: \xff\xfe"),
    "header names in odd case": line(PATH).replace(b"Host", b"hOsT").replace(b"Cookie", b"cOOKIE"),
    "names that only Python would take for ours": with_header(b"Verifa_Version: x\r\nX_API_Key: y"),
    "Expect without a body": with_header(b"Expect: 100-continue"),
    "an unknown expectation": with_header(b"Expect: miracles"),
    "chunk extension": with_chunks(b'2;a=b;c="d"\r\n{}\r\n0\r\n\r\n'),
    "chunks of one byte": with_chunks(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
    "chunk size with zeros before it": with_chunks(b"0002\r\n{}\r\n000\r\n\r\n"),
    "Chunked in capitals": with_coding(b"CHUNKED"),
    "trailer": with_chunks(b"2\r\n{}\r\n0\r\nX-Checksum: 1\r\n\r\n"),
    "upgrade to WebSocket": with_header(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
    "upgrade to h2c": with_header(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"),
    "empty Host": LINE + b"Host:\r\n%C" + CLOSE + b"\r\n",
    "IPv6 Host": LINE + b"Host: [::1]:8080\r\n%C" + CLOSE + b"\r\n",
    "headers of just 16 KiB": with_header(b"X: " + b"a" * 15000),
}


@pytest.mark.parametrize("request_bytes", ODD.values(), ids=ODD)
def test_odd_but_allowed_http_is_served(service, good, request_bytes):
    """What HTTP allows is served as any other request."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    replies = service.talk(request_bytes.replace(b"%C", cookie), then_half_close=True)
    assert len(replies) == 1
    is_refreshed(replies[0])


TRAILERS = {
    "cookie": (lambda cookie: cookie, False, 401),
    "API key": (lambda _: b"X-API-Key: unknown\r\n", True, 200),
    "version": (lambda _: b"Verifa-Version: 1999-01-01\r\n", True, 200),
    "Host": (lambda _: HOST, True, 200),
    "origin": (lambda _: b"Origin: https://evil.example\r\n", True, 200),
    "Content-Length": (lambda _: b"Content-Length: 5000\r\n", True, 400),
}


@pytest.mark.parametrize(("trailer", "with_cookie", "status"), TRAILERS.values(), ids=TRAILERS)
def test_trailer_never_counts_as_a_header(service, good, trailer, with_cookie, status):
    """RFC 9110 section 6.5.1: what comes after the body neither authenticates nor refuses anybody."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    attack = LINE + HOST + (cookie if with_cookie else b"") + CLOSE + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n"
    (reply,) = service.talk(attack + trailer(cookie) + b"\r\n")
    assert reply.status == status


def test_request_before_broken_http_on_a_connection_is_answered(service, good):
    """Two good requests and garbage in one packet: 200, 200, 400, in that order, then the end."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    first, second, third = service.talk((LINE + HOST + cookie + b"\r\n") * 2 + b"\0garbage\r\n\r\n")
    is_refreshed(first)
    is_refreshed(second)
    is_problem(third, 400)


def test_broken_body_behind_a_good_request_is_answered_in_its_turn(service, good):
    """200 for the first, 400 for the second whose chunks are broken: answers never change places."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    head = LINE + HOST + cookie
    first, second = service.talk(head + b"\r\n" + head + CHUNKED + b"\r\nzz\r\n")
    is_refreshed(first)
    is_problem(second, 400)


def test_request_that_is_refused_before_its_broken_body_is_answered_once(service, good):
    """Without Host, and with broken chunks after it in a packet of their own: one 400."""
    with service.connect() as connection:
        connection.sendall(LINE + CHUNKED + b"\r\n")
        received = connection.recv(65536)
        connection.sendall(b"zz\r\n")
        received += read_all(connection)
    assert received.count(b"HTTP/1.1 400 ") == 1
    is_refreshed(service.refresh(good))


def test_broken_request_keeps_its_id(service):
    """A request id that stands before the fault comes back, and the log line bears it."""
    for attack in (
        with_header(b"X-Request-Id: broken-1\r\nX: " + b"a" * 17000),
        LINE + b"X-Request-Id: broken-1\r\nX: y\r\n;\r\n",
    ):
        (reply,) = service.talk(attack.replace(b"%C", b""))
        assert reply.header("x-request-id") == "broken-1"
        assert (service.reason_of(reply) or "").startswith("head: ")


def test_broken_body_answer_is_readable_by_an_allowed_page(service, good):
    """The answer to broken chunks has the request's id and the CORS headers."""
    headers = b"X-Request-Id: broken-2\r\nOrigin: https://dashboard.example.com\r\n"
    (reply,) = service.talk(LINE + HOST + headers + CHUNKED + b"\r\nzz\r\n")
    is_problem(reply, 400)
    assert reply.header("x-request-id") == "broken-2"
    assert reply.header("access-control-allow-origin") == "https://dashboard.example.com"
    assert service.reason_of(reply) == "body: broken HTTP"


@pytest.mark.parametrize("count", [2, 50])
def test_pipelined_requests_are_all_answered_in_order(service, good, count):
    """All come in one packet; each answer has the id of its request."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    ids = [f"pipelined-{number}" for number in range(count)]
    replies = service.talk(
        b"".join(LINE + HOST + cookie + f"X-Request-Id: {name}\r\n\r\n".encode() for name in ids), then_half_close=True
    )
    assert [reply.header("x-request-id") for reply in replies] == ids
    for reply in replies:
        is_refreshed(reply)


def test_client_that_half_closes_after_its_request_is_answered(service, good):
    """`nc -N` and its like: the end of what is sent is not the end of the connection."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    (reply,) = service.talk(LINE + HOST + cookie + b"\r\n", then_half_close=True)
    is_refreshed(reply)


@pytest.mark.parametrize(
    "sent", [b"", b"POST", HEAD, HEAD + b"Content-Length: 10\r\n\r\n{}", HEAD + CHUNKED + b"\r\n2\r\n{"],
    ids=["nothing", "half a line", "half a head", "half a body", "half a chunk"],
)  # fmt: skip
def test_client_that_ends_within_its_request_gets_nothing(service, good, sent):
    """There is nobody to answer: the connection closes, and that is all."""
    assert service.talk(sent.replace(b"%C", b""), then_half_close=True) == []
    is_refreshed(service.refresh(good))


def test_client_that_goes_away_within_its_body_is_logged_without_a_status(service, good):
    """The log shows it under its id with status 0; the next caller is served."""
    with service.connect() as connection:
        connection.sendall(LINE + HOST + b"X-Request-Id: gone-away\r\nContent-Length: 10\r\n\r\n{}")
    line_of = service.log_line("gone-away")
    assert (line_of["status"], line_of["route"]) == (0, "none")
    is_refreshed(service.refresh(good))


def test_request_that_comes_byte_by_byte_is_served(service, good):
    """Each byte in a packet of its own, the body too."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    with service.connect() as connection:
        connection.setsockopt(6, 1, 1)  # TCP_NODELAY
        for byte in LINE + HOST + cookie + CLOSE + b"Content-Length: 2\r\n\r\n{}":
            connection.sendall(bytes([byte]))
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")


def test_client_that_expects_100_is_told_to_go_on(service, good):
    """100 before the body is sent, then the answer (RFC 9110 section 10.1.1)."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    with service.connect() as connection:
        connection.sendall(LINE + HOST + cookie + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_client_that_expects_100_for_too_long_a_body_is_refused_at_once(service):
    """413 without a 100 before it: the body is never sent."""
    (reply,) = service.talk(LINE + HOST + b"Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n")
    is_problem(reply, 413)


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c", b"TLS/1.0"])
def test_connection_goes_on_after_an_upgrade_that_is_not_taken_up(service, good, upgrade):
    """The request is answered as if it had not asked, and so is the next one on the same connection."""
    cookie = f"Cookie: vk_org_token={good}\r\n".encode()
    ask = LINE + HOST + cookie + b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n\r\n"
    for reply in service.talk(ask, LINE + HOST + cookie + CLOSE + b"\r\n"):
        is_refreshed(reply)


def test_client_that_is_refused_in_the_middle_of_sending_gets_its_answer(service):
    """The answer is not lost to a connection reset while 1 MB is still on its way (RFC 9112 section 9.6)."""
    for attack, status in (
        (with_header(b"X: " + b"a" * 1_000_000), 431),
        (with_length(b"1000000", b" " * 1_000_000), 413),
    ):
        with service.connect() as connection:
            for start in range(0, len(attack), 50_000):
                connection.sendall(attack[start : start + 50_000])
            assert connection.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())
