"""The path that a target names."""

import pytest

from security.errors import BadRequest
from service.http.target import path_of

PATHS = {
    b"/": "/",
    b"*": "*",
    b"/a?b": "/a",
    b"/a?b?c": "/a",
    b"/%61%2D%5f%7E%2e": "/a-_~.",
    b"/%2F%0A%20%25%3f%c3%a9": "/%2F%0A%20%25%3f%c3%a9",
    b"/%2561": "/%2561",
    b"/%%361": "/%61",  # decoded once, never again
    b"/a#b": "/a#b",
    b"//a/b": "//a/b",
    b"http://host/a": "/a",
    b"HTTP://host:80/a?b": "/a",
    b"https://[::1]:8080/%61": "/a",
}
REFUSED = [
    b"", b"a", b"?", b"#", b"host:80", b"**", b"*/", b"http:/a", b"http:///a", b"http://host", b"http://host?a",
    b"http://u@host/a", b"http://[::1/a", b"http://host:123456/a", b"http://:80/a", b"ftp://host/a", b"/\xff",
]  # fmt: skip


@pytest.mark.parametrize(("target", "path"), PATHS.items())
def test_path_is_read_to_the_byte(target, path):
    """Nothing but unreserved characters is decoded, and those once."""
    assert path_of(target) == path


@pytest.mark.parametrize("target", REFUSED)
def test_target_that_names_no_path_is_refused(target):
    """RFC 9112 section 3.2 knows four forms; two of them have a path, and the asterisk."""
    with pytest.raises(BadRequest):
        path_of(target)
