"""docs/errors.md tells every error code once, as it is in the code and in the documents."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from security.errors import Problem
from security.statement_errors import LogoutRefused, StatementRefused
from service.api import contract
from service.operations import device, internal
from tests.support import tables
from tests.support.document import resolved

DOCUMENTS = {"openapi": contract.load().spec, "device": device.load().spec, "internal": internal.load().spec}
ROWS = {tables.code(row["code"])[0]: row for row in tables.rows("docs/errors.md", "code")}
FIRST, _, _ = (tables.ROOT / "docs/errors.md").read_text().partition("\n## ")
OURS = set(re.findall(r"^\| `(\w+)`", FIRST, re.MULTILINE))


def problems(base: type[Problem] = Problem) -> list[type[Problem]]:
    """All classes of problems."""
    return [each for child in base.__subclasses__() for each in (child, *problems(child))]


def test_page_names_each_code_once():
    """No code has two rows, in either table."""
    named = Counter(row["code"] for row in tables.rows("docs/errors.md", "code"))
    assert [code for code, count in named.items() if count > 1] == []


def test_page_tells_the_codes_of_the_code():
    """Each class of problem has its row with its status, those about statements in the second table; no row is of none."""
    classes = problems()
    assert len(classes) > 12
    assert {(each.code, each.status) for each in classes} == {(code, int(row["status"])) for code, row in ROWS.items()}
    statements = {each.code for each in classes if issubclass(each, StatementRefused | LogoutRefused)}
    assert statements == set(ROWS) - OURS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_page_tells_the_codes_of_the_documents(name):
    """Each code that a document lists or shows in an example has its row, with that status."""
    document = resolved(DOCUMENTS[name], DOCUMENTS[name])
    listed = set(document["components"]["schemas"]["ErrorResponse"]["properties"]["error"]["enum"])
    assert listed <= OURS
    if name == "openapi":
        assert listed == OURS
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    example = content["example"]
                    if int(status) >= 400:
                        code = example.get("error", example.get("err"))
                        assert ROWS[code]["status"] == status
                        assert set(example) >= {"detail"} or code not in OURS
