"""Faulty services: the installed program with one thing in it made wrong.

Each stands for a fault that a change of the service might bring, and names a pass of the gate that must find it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import NamedTuple

from tests.fuzz.faults import (
    EVERY_SIGNATURE,
    also,
    attribute,
    body,
    cookie,
    headers,
    ignored,
    nothing,
    success,
    unknown_versions_are_the_default,
    with_,
    without,
)


class Mutant(NamedTuple):
    """How the program is changed, the pass that finds it, and the check that does (a part of the finding's text)."""

    apply: Callable[[], None]
    found_in: str
    found_by: str


MUTANTS: Mapping[str, Mutant] = {
    "200 is 201": Mutant(success(lambda response: response._replace(status=201)), "good cookies", "UndefinedStatus"),
    "one member more in the body": Mutant(
        success(lambda response: response._replace(body=b'{"refreshed": true, "user": "user-1"}')),
        "good cookies", "JsonSchemaError",
    ),
    "refreshed is text": Mutant(
        success(lambda response: response._replace(body=b'{"refreshed": "true"}')), "good cookies", "JsonSchemaError"
    ),
    "text/plain for JSON": Mutant(
        success(lambda response: response._replace(headers=((b"content-type", b"text/plain"), *response.headers[1:]))),
        "good cookies", "Undocumented Content-Type",
    ),
    "cookie without HttpOnly": Mutant(
        cookie(lambda value: value.replace(b"; HttpOnly", b"")), "good cookies", "JsonSchemaError"
    ),
    "cookie for an hour": Mutant(
        cookie(lambda value: value.replace(b"28800", b"3600")), "good cookies", "JsonSchemaError"
    ),
    "no cookie": Mutant(headers(200, without(b"set-cookie")), "good cookies", "MissingHeaders"),
    "two cookies": Mutant(
        headers(200, lambda headers: [*headers, (b"set-cookie", b"vk_org_token=; Max-Age=0")]),
        "good cookies", "only_documented_headers",
    ),
    "200 without X-RateLimit-Reset": Mutant(
        headers(200, without(b"x-ratelimit-reset")), "good cookies", "MissingHeaders"
    ),
    "a version that is not in the catalogue": Mutant(
        headers(200, with_(b"verifa-version", b"2025-01-01")), "good cookies", "JsonSchemaError"
    ),
    "a header that is not in the document": Mutant(
        headers(200, with_(b"x-served-by", b"worker-1")), "good cookies", "only_documented_headers"
    ),
    "CORS headers on 200 alone": Mutant(
        headers(401, without(b"access-control-allow-origin")), "bad credentials", "allowed_origins_may_read"
    ),
    "500 for a body that is not UTF-8": Mutant(
        body(lambda body: bool(body.decode("utf-8")) and False), "good cookies", "ServerError"
    ),
    "null is taken for {}": Mutant(body(lambda body: body.strip() == b"null"), "good cookies", "AcceptedNegativeData"),
    "unknown versions are the default": Mutant(unknown_versions_are_the_default, "good cookies", "AcceptedNegativeData"),
    "the API key is ignored": Mutant(
        attribute("security.authentication", "Authenticator", "api_key", lambda *_: None),
        "bad credentials", "answer_of_this_pass",
    ),
    "401 without WWW-Authenticate": Mutant(
        headers(401, without(b"www-authenticate")), "bad credentials", "MissingHeaders"
    ),
    "401 clears the cookie": Mutant(
        headers(401, with_(b"set-cookie", b"vk_org_token=; Max-Age=0")), "bad credentials", "only_documented_headers"
    ),
    "401 tells why": Mutant(
        attribute("security.errors", "Unauthorized", "detail", "The token has expired."),
        "bad credentials", "error_says_its_status",
    ),
    "403 for 401": Mutant(
        attribute("security.errors", "Unauthorized", "status", 403), "bad credentials", "answer_of_this_pass"
    ),
    "422 with the code of 400": Mutant(
        attribute("security.errors", "UnprocessableContent", "code", "bad_request"),
        "good cookies", "error_says_its_status",
    ),
    "429 without Retry-After": Mutant(
        headers(429, without(b"retry-after")), "session limit reached", "MissingHeaders"
    ),
    "503 without Retry-After": Mutant(headers(503, without(b"retry-after")), "store away", "MissingHeaders"),
    "401 while the store is away": Mutant(
        attribute("security.errors", "Unavailable", "status", 401), "store away", "answer_of_this_pass"
    ),
    "/verify does not say who": Mutant(
        success(lambda response: response._replace(headers=response.headers[1:]), "verifySession"),
        "internal, good cookies", "MissingHeaders",
    ),
    "401 for bad statements": Mutant(
        attribute("security.statement_errors", "StatementRefused", "status", 401), "endpoints, nobody's statements", "Undefined"
    ),
    "statements are not kept": Mutant(
        attribute("service.state.statement_desk", "StatementDesk", "take", nothing), "endpoints, store away", "answer_of"
    ),
    "403 without a challenge": Mutant(
        headers(403, without(b"secure-session-challenge")), "device, not signed yet", "told_to_devices"
    ),
    "a challenge that is no string": Mutant(
        headers(403, with_(b"secure-session-challenge", b"abc")), "device, not signed yet", "JsonSchemaError"
    ),
    "refusals of devices count": Mutant(
        attribute("service.api.request_context", "RequestContext", "unlimited", property(lambda _: False, ignored)),
        "device, no proofs", "answer_of_this_pass",
    ),
    "a renewal has the body of a refresh": Mutant(
        success(lambda response: response._replace(body=response.body or b'{"refreshed": true}'), "bindDevice"),
        "device, proofs", "MissingContentType",
    ),
    "proofs are not verified": Mutant(
        attribute("security", "device_proof", "algorithms", SimpleNamespace(load=lambda *_: EVERY_SIGNATURE)),
        "device, no proofs", "answer_of_this_pass",
    ),
    "bound sessions are offered to be bound": Mutant(
        headers(200, also(b"secure-session-registration", b'(ES256);path="/api/v1/auth/device";challenge="a.b.c"')),
        "good cookies, sessions are bound", "offered_to_devices",
    ),
    "/verify does not look at the device": Mutant(
        attribute("service.api", "device_headers", "read_if_asked", lambda *_: None),
        "internal, bad credentials", "answer_of_this_pass",
    ),
    "405 without Allow": Mutant(headers(405, without(b"allow")), "good cookies", "undeclared method"),
}  # fmt: skip


def main() -> None:
    """Runs the program with the fault that the first argument names."""
    from service.cli import program

    MUTANTS[sys.argv[1]].apply()
    sys.exit(program.run(sys.argv[2:]))
