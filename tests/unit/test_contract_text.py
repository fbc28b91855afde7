"""The text that is made of a document says what the document says, and nothing that is ours alone."""

from __future__ import annotations

import re

import pytest
import yaml

from service.api import contract
from service.operations import contract_text, device, internal, llms
from tests.support.documents import away, changed, leaves, objects, parts, to_another

# openapi.yaml is served as text; the others show that a document which grows is told, too.
DOCUMENTS = {"openapi": contract.load().spec, "device": device.load().spec, "internal": internal.load().spec}
TEXTS = {name: contract_text.text_of(document) for name, document in DOCUMENTS.items()}


def words(text: str) -> str:
    """`text` with single blanks, however its lines are broken."""
    return " ".join(text.replace("\n> ", " ").split())


def used(document, path):
    """Whether an operation uses what stands at `path`: of the components, those that a reference leads to."""
    return (
        path[0] != "components" or path[1] == "securitySchemes" or f"#/components/{path[1]}/{path[2]}" in str(document)
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_text_and_number_is_told(name):
    """Descriptions sentence by sentence, examples, patterns, bounds, enums, versions: all that is in the document."""
    document, text = DOCUMENTS[name], words(TEXTS[name])
    missing = []
    for path, value in leaves(document):
        if isinstance(value, bool) or path[0] == "openapi" or path[-1] == "url" or "example" in path[:-1]:
            continue  # the other test holds these
        told = re.split(r"(?<=[.:;])\s", words(value)) if path[-1] == "description" else [str(value)]
        missing += [(path, each) for each in told if each not in text]
    assert not missing


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_name_is_told(name):
    """Paths with their methods, statuses, operations, parameters, headers, schemes, schemas, members."""
    document, text = DOCUMENTS[name], TEXTS[name]
    components = document["components"]
    names = {
        f"`{each['name']}`" for kind in ("parameters", "securitySchemes") for each in components.get(kind, {}).values()
    }
    names |= {f"`{scheme}`" for scheme in components["securitySchemes"]} | {
        f"### {each}\n" for each in components["schemas"]
    }
    names |= {f"`{each}`" for schema in components["schemas"].values() for each in schema.get("properties", {})}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names |= {f"### {method.upper()} {path}\n", f"`{operation['operationId']}`"}
            names |= {f"#### {method.upper()} {path}: {status}\n" for status in operation["responses"]}
    for response in components["responses"].values():
        names |= {f"`{header}`" for header in response["headers"]}
    assert len(names) > 30
    assert [each for each in sorted(names) if each not in text] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_another_document_is_another_text(name):
    """Whatever is changed in the document changes the text: each text, number and truth value, in each place."""
    document = DOCUMENTS[name]
    places = [path for path, _ in leaves(document) if path[0] != "openapi" and used(document, path)]
    assert len(places) > 200
    assert [p for p in places if contract_text.text_of(changed(document, p, to_another)) == TEXTS[name]] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_can_be_taken_away_unnoticed(name):
    """No response, header, parameter, member, value of an enum or version goes without a change of the text."""
    document = DOCUMENTS[name]
    holders = {"responses", "headers", "parameters", "properties", "enum", "versions", "servers", "tags", "security"}
    places = [path for path, _ in parts(document) if len(path) > 1 and path[-2] in holders and path[0] != "components"]
    places += [path for path, _ in parts(document) if path[0] == "components" and len(path) > 4 and path[-2] in holders]
    assert len(places) > 100
    assert [p for p in places if contract_text.text_of(changed(document, p, away)) == TEXTS[name]] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_our_extensions_are_not_told(name):
    """Neither those that are there nor any that is added anywhere: the text stays as it is."""
    document = DOCUMENTS[name]
    told = TEXTS[name]
    described = {
        word
        for path, value in leaves(document)
        if path[-1] == "description"
        for word in re.findall(r"x-\w[\w-]*", value)
    }
    assert set(re.findall(r"\bx-[a-z-]+", told)) == described

    def extend(part, step):
        part[step]["x-ours"] = "sentinel"

    for path in objects(document):
        if path:
            assert contract_text.text_of(changed(document, path, extend)) == told, path
    assert contract_text.text_of({**document, "x-ours": "sentinel"}) == told


@pytest.mark.parametrize("name", DOCUMENTS)
def test_text_is_plain_markdown(name):
    """No HTML outside of code, no reference into the document, no two blank lines, one title."""
    text = TEXTS[name]
    prose = re.sub(r"`[^`\n]*`", "", text)
    assert re.search(r"</?[a-z]+[ >]|\$ref|\n\n\n|#/components", prose) is None
    assert re.findall(r"^# .*", text, re.MULTILINE) == ["# {title} {version}".format(**DOCUMENTS[name]["info"])]


def test_smallest_document_has_a_text():
    """What OpenAPI leaves optional may be missing."""
    document = yaml.safe_load("""
        openapi: 3.0.3
        info: {title: small, version: "1"}
        paths:
          /thing:
            get: {operationId: getThing, responses: {"200": {description: It is there.}}}
    """)
    text = contract_text.text_of(document)
    assert text.startswith("# small 1\n")
    assert "### GET /thing\n" in text
    assert "It is there." in text


def test_credentials_are_told():
    """Each alternative that the document allows, and that an operation needs none."""
    assert "Needs `sessionCookie`, or `sessionCookie` and `apiKey`.\n" in TEXTS["openapi"]
    assert "no credentials" not in TEXTS["openapi"]
    assert re.findall(r"^Needs (.*)\.$", TEXTS["internal"], re.MULTILINE) == [
        "`sessionCookie`, or `sessionCookie` and `apiKey`", "no credentials", "no credentials",
    ]  # fmt: skip
    optional = {**DOCUMENTS["device"], "security": [{"sessionCookie": []}, {}]}
    assert "Needs `sessionCookie`, or nothing.\n" in contract_text.text_of(optional)


def test_versions_are_told_with_their_dates():
    """A deprecated one with its dates and link, a retired one with its successor."""
    document = {**DOCUMENTS["openapi"], "x-version-catalogue": {
        "default": "2026-08-01",
        "versions": {
            "2026-01-01": {"status": "retired", "successor": "2026-08-01"},
            "2026-02-01": {
                "status": "deprecated", "deprecated": "2026-09-01", "sunset": "2027-03-01", "link": "https://example.com",
            },
            "2026-08-01": {"status": "active"},
        },
    }}  # fmt: skip
    assert (
        "- `2026-01-01`: retired; successor: 2026-08-01\n"
        "- `2026-02-01`: deprecated; deprecated: 2026-09-01; sunset: 2027-03-01; link: https://example.com\n"
        "- `2026-08-01`: active; the default\n"
    ) in contract_text.text_of(document)


def test_both_pages_are_one_text():
    """/docs.md is /llms-full.txt as Markdown."""
    pages = dict(llms.documents(contract.load()))
    assert pages["/docs.md"].body == pages["/llms-full.txt"].body
    assert pages["/docs.md"].body.decode().startswith(TEXTS["openapi"])
