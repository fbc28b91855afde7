"""The request's body: nothing, or the empty JSON object, in at most 1 KiB."""

from __future__ import annotations

import pytest

from tests.support.assertions import DASHBOARD, REFRESH, assert_problem, assert_refreshed
from tests.support.client import request_bytes

JSON = "application/json"


BODIES: dict[str, tuple[str | None, bytes, int]] = {
    "no body, JSON": (JSON, b"", 200),
    "no body, other type": ("text/plain", b"", 200),
    "no body, form": ("application/x-www-form-urlencoded", b"", 200),
    "no body, a type that is none": ("nonsense", b"", 200),
    "{} as JSON": (JSON, b"{}", 200),
    "{} without a type": (None, b"{}", 200),
    "{} with blanks": (JSON, b" \r\n\t{ \n } ", 200),
    "{} with charset": ("application/json; charset=utf-8", b"{}", 200),
    "{} with charset, tight": ("application/json;charset=UTF-8", b"{}", 200),
    "{} with charset in quotes": ('application/json; charset="utf-8"', b"{}", 200),
    "{} with charset, a blank before the semicolon": ("application/json ; charset=utf-8", b"{}", 200),
    "{} with other parameters": ("application/json; a=b; c=d", b"{}", 200),
    "{} in capitals": ("APPLICATION/JSON", b"{}", 200),
    "{} with a semicolon at the end": ("application/json;", b"{}", 200),
    "{} of just 1024 bytes": (JSON, b"{" + b" " * 1022 + b"}", 200),
    "{} in UTF-16": ("application/json; charset=utf-16", "{}".encode("utf-16"), 400),
    "{} in UTF-16 without a mark": ("application/json; charset=utf-16le", "{}".encode("utf-16-le"), 400),
    "{} in UTF-32": (JSON, "{}".encode("utf-32"), 400),
    "{} with a byte order mark": (JSON, b"\xef\xbb\xbf{}", 400),
    "an unknown charset and no JSON": ("application/json; charset=klingon", b"\xff", 400),
    "not UTF-8": (JSON, b'{"a":"\xff"}', 400),
    "half a character": (JSON, b'{"a":"\xc3"}', 400),
    "surrogates in UTF-8": (JSON, b'{"a":"\xed\xa0\x80"}', 400),
    "a blank": (JSON, b" ", 400),
    "NUL": (JSON, b"\0", 400),
    "{ alone": (JSON, b"{", 400),
    "{} twice": (JSON, b"{}{}", 400),
    "{} and a comma": (JSON, b"{},", 400),
    "single quotes": (JSON, b"{'a':1}", 400),
    "comment": (JSON, b"{/**/}", 400),
    "a form as JSON": (JSON, b"a=b", 400),
    "NaN": (JSON, b"NaN", 400),
    "infinity": (JSON, b"-Infinity", 400),
    "NaN within": (JSON, b'{"a":NaN}', 400),
    "500 lists deep, never closed": (JSON, b"[" * 1000, 400),
    "null": (JSON, b"null", 422),
    "true": (JSON, b"true", 422),
    "a number": (JSON, b"0", 422),
    "a number of 1,000 digits": (JSON, b"9" * 1000, 422),
    "a number beyond all bounds": (JSON, b"1e999", 422),
    "text": (JSON, b'"{}"', 422),
    "the empty list": (JSON, b"[]", 422),
    "a list with {}": (JSON, b"[{}]", 422),
    "a member": (JSON, b'{"a":1}', 422),
    "a member without name": (JSON, b'{"":{}}', 422),
    "__proto__": (JSON, b'{"__proto__":{}}', 422),
    "a name twice": (JSON, b'{"a":1,"a":2}', 422),
    "a lone surrogate": (JSON, b'{"\\ud800":1}', 422),
    "lists 512 deep": (JSON, b"[" * 512 + b"]" * 512, 422),
    "objects 170 deep": (JSON, b'{"a":' * 170 + b"{}" + b"}" * 170, 422),
    "a member, without a type": (None, b'{"a":1}', 422),
    "text/plain": ("text/plain", b"{}", 415),
    "text/json": ("text/json", b"{}", 415),
    "a form": ("application/x-www-form-urlencoded", b"{}", 415),
    "multipart": ("multipart/form-data; boundary=x", b"--x--\r\n", 415),
    "XML": ("application/xml", b"<a/>", 415),
    "problem+json": ("application/problem+json", b"{}", 415),
    "merge-patch+json": ("application/merge-patch+json", b"{}", 415),
    "jsonp": ("application/jsonp", b"{}", 415),
    "application/*": ("application/*", b"{}", 415),
    "*/*": ("*/*", b"{}", 415),
    "a type that is none": ("json", b"{}", 415),
    "two types": ("text/plain, application/json", b"{}", 415),
    "bytes over 127 as type": ("\xff\xfe", b"{}", 415),
    "not JSON, of another type": ("text/plain", b"\xff", 415),
    "octets": ("application/octet-stream", b"\0", 415),
}


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize(("content_type", "body", "status"), BODIES.values(), ids=BODIES)
def test_body_is_nothing_or_the_empty_object(service, token, content_type, body, status, chunked):
    """A body gets the same response whether its length is declared or it is chunked."""
    headers = [] if content_type is None else [f"Content-Type: {content_type}"]
    if chunked:
        head = request_bytes("POST", REFRESH, f"Cookie: vk_org_token={token}", "Transfer-Encoding: chunked", *headers)
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:1], body[1:]) if part)
        reply = service.raw(head + chunks + b"0\r\n\r\n")
    else:
        reply = service.refresh(token, *headers, body=body)
    if status == 200:
        assert_refreshed(reply)
    else:
        assert_problem(reply, status)


def test_content_type_twice_is_not_json(service, token):
    """A request with two Content-Type headers is a 415."""
    reply = service.refresh(token, "Content-Type: text/plain", "Content-Type: application/json", body=b"{}")
    assert_problem(reply, 415)


TOO_LONG = {
    "declared": (b"Content-Length: 1025\r\n\r\n", b""),
    "declared, sent whole": (b"Content-Length: 1025\r\n\r\n", b" " * 1025),
    "declared, a little of 1 GB sent": (b"Content-Length: 1000000000\r\n\r\n", b" " * 10),
    "in one chunk": (b"Transfer-Encoding: chunked\r\n\r\n", b"401\r\n" + b" " * 1025),
    "in many chunks": (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 1025),
    "with {} at its start": (b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\n{}\r\n400\r\n" + b" " * 1024),
}


@pytest.mark.parametrize(("head", "body"), TOO_LONG.values(), ids=TOO_LONG)
def test_body_of_more_than_1_kib_is_refused_before_its_end(service, token, head, body):
    """The 413 comes before the rest of the body is read, and the connection closes."""
    start = request_bytes("POST", REFRESH, f"Cookie: vk_org_token={token}").removesuffix(b"\r\n")
    start = start.replace(b"Connection: close\r\n", b"")
    (reply,) = service.talk(start + head + body)
    assert_problem(reply, 413)
    assert reply.header("connection") == "close"


def test_too_long_a_body_is_refused_on_every_path_and_for_everybody(service):
    """The size is checked first, before path, origin and cookie."""
    for path, origin in ((REFRESH, "https://evil.example"), ("/nowhere", DASHBOARD), ("/healthz", DASHBOARD)):
        assert_problem(service.request(f"Origin: {origin}", path=path, body=b" " * 1025), 413)
