"""Edits of an OpenAPI document, by which the tests make the next version of it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Document = dict[str, Any]


Change = Callable[[Document], object]


RETIRING = {"status": "deprecated", "deprecated": "2026-01-02", "sunset": "2026-06-30", "link": "https://example.org"}


def operation(document: Document) -> Document:
    found: Document = document["paths"]["/api/v1/auth/refresh"]["post"]
    return found


def header(document: Document, name: str) -> Document:
    found: Document = document["components"]["headers"][name]
    return found


def properties(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]["properties"]
    return found


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def parameter(document: Document) -> Document:
    found: Document = document["components"]["parameters"]["VerifaVersion"]
    return found


def asked(document: Document) -> Document:
    """The schema of the version parameter, apart from that of the response header, which is the same one."""
    part = parameter(document)
    part["schema"] = deepcopy(schema(document, "ApiVersion"))
    found: Document = part["schema"]
    return found


def offer(document: Document, *names: str) -> None:
    """The version parameter and the version header take just these versions."""
    schema(document, "ApiVersion")["enum"] = list(names)


def release(document: Document, name: str, default: str) -> None:
    catalogue = document["x-version-catalogue"]
    catalogue["versions"][name] = {"status": "active"}
    catalogue["default"] = default
    offer(document, *catalogue["versions"])


def retire(document: Document, name: str) -> None:
    catalogue = document["x-version-catalogue"]
    catalogue["versions"][name] = {"status": "retired", "successor": "2026-02-01"}
    offer(document, *(known for known in catalogue["versions"] if known != name))


def remove_detail(document: Document) -> None:
    del properties(document, "ErrorResponse")["detail"]
    schema(document, "ErrorResponse")["required"].remove("detail")


def ask_for(document: Document, required: bool) -> None:
    ask = {"name": "X-Tenant", "in": "header", "required": required, "schema": {"type": "string"}}
    operation(document)["parameters"].append(ask)


def need_property(document: Document) -> None:
    schema(document, "RefreshRequest").update(
        required=["reason"], properties={"reason": {"type": "string"}}, maxProperties=1
    )
