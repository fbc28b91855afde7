"""Reads the requests of one connection from its bytes, one at a time, and within the limits of size."""

from __future__ import annotations

import httptools

from security.errors import BadRequest, HeadersTooLarge, Problem
from service.http.framing import ChunkedBody, body_length
from service.http.limits import MAX_HEAD_BYTES
from service.http.target import check_host, path_of

HEAD_END = b"\r\n\r\n"


class RequestReader:
    """Collects one request: head, then body. When `complete` is set, its parts are there, or its `problem`.

    Only the headers in `names` are kept; of the others nothing, and nothing of trailers (RFC 9110 section 6.5.1).
    """

    def __init__(self, names: frozenset[bytes]) -> None:
        self._names = names
        self.start_over()

    def start_over(self) -> None:
        """Forgets the request, to read the next one."""
        self.begun = False  # whether anything but blank lines has come
        self.complete = False
        self.problem: Problem | None = None
        self.method = ""
        self.path = ""
        self.query = b""
        self.version = "1.1"
        self.headers: dict[bytes, list[bytes]] = {}
        self.body = b""
        self.keep_alive = True
        self.in_body = False
        self._target = b""
        self._head_size = 0
        self._head_tail = b""  # the last bytes that were fed: the end of the head may come in two pieces
        self._missing = 0  # bytes of a body with a length
        self._chunks: ChunkedBody | None = None
        self._parser = httptools.HttpRequestParser(self)

    @property
    def wants_continue(self) -> bool:
        """Whether the client waits for 100 before it sends the body (RFC 9110 section 10.1.1)."""
        expected = self.headers.get(b"expect")
        waits = self.in_body and not self.complete and self.version == "1.1"
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

    def fail(self, problem: Problem) -> None:
        """Ends this request with `problem`. Nothing that follows on the connection can be read."""
        self.problem = problem
        self.complete = True
        self.keep_alive = False

    def _feed_head(self, data: bytes, start: int) -> int:
        """Feeds the parser up to the end of the head, exactly: it never gets bytes of two requests."""
        tail = self._head_tail
        found = (tail + data[start : start + MAX_HEAD_BYTES + 1]).find(HEAD_END)
        end = start + found + len(HEAD_END) - len(tail) if found >= 0 else len(data)
        within = min(end, start + MAX_HEAD_BYTES - self._head_size)
        self._head_size += end - start
        try:
            self._parser.feed_data(data[start:within])
        except httptools.HttpParserUpgrade:
            pass  # ignored: what follows is read as the body that the head declares
        except httptools.HttpParserError as error:
            cause = error.__context__
            raise cause if isinstance(cause, Problem) else BadRequest("head: broken HTTP") from error
        if self._head_size > MAX_HEAD_BYTES:
            raise HeadersTooLarge("head: too large", MAX_HEAD_BYTES)
        self._head_tail = b"" if found >= 0 else (tail + data[start:end])[-len(HEAD_END) + 1 :]
        return end

    def _feed_body(self, data: bytes, start: int) -> int:
        if self._chunks is not None:
            end = self._chunks.feed(data, start)
            self.complete = self._chunks.complete
            self.body = self._chunks.body
            self.keep_alive = self.keep_alive and not self._chunks.closes
            return end
        piece = data[start : start + self._missing]
        self.body += piece
        self._missing -= len(piece)
        self.complete = not self._missing
        return start + len(piece)

    # Called by the parser.

    def on_message_begin(self) -> None:
        """The first byte of a request line."""
        self.begun = True

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the head."""
        name = name.lower()
        if name in self._names:
            # The parser leaves white space at the end (RFC 9110 section 5.5). Behind a transfer coding it refuses a tab,
            # but not in a head that asks for an upgrade: it stays, to be refused there too.
            value = value.rstrip(b" " if name == b"transfer-encoding" else b" \t")
            if name in self.headers:
                self.headers[name].append(value)
            else:
                self.headers[name] = [value]

    def on_headers_complete(self) -> None:
        """The end of the head."""
        parser = self._parser
        self.version = parser.get_http_version()
        self.method = parser.get_method().decode("ascii")
        self.keep_alive = parser.should_keep_alive()
        length = body_length(self.version, self.method, self.headers)
        self.path = path_of(self._target)
        check_host(self.version, self.headers)
        self.query = self._target.partition(b"?")[2]
        self.in_body = True
        if length is None:
            self._chunks = ChunkedBody()
        else:
            self._missing = length
            self.complete = length == 0
