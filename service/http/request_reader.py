"""Reads the requests of one connection, one at a time, within the limits of size."""

from __future__ import annotations

import re

import httptools

from security.errors import BadRequest, HeadersTooLarge, Problem
from service.http.framing import ChunkedBody, body_length, check_request_line
from service.http.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from service.http.target import authority_of, check_host, path_of

HEAD_END = b"\r\n\r\n"
_NOT_BLANK = re.compile(rb"[^\r\n]")


class RequestReader:
    """Collects one request: head, then body. When `complete` is true, either its fields are set, or its `problem`.

    Only the headers in `names` are kept. Trailers are not (RFC 9110 section 6.5.1), except that one may close the
    connection.
    """

    def __init__(self, names: frozenset[bytes], max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._names = names
        self._max_body_bytes = max_body_bytes
        self.reset()

    def reset(self) -> None:
        """Makes ready for the next request."""
        self.started = False  # whether anything but blank lines has come
        self.complete = False
        self.problem: Problem | None = None
        self.method = ""
        self.path = ""
        self.query = b""
        self.http_version = "1.1"
        self.headers: dict[bytes, list[bytes]] = {}
        self.body = b""
        self.keep_alive = True
        self.in_body = False
        self._target = b""
        self._head = b""  # what has come of it
        self._size = 0  # with empty lines before it
        self._body_remaining = 0  # bytes of a body with Content-Length
        self._chunks: ChunkedBody | None = None
        self._parser = httptools.HttpRequestParser(self)

    @property
    def wants_continue(self) -> bool:
        """Whether the client waits for 100 (Continue) before it sends the body (RFC 9110 section 10.1.1)."""
        expected = self.headers.get(b"expect")
        waits = self.in_body and not self.complete and self.http_version == "1.1"
        return waits and not self.body and expected is not None and expected[0].lower() == b"100-continue"

    def feed(self, data: bytes) -> int:
        """Reads from `data` until a request is complete; returns how many bytes belong to it."""
        end = 0
        try:
            while end < len(data) and not self.in_body:
                end = self._feed_head(data, end)
            if self.in_body and not self.complete:
                end = self._feed_body(data, end)
        except Problem as problem:
            self.fail(problem)
        return end

    def close(self) -> None:
        """The connection is lost."""
        del self._parser  # it refers to this object

    def fail(self, problem: Problem) -> None:
        """Ends this request with `problem`. What follows it on the connection cannot be read."""
        self.problem = problem
        self.complete = True
        self.keep_alive = False

    def _feed_head(self, data: bytes, start: int) -> int:
        """Feeds the parser up to the end of the head and no further: it never sees a body, or a second request."""
        if not self._head:  # empty lines may come before a request (RFC 9112 section 2.2)
            first = _NOT_BLANK.search(data, start)
            begin = len(data) if first is None else first.start()
            self._size += begin - start
            start = begin
        tail = self._head[1 - len(HEAD_END) :]  # HEAD_END may be split between feeds
        found = (tail + data[start : start + MAX_HEAD_BYTES]).find(HEAD_END)
        end = start + found + len(HEAD_END) - len(tail) if found >= 0 else len(data)
        piece = data[start : min(end, start + max(0, MAX_HEAD_BYTES - self._size))]
        self._head += piece
        self._size += end - start
        problem = self._parse(piece) if piece else None
        if problem is None and self._size > MAX_HEAD_BYTES:
            problem = HeadersTooLarge("head: too large", MAX_HEAD_BYTES)
        if problem is not None:
            raise problem
        return end

    def _parse(self, piece: bytes) -> Problem | None:
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # Upgrade is ignored: the body that the head declares follows
        except httptools.HttpParserError as error:
            cause = error.__context__  # what one of the methods below raised
            return cause if isinstance(cause, Problem) else BadRequest("head: broken HTTP")
        return None

    def _feed_body(self, data: bytes, start: int) -> int:
        if self._chunks is not None:
            end = self._chunks.feed(data, start)
            self.complete = self._chunks.complete
            self.body = self._chunks.body
            self.keep_alive = self.keep_alive and not self._chunks.closes
            return end
        piece = data[start : start + self._body_remaining]
        self.body += piece
        self._body_remaining -= len(piece)
        self.complete = not self._body_remaining
        return start + len(piece)

    # Called by the parser.

    def on_message_begin(self) -> None:
        """The first byte of a request line."""
        self.started = True

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the head."""
        name = name.lower()
        if name in self._names:
            # httptools leaves white space at the end of a value (RFC 9110 section 5.5). It refuses a transfer coding that
            # ends with a tab, except beside an Upgrade header. There the tab is kept, and so refused by body_length.
            value = value.rstrip(b" " if name == b"transfer-encoding" else b" \t")
            if name in self.headers:
                self.headers[name].append(value)
            else:
                self.headers[name] = [value]

    def on_headers_complete(self) -> None:
        """The end of the head. The order of these lines is the order of refusal."""
        parser = self._parser
        self.http_version = parser.get_http_version()
        self.method = parser.get_method().decode("ascii")
        self.keep_alive = parser.should_keep_alive()
        check_request_line(self._head.partition(b"\r")[0], self.http_version, self.method)
        length = body_length(self.http_version, self.headers, self._max_body_bytes)
        self.path = path_of(self._target)
        check_host(self.http_version, self.headers)
        authority = authority_of(self._target)
        if authority is not None:
            self.headers[b"host"] = [authority]
        self.query = self._target.partition(b"?")[2]
        self.in_body = True
        if length is None:
            self._chunks = ChunkedBody(self._max_body_bytes)
        else:
            self._body_remaining = length
            self.complete = length == 0
