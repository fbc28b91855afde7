"""Compares a response with openapi.yaml."""

from __future__ import annotations

from typing import Any

import jsonschema
import yaml

from tests.support.programs.with_document import DOCUMENT
from tests.support.replies import Reply

HTTP_OWN = {"date", "connection", "content-length", "content-type"}


def resolved(part: Any, document: dict[str, Any]) -> Any:
    """A part of the document with every $ref replaced by what it refers to."""
    if isinstance(part, list):
        return [resolved(item, document) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return resolved(target, document)
    return {key: resolved(value, document) for key, value in part.items()}


SPEC: dict[str, Any] = resolved(yaml.safe_load(DOCUMENT.read_bytes()), yaml.safe_load(DOCUMENT.read_bytes()))
(PATH,) = SPEC["paths"]
OPERATION: dict[str, Any] = SPEC["paths"][PATH]["post"]
ERROR = SPEC["components"]["schemas"]["ErrorResponse"]
CODES = frozenset(ERROR["properties"]["error"]["enum"])
VERSIONS = frozenset(OPERATION["parameters"][0]["schema"]["enum"])


def never(header: dict[str, Any]) -> bool:
    """Whether the document says that a response never has this header."""
    return bool(header["schema"] == {"not": {}})


def declared(responses: dict[str, Any]) -> frozenset[tuple[int, str]]:
    """Every header that a response may have, with the response's status."""
    return frozenset(
        (int(status), name.lower())
        for status, response in responses.items()
        for name, header in response["headers"].items()
        if not never(header)
    )


def deviations(reply: Reply, responses: dict[str, Any]) -> list[str]:
    """Where the response differs from the document. Empty if it does not."""
    response = responses.get(str(reply.status))
    if response is None:
        return [f"status {reply.status}"]
    headers = {name.lower(): header for name, header in response["headers"].items()}
    came = {name for name, _ in reply.headers}
    found = [f"{name}: not in the document" for name in sorted(came - set(headers) - HTTP_OWN)]
    found += [f"{name}: came twice" for name in sorted(came) if len(reply.all(name)) > 1]
    found += [f"{name}: missing" for name, header in headers.items() if header.get("required") and name not in came]
    found += [f"{name}: came" for name in sorted(came & set(headers)) if never(headers[name])]
    for name in sorted(came & set(headers)):
        value: Any = reply.all(name)[0]
        schema = headers[name]["schema"]
        if schema.get("type") == "integer" and value.isdigit():
            value = int(value)
        found += [f"{name}: {error.message}" for error in jsonschema.Draft4Validator(schema).iter_errors(value)]
    if "content" not in response:
        return found + (["body"] if reply.body else [])
    (content_type,) = response["content"]
    if reply.header("content-type") != content_type:
        return [*found, f"content-type {reply.header('content-type')}"]
    schema = response["content"][content_type]["schema"]
    found += [f"body: {error.message}" for error in jsonschema.Draft4Validator(schema).iter_errors(reply.json())]
    if reply.status >= 400:
        example = response["content"][content_type]["example"]
        if (reply.json()["error"], reply.json()["status_code"]) != (example["error"], reply.status):
            found.append(f"body: {reply.json()}")
    return found
