"""Broken and merely odd HTTP, as data: each request by name, with the status that it gets."""

from __future__ import annotations

from tests.http.promises import REFRESH

LINE = f"POST {REFRESH} HTTP/1.1\r\n".encode()
HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

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
    "absolute target of another scheme": (line(b"ftp://127.0.0.1" + PATH), 400),
    "absolute target with a user": (line(b"http://user@127.0.0.1" + PATH), 400),
    "absolute target without path, with a query": (line(b"http://127.0.0.1?x"), 400),
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
    # CONNECT (RFC 9110 section 9.3.6), whose body a parser may take for what goes through a tunnel
    "CONNECT to a host": (line(b"example.com:443", b"CONNECT"), 400),
    "CONNECT to our path": (line(PATH, b"CONNECT"), 400),
    "CONNECT with a body that is a request": (
        line(b"example.com:443", b"CONNECT").replace(CLOSE, b"Content-Length: %d\r\n" % len(line(PATH))) + line(PATH), 400,
    ),
    "CONNECT with chunks": (line(b"a:1", b"CONNECT").replace(CLOSE, CHUNKED) + b"2\r\n{}\r\n0\r\n\r\n" + line(PATH), 400),
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
    "Transfer-Encoding: gzip, chunked": (with_coding(b"gzip, chunked"), 400),
    "Transfer-Encoding: identity, chunked": (with_coding(b"identity, chunked"), 400),
    "Transfer-Encoding: gzip, and chunked in another line": (with_coding(b"gzip\r\nTransfer-Encoding: chunked"), 400),
    "Transfer-Encoding of a comma and chunked": (with_coding(b", chunked"), 400),
    "Transfer-Encoding of chunked and a comma": (with_coding(b"chunked,"), 400),
    "Transfer-Encoding with a parameter": (with_coding(b"chunked;q=1"), 400),
    "Transfer-Encoding behind a vertical tab": (with_coding(b"\x0bchunked"), 400),
    "chunks in HTTP/1.0": (with_chunks(b"2\r\n{}\r\n0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    "empty Transfer-Encoding": (with_coding(b""), 400),
    "Transfer-Encoding with a tab behind it": (with_coding(b"chunked\t"), 400),
    "Transfer-Encoding with a tab behind it, and an upgrade": (
        with_coding(b"chunked\t\r\nConnection: Upgrade\r\nUpgrade: h2c"), 400,
    ),
    "Transfer-Encoding in quotes": (with_coding(b'"chunked"'), 400),
    "Transfer-Encoding twice": (HEAD + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", 400),
    # chunks (RFC 9112 section 7.1)
    "chunk size that is no number": (with_chunks(b"zz\r\n{}\r\n0\r\n\r\n"), 400),
    "negative chunk size": (with_chunks(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with 0x": (with_chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with a space after it": (with_chunks(b"2 \r\n{}\r\n0\r\n\r\n"), 400),
    "chunk size with a space before it": (with_chunks(b" 2\r\n{}\r\n0\r\n\r\n"), 400),
    "LF in a chunk extension": (with_chunks(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), 400),
    "CR in a chunk extension": (with_chunks(b"2;a\rb\r\n{}\r\n0\r\n\r\n"), 400),
    "quote in a chunk extension that never ends": (with_chunks(b'2;a="\r\n{}\r\n0\r\n\r\n'), 400),
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
    "absolute target in capitals": line(b"HTTP://127.0.0.1" + PATH),
    "Content-Length with zeros before it": with_length(b"0002"),
    "Content-Length with blanks around": with_length(b" \t2 \t"),
    "zero as Content-Length": with_length(b"0", b""),
    "several zeros as Content-Length": with_length(b"000", b""),
    "blanks around the transfer coding": with_coding(b" \t chunked"),
    "1,400 equal headers": with_header(b"\r\n".join([b"Cookie: a"] * 1400)),
    "a request behind the one that closes": line(PATH) + line(PATH),
    "Expect in HTTP/1.0": with_length(b"2")
    .replace(b"HTTP/1.1", b"HTTP/1.0")
    .replace(CLOSE, b"Expect: 100-continue\r\n"),
    "Expect without a body": with_header(b"Expect: 100-continue"),
    "an unknown expectation": with_header(b"Expect: miracles"),
    "chunk extension": with_chunks(b'2;a=b;c="d"\r\n{}\r\n0\r\n\r\n'),
    "chunks of one byte": with_chunks(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
    "chunk size with zeros before it": with_chunks(b"0002\r\n{}\r\n000\r\n\r\n"),
    "Chunked in capitals": with_coding(b"CHUNKED"),
    "trailer": with_chunks(b"2\r\n{}\r\n0\r\nX-Checksum: 1\r\n\r\n"),
    "trailer that closes the connection": with_chunks(b"2\r\n{}\r\n0\r\nConnection: close\r\n\r\n").replace(CLOSE, b""),
    "trailer that closes the connection, and an upgrade": with_coding(
        b"chunked\r\nConnection: Upgrade\r\nUpgrade: h2c", b"0\r\nConnection: close\r\n\r\n"
    ).replace(CLOSE, b""),
    "upgrade to WebSocket": with_header(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
    "upgrade to h2c": with_header(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"),
    "empty Host": LINE + b"Host:\r\n%C" + CLOSE + b"\r\n",
    "IPv6 Host": LINE + b"Host: [::1]:8080\r\n%C" + CLOSE + b"\r\n",
    "headers of just 16 KiB": with_header(b"X: " + b"a" * 15000),
}
