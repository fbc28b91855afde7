"""The contract: the document as data, and the version catalogue in it."""

from __future__ import annotations

import hashlib

import pytest
import yaml

from security.errors import BadRequest
from service.api.contract import Contract, load
from service.api.versions import Catalogue, ContractError
from service.operations.documents import Document
from tests.support import versions

HEADER = "Verifa-Version"
CATALOGUE = {
    "default": "2026-02-01",
    "versions": {
        "2025-01-01": {"status": "retired", "successor": "2026-01-01"},
        "2026-01-01": {
            "status": "deprecated", "deprecated": "2026-03-01", "sunset": "2026-12-31",
            "link": "https://example.com/moving",
        },
        "2026-02-01": {"status": "active"},
    },
}  # fmt: skip


def test_active_version_says_its_name_alone():
    """Answers of an active version carry Verifa-Version, and nothing about an end."""
    assert Catalogue(CATALOGUE, HEADER).choose((b"2026-02-01",), None).headers == ((b"verifa-version", b"2026-02-01"),)


def test_deprecated_version_says_when_it_ends():
    """Answers of a deprecated version carry Deprecation (RFC 9745), Sunset (RFC 8594) and a Link, to the letter."""
    assert Catalogue(CATALOGUE, HEADER).choose((b"2026-01-01",), None).headers == (
        (b"verifa-version", b"2026-01-01"),
        (b"deprecation", b"@1772323200"),
        (b"sunset", b"Thu, 31 Dec 2026 00:00:00 GMT"),
        (b"link", b'<https://example.com/moving>; rel="deprecation"; type="text/html"'),
    )


@pytest.mark.parametrize(
    ("asked", "pinned", "version"),
    [
        ((), None, "2026-02-01"),
        ((), "2026-01-01", "2026-01-01"),
        ((b"2026-02-01",), "2026-01-01", "2026-02-01"),
        ((b"2026-01-01",), None, "2026-01-01"),
    ],
)
def test_version_is_chosen(asked, pinned, version):
    """What is asked for counts first, then what is pinned to the API key, then the default."""
    assert Catalogue(CATALOGUE, HEADER).choose(asked, pinned).name == version


@pytest.mark.parametrize(
    ("asked", "pinned"), [((b"2025-01-01",), None), ((), "2025-01-01"), ((b"2025-01-01",), "2026-02-01")]
)
def test_retired_version_names_its_successor(asked, pinned):
    """A retired version, asked for or pinned, is a 400 whose detail names the one to move to."""
    with pytest.raises(BadRequest) as refusal:
        Catalogue(CATALOGUE, HEADER).choose(asked, pinned)
    assert refusal.value.detail == "Version 2025-01-01 is retired. Move to 2026-01-01."


@pytest.mark.parametrize(
    "asked",
    [
        (b"",), (b"2026-02-02",), (b"2026-2-1",), (b" 2026-02-01",), (b"2026-02-01,2026-02-01",), (b"latest",),
        (b"\xff\xfe",), (b"2026-02-01", b"2026-02-01"), (b"2026-02-01", b"2026-01-01"),
    ],
)  # fmt: skip
def test_other_versions_are_a_bad_request(asked):
    """Malformed, unknown or repeated: 400, and the answer quotes nothing of it."""
    with pytest.raises(BadRequest) as refusal:
        Catalogue(CATALOGUE, HEADER).choose(asked, None)
    assert refusal.value.detail in {
        "Verifa-Version must not be repeated.", "Verifa-Version is not one of the offered versions.",
    }  # fmt: skip


@pytest.mark.parametrize("default", ["2025-01-01", "2027-01-01"])
def test_default_must_be_on_offer(default):
    """A document whose default is retired or unknown is not served."""
    with pytest.raises(ContractError, match=default):
        Catalogue({**CATALOGUE, "default": default}, HEADER)


def test_facts_are_read_from_the_installed_document():
    """Paths and methods, the cookie's name, request headers, versions: they stand in openapi.yaml alone."""
    contract = load()
    assert yaml.safe_load(contract.text) == contract.spec
    assert contract.methods == {"/api/v1/auth/refresh": ("POST",)}
    assert contract.cookie_name == "vk_org_token"
    assert contract.request_headers == ("X-API-Key", "Verifa-Version")
    assert contract.catalogue is not None
    assert contract.catalogue.default == versions.DEFAULT
    assert list(contract.catalogue.offered) == versions.OFFERED
    assert contract.challenge.startswith("Cookie ")
    assert "X-Request-Id" in contract.exposed_headers


def test_entity_tag_follows_the_bytes():
    """Two files have the same entity tag only if they have the same bytes."""
    document = Document("text/plain", b"abc")
    assert document.etag == b'"%s"' % hashlib.sha256(b"abc").hexdigest()[:32].encode()


def without(*names):
    """The installed document with one member gone."""
    spec = yaml.safe_load(load().text)
    part = spec
    for name in names[:-1]:
        part = part[name]
    del part[names[-1]]
    return yaml.safe_dump(spec).encode()


BROKEN = {
    "not YAML": b"a: [",
    "empty": b"",
    "a list": b"[]",
    "no paths": without("paths"),
    "no catalogue": without("x-version-catalogue"),
    "no default": without("x-version-catalogue", "default"),
    "a version without status": without("x-version-catalogue", "versions", versions.DEFAULT, "status"),
    "no cookie scheme": without("components", "securitySchemes", "sessionCookie"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_document_that_cannot_be_served_is_one_line(name):
    """What is wrong with a document is told in one line that names it."""
    with pytest.raises(ContractError) as refusal:
        Contract(BROKEN[name])
    assert str(refusal.value).startswith("openapi.yaml: ")
    assert "\n" not in str(refusal.value)
