"""/openapi.yaml and /openapi.json are the document, with an entity tag."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.support.assertions import assert_common_headers
from tests.support.replies import read_all

DOCUMENTS = {"/openapi.yaml": "application/yaml", "/openapi.json": "application/json"}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_document_is_served_with_an_entity_tag(service, path):
    """Both formats hold the same contract, and a client that has it gets 304."""
    reply = service.get(path)
    assert_common_headers(reply)
    assert (reply.status, reply.header("content-type")) == (200, DOCUMENTS[path])
    assert yaml.safe_load(reply.body)["paths"].keys() == {"/api/v1/auth/refresh"}
    assert reply.header("cache-control") == "no-cache"
    tag = reply.header("etag") or ""
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*", f' {tag} , "x"'):
        unchanged = service.get(path, f"If-None-Match: {known}")
        assert_common_headers(unchanged)
        assert (unchanged.status, unchanged.body, unchanged.header("etag")) == (304, b"", tag), known
        assert unchanged.header("content-length") is None  # RFC 9110 section 8.6: it would be that of the 200
        assert not unchanged.all("content-type")
    for other in ('"other"', "", tag.strip('"'), '"*"', tag[:-2] + '"'):
        assert service.get(path, f"If-None-Match: {other}").status == 200, other


def test_documents_hold_the_same(service):
    """YAML and JSON differ in their format only."""
    assert yaml.safe_load(service.get("/openapi.yaml").body) == service.get("/openapi.json").json()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", *DOCUMENTS])
def test_head_tells_the_length_without_the_body(service, path):
    """HEAD has the headers of GET, and no body."""
    with service.connect() as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")
    assert int(re.search(rb"content-length: ([0-9]+)", received)[1]) > 10  # type: ignore[index]
