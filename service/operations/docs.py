"""The documentation for people: Swagger UI over the document, with every file served from here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from service.operations.documents import Document

# Files of Swagger UI's release, as supply/swagger_ui.py fetched them into swagger_ui/.
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
PAGE = {
    "/docs": ("docs.html", "text/html; charset=utf-8"),
    "/docs/page.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/docs/page.css": ("docs.css", "text/css; charset=utf-8"),
}
# Content Security Policy level 3. Swagger UI draws its icons from data: URLs in its style sheet.
POLICY = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)


def documents() -> Iterator[tuple[str, Document]]:
    """The files, by path."""
    folder = resources.files("service.operations")
    for path, (name, content_type) in PAGE.items():
        yield path, Document(content_type, (folder / "pages" / name).read_bytes())
    for name, content_type in ASSETS.items():
        yield f"/docs/{name}", Document(content_type, (folder / "swagger_ui" / name).read_bytes())
