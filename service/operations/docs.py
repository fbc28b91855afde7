"""The documentation for people: Swagger UI over the document, with every file served from here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata, resources

from service.operations.documents import Document

# Only the release files of Swagger UI are used from that package. Importing it would import Flask.
PACKAGE, FOLDER = "flask-swagger-ui", "flask_swagger_ui/dist"
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
    for path, (name, content_type) in PAGE.items():
        yield path, Document(content_type, (resources.files("service.operations") / "pages" / name).read_bytes())
    release = metadata.distribution(PACKAGE)
    for name, content_type in ASSETS.items():
        yield f"/docs/{name}", Document(content_type, release.locate_file(f"{FOLDER}/{name}").read_bytes())  # type: ignore[attr-defined]
