"""The request reader: the same request from the same bytes, in whatever pieces they come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from service.http.request_reader import RequestReader

NAMES = frozenset({b"content-length", b"content-type", b"cookie", b"expect", b"host", b"transfer-encoding"})
HEAD = b"POST /api/v1/auth/refresh?a=b HTTP/1.1\r\nHost: x\r\nCookie: a=b \r\nX-Other: y\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
REQUESTS = {
    "without a body": HEAD + b"\r\n",
    "with a length": HEAD + b"Content-Length: 2\r\n\r\n{}",
    "with a length, and an upgrade": HEAD + UPGRADE + b"Content-Length: 2\r\n\r\n{}",
    "in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n",
    "in chunks, and an upgrade": HEAD + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "with a line break in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n{\n\n}\r\n0\r\n\r\n",
    "behind blank lines": b"\r\n\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}",
    "closing": HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
    "closing by a trailer": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\n\r\n",
}
PROBLEMS = {
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 40, 400),
    "line feeds alone": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "a line feed alone at the end": (b"GET / HTTP/1.1\r\nHost: x\r\n\n", 400),
    "a head without end": (HEAD + b"X: " + b"a" * MAX_HEAD_BYTES, 431),
    "a head that is too long": (HEAD + b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n", 431),
    "blank lines without end": (b"\r\n" * MAX_HEAD_BYTES, 431),
    "a length that is too large": (HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), 413),
    "chunks that are too large": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n401\r\n" + b"x" * 1025 + b"\r\n", 413),
    "a chunk extension without end": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 20000, 413),
    "broken chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "two framings": (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", 400),
    "another coding": (HEAD + UPGRADE + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
    "RTSP": (HEAD.replace(b"HTTP", b"RTSP") + b"\r\n", 400),
    "RTSP/1.0": (b"OPTIONS / RTSP/1.0\r\nHost: x\r\n\r\n", 400),
    "ICE": (b"SOURCE /x ICE/1.0\r\nHost: x\r\n\r\n", 400),
    "a chunk that is too large and broken": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + b"a" * 2000 + b"XX\r\n",
        413,
    ),
    "a chunk extension that is too long and broken": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 17000 + b"\0\r\n",
        413,
    ),
    "CONNECT": (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "another version": (b"GET / HTTP/0.9\r\n\r\n", 400),
}


def read(data: bytes, cuts: list[int]) -> tuple[RequestReader, bytes]:
    """What is read from `data` if it comes in pieces, and what is left of it when a request is complete."""
    reader = RequestReader(NAMES)
    unread = b""
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    for start, end in zip([0, *ends], ends, strict=False):
        unread += data[start:end]
        if not reader.complete:
            unread = unread[reader.feed(unread) :]
    return reader, unread


def test_trailer_may_close_the_connection():
    """A proxy acts on `Connection: close` in a trailer, so we must too."""
    assert not read(REQUESTS["closing by a trailer"], [])[0].keep_alive
    assert read(REQUESTS["in chunks"], [])[0].keep_alive


def seen(reader: RequestReader) -> tuple[object, ...]:
    status = reader.problem.status if reader.problem is not None else None
    return (
        reader.complete, reader.method, reader.path, reader.query, reader.headers, reader.body, reader.keep_alive, status,
    )  # fmt: skip


@given(st.lists(st.integers(0, 300), max_size=6), st.sampled_from(sorted(REQUESTS)))
def test_pieces_do_not_matter(cuts, name):
    """The same request, complete with its last byte and not before; what follows stays unread, to the byte."""
    data = REQUESTS[name]
    whole, rest = read(data, [])
    assert (whole.complete, whole.problem, rest) == (True, None, b"")
    assert seen(read(data, cuts)[0]) == seen(whole)
    assert not read(data[:-1], cuts)[0].complete
    following = b"GET /other HTTP/1.1\r\nHost: y\r\n\r\n{}"
    both, rest = read(data + following, cuts)
    assert seen(both) == seen(whole)
    assert rest == following


@given(st.lists(st.integers(0, 20000), max_size=6), st.sampled_from(sorted(PROBLEMS)))
def test_pieces_do_not_matter_for_problems(cuts, name):
    """What is refused is refused, with the same status, in whatever pieces it comes."""
    data, status = PROBLEMS[name]
    reader, _ = read(data, cuts)
    assert reader.problem is not None
    assert (reader.problem.status, reader.complete, reader.keep_alive) == (status, True, False)


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_is_kept_of_headers_that_nobody_reads(name):
    """Neither of those in the head, nor of trailers."""
    reader, _ = read(REQUESTS[name], [])
    assert set(reader.headers) <= NAMES
    assert reader.headers[b"cookie"] == [b"a=b"]


def test_head_may_have_exactly_the_limit():
    """The limit is of the bytes from the request line to the empty line."""
    fill = MAX_HEAD_BYTES - len(HEAD + b"X: \r\n\r\n")
    assert read(HEAD + b"X: " + b"a" * fill + b"\r\n\r\n", [])[0].problem is None
    assert read(HEAD + b"X: " + b"a" * (fill + 1) + b"\r\n\r\n", [])[0].problem is not None


@pytest.mark.parametrize(
    ("request_bytes", "waits"),
    [
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", True),
        (HEAD + b"Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{", False),
        (HEAD + b"Expect: 100-continue\r\n\r\n", False),
        (HEAD + b"Content-Length: 2\r\n\r\n", False),
        (HEAD.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", False),
    ],
)
def test_client_that_waits_for_100_is_known(request_bytes, waits):
    """RFC 9110 section 10.1.1: a client that has not begun its body waits, but never one of HTTP/1.0."""
    assert read(request_bytes, [])[0].wants_continue is waits


def test_host_of_an_absolute_target_counts():
    """RFC 9112 section 3.2.2: a URL as target names the host; what the Host header says is ignored."""
    reader, _ = read(b"POST http://a.example:81/x HTTP/1.1\r\nHost: b.example\r\n\r\n", [])
    assert (reader.path, reader.headers[b"host"]) == ("/x", [b"a.example:81"])
    assert read(b"POST http://a.example/x HTTP/1.1\r\n\r\n", [])[0].problem is not None  # Host is required all the same
