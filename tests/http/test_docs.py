"""/docs and the document: complete, self-contained, and cached only while they are current."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.client import request_bytes

PAGES = {
    "/docs": "text/html; charset=utf-8",
    "/docs/page.js": "text/javascript; charset=utf-8",
    "/docs/page.css": "text/css; charset=utf-8",
    "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "/docs/swagger-ui.css": "text/css; charset=utf-8",
    "/docs/favicon-32x32.png": "image/png",
}
DOCUMENTS = {
    "/openapi.yaml": "application/yaml",
    "/openapi.json": "application/json",
    "/llms.txt": "text/plain; charset=utf-8",
    "/llms-full.txt": "text/plain; charset=utf-8",
    "/docs.md": "text/markdown; charset=utf-8",
}


@pytest.mark.parametrize(("path", "content_type"), (PAGES | DOCUMENTS).items())
def test_page_is_served_and_kept_by_its_entity_tag(service, path, content_type):
    """HEAD has the headers of GET. A browser that sends the entity tag gets 304 (RFC 9110 section 13.1.2)."""
    whole = service.get(path)
    assert (whole.status, whole.header("content-type")) == (200, content_type)
    assert whole.header("cache-control") == "no-cache"
    assert len(whole.body) == int(whole.header("content-length"))
    head = service.raw(request_bytes("HEAD", path))
    assert (head.status, head.body) == (200, b"")
    same = ("content-type", "content-length", "etag", "cache-control", "content-security-policy")
    assert [head.header(name) for name in same] == [whole.header(name) for name in same]
    for tag in (whole.header("etag"), f'"another", W/{whole.header("etag")}', "*"):
        known = service.get(path, f"If-None-Match: {tag}")
        assert (known.status, known.body) == (304, b"")
        assert known.header("etag") == whole.header("etag")
    assert service.get(path, 'If-None-Match: "another"').status == 200


@pytest.mark.parametrize("path", PAGES)
def test_page_may_load_and_call_nothing_but_this_service(service, path):
    """The policy allows only what the service serves: no inline script or style, and no frame around the page."""
    policy = dict(rule.split(" ", 1) for rule in service.get(path).header("content-security-policy").split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_page_names_only_what_is_there(service):
    """Each file that the page loads or links to is served by this service."""
    page = service.get("/docs").body.decode()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) >= 7
    for name in named:
        assert "//" not in name
        assert service.get(f"/{name}").status == 200, name
    assert "<style" not in page
    assert re.search(r"<script(?! src)|style=|\son\w+=", page) is None


def test_swagger_ui_is_a_current_one(service):
    """The bundle is complete, and of version 5.34 or later."""
    bundle = service.get("/docs/swagger-ui-bundle.js").body
    assert len(bundle) > 1_000_000
    found = re.search(rb'version:"(5\.\d+)\.\d+"|PACKAGE_VERSION:"(5\.\d+)\.\d+"', bundle)
    assert found
    assert int((found[1] or found[2]).split(b".")[1]) >= 34


@pytest.mark.parametrize(
    "path",
    [
        "/docs/", "/docs.md/", "/docs.MD", "/docs.md.md", "/llms", "/llms.txt/",
        "/docs/index.html", "/docs/swagger-ui.js", "/docs/docs.js", "/docs/../openapi.yaml",
        "/docs/../../etc/passwd", "/docs/%2e%2e/%2e%2e/etc/passwd", "/docs/..%2fdocs.py", "/docs//swagger-ui.css",
        "/docs/swagger-ui.css%00.js", "/docs/page.js/..",
    ],
)  # fmt: skip
def test_nothing_else_is_there(service, path):
    """Files are served by their exact names from a list; the path of a request is never used as a path of a file."""
    reply = service.get(path)
    assert reply.status == 404
    assert reply.json()["error"] == "not_found"
    assert reply.header("cache-control") == "no-store"


@pytest.mark.parametrize("path", [*PAGES, *DOCUMENTS])
def test_page_is_only_to_be_read(service, path):
    """POST is a 405 that names GET and HEAD."""
    reply = service.raw(request_bytes("POST", path))
    assert (reply.status, reply.header("allow")) == (405, "GET, HEAD")


def test_document_comes_as_yaml_and_as_json(service):
    """Both formats hold the whole document."""
    document = service.get("/openapi.json").json()
    assert "x-version-catalogue" in document
    assert b"x-version-catalogue" in service.get("/openapi.yaml").body
    assert json.dumps(document["paths"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_304_does_not_claim_that_the_page_is_empty(service, method):
    """A 304 has no Content-Length: "0" would tell caches that the page is empty (RFC 9110 section 8.6)."""
    tag = service.get("/openapi.yaml").header("etag")
    reply = service.raw(request_bytes(method, "/openapi.yaml", f"If-None-Match: {tag}"))
    assert (reply.status, reply.header("content-length"), reply.header("transfer-encoding")) == (304, None, None)


def sign_out(service, *headers: str):
    """POST /docs/sign-out."""
    return service.raw(request_bytes("POST", "/docs/sign-out", *headers))


EXPIRED = "vk_org_token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax"


@pytest.mark.parametrize(
    ("origin", "domains"),
    [
        ("http://127.0.0.1", []), ("http://[::1]:8080", []), ("http://localhost:8080", []),
        ("https://api.eu.example.com", ["api.eu.example.com", "eu.example.com", "example.com"]),
        ("https://example.com:8443", ["example.com"]),
        ("https://a.example.com; Secure", []),
    ],
)  # fmt: skip
def test_page_signs_its_browser_out(service, origin, domains):
    """The cookie is deleted with each Domain that it may have, and nothing from the Origin but a host name is sent back."""
    reply = sign_out(service, "Sec-Fetch-Site: same-origin", f"Origin: {origin}")
    assert (reply.status, reply.body, reply.header("cache-control")) == (200, b"{}", "no-store")
    assert reply.all("set-cookie") == [EXPIRED, *(f"{EXPIRED}; Domain={domain}" for domain in domains)]


@pytest.mark.parametrize(
    "headers",
    [
        (), ("Sec-Fetch-Site: none",), ("Sec-Fetch-Site: same-origin",), ("Origin: null",),
        ("Sec-Fetch-Site: same-origin", "Origin: null"), ("Origin: https://evil.example",),
        ("Sec-Fetch-Site: cross-site", "Origin: https://evil.example"),
        ("Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:1"), ("Origin: http://127.0.0.1:1",),
        ("Origin: https://dashboard.example.com",),
        ("Sec-Fetch-Site: cross-site", "Origin: https://dashboard.example.com"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_other_page_signs_anybody_out(service, headers):
    """Any other origin is a 403 that sets no cookie: also one that may refresh sessions, and a request without Origin."""
    reply = sign_out(service, *headers)
    assert (reply.status, reply.all("set-cookie")) == (403, [])


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_no_link_signs_anybody_out(service, method):
    """Only POST does: a link, an image or a preflight gets a 405 and sets no cookie."""
    reply = service.raw(request_bytes(method, "/docs/sign-out", "Origin: http://127.0.0.1"))
    assert (reply.status, reply.header("allow"), reply.all("set-cookie")) == (405, "POST", [])
