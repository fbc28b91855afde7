"""Faulty services: the installed program with one thing in it made wrong. `python mutants.py NAME serve …` runs one.

Each stands for a fault that a change of the service might bring, and names a pass of the gate that must find it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

HEADERS = list[tuple[bytes, bytes]]


class Mutant(NamedTuple):
    """How the program is changed, the pass that finds it, and the check that does (a part of the finding's text)."""

    apply: Callable[[], None]
    found_in: str
    found_by: str


def _success(change: Callable[[Any], Any], name: str = "refreshAuthSession") -> Callable[[], None]:
    """Changes the response of the handler."""

    def apply() -> None:
        import handlers

        stock = handlers.OPERATIONS[name]
        handlers.OPERATIONS[name] = lambda *arguments, **options: change(stock(*arguments, **options))

    return apply


def _cookie(change: Callable[[bytes], bytes]) -> Callable[[], None]:
    return _success(
        lambda response: response._replace(
            headers=tuple((name, change(value) if name == b"set-cookie" else value) for name, value in response.headers)
        )
    )


def _headers(status: int, change: Callable[[HEADERS], HEADERS]) -> Callable[[], None]:
    """Changes the headers of the responses with `status`."""

    def apply() -> None:
        from service.http.responses import ResponseBuilder

        stock = ResponseBuilder.headers

        def wrong(self: ResponseBuilder, request: Any, response: Any) -> HEADERS:
            headers = stock(self, request, response)
            return change(headers) if response.status == status else headers

        ResponseBuilder.headers = wrong  # type: ignore[method-assign]

    return apply


def _without(name: bytes) -> Callable[[HEADERS], HEADERS]:
    return lambda headers: [header for header in headers if header[0] != name]


def _with(name: bytes, value: bytes) -> Callable[[HEADERS], HEADERS]:
    return lambda headers: [*_without(name)(headers), (name, value)]


def _attribute(module: str, kind: str, name: str, value: object) -> Callable[[], None]:
    """Puts something else in the place of a class's attribute."""

    def apply() -> None:
        setattr(getattr(__import__(module, fromlist=[kind]), kind), name, value)

    return apply


def _body(wrong: Callable[[bytes], bool]) -> Callable[[], None]:
    """Lets a body through, or whatever `wrong` does with it, before the stock checks."""

    def apply() -> None:
        from service.api.validation import RequestValidation

        stock = RequestValidation._check_body

        def check(self: RequestValidation, content_type: bytes, body: bytes) -> None:
            if not wrong(body):
                stock(self, content_type, body)

        RequestValidation._check_body = check  # type: ignore[method-assign]

    return apply


def _unknown_versions_are_the_default() -> None:
    from service.api.validation import RequestValidation
    from service.api.versions import Catalogue

    stock = RequestValidation.__init__

    def without_parameters(self: RequestValidation, *arguments: Any, **options: Any) -> None:
        stock(self, *arguments, **options)
        self._parameters = []

    RequestValidation.__init__ = without_parameters  # type: ignore[method-assign]
    Catalogue.choose = lambda self, requested, pinned: self.offered[self.default]  # type: ignore[method-assign]


async def _nothing(*_: Any) -> None:
    """Done in the place of something."""


MUTANTS: Mapping[str, Mutant] = {
    "200 is 201": Mutant(_success(lambda response: response._replace(status=201)), "good cookies", "UndefinedStatus"),
    "one member more in the body": Mutant(
        _success(lambda response: response._replace(body=b'{"refreshed": true, "user": "user-1"}')),
        "good cookies", "JsonSchemaError",
    ),
    "refreshed is text": Mutant(
        _success(lambda response: response._replace(body=b'{"refreshed": "true"}')), "good cookies", "JsonSchemaError"
    ),
    "text/plain for JSON": Mutant(
        _success(lambda response: response._replace(headers=((b"content-type", b"text/plain"), *response.headers[1:]))),
        "good cookies", "Undocumented Content-Type",
    ),
    "cookie without HttpOnly": Mutant(
        _cookie(lambda value: value.replace(b"; HttpOnly", b"")), "good cookies", "JsonSchemaError"
    ),
    "cookie for an hour": Mutant(
        _cookie(lambda value: value.replace(b"28800", b"3600")), "good cookies", "JsonSchemaError"
    ),
    "no cookie": Mutant(_headers(200, _without(b"set-cookie")), "good cookies", "MissingHeaders"),
    "two cookies": Mutant(
        _headers(200, lambda headers: [*headers, (b"set-cookie", b"vk_org_token=; Max-Age=0")]),
        "good cookies", "only_documented_headers",
    ),
    "200 without X-RateLimit-Reset": Mutant(
        _headers(200, _without(b"x-ratelimit-reset")), "good cookies", "MissingHeaders"
    ),
    "a version that is not in the catalogue": Mutant(
        _headers(200, _with(b"verifa-version", b"2025-01-01")), "good cookies", "JsonSchemaError"
    ),
    "a header that is not in the document": Mutant(
        _headers(200, _with(b"x-served-by", b"worker-1")), "good cookies", "only_documented_headers"
    ),
    "CORS headers on 200 alone": Mutant(
        _headers(401, _without(b"access-control-allow-origin")), "bad credentials", "allowed_origins_may_read"
    ),
    "500 for a body that is not UTF-8": Mutant(
        _body(lambda body: bool(body.decode("utf-8")) and False), "good cookies", "ServerError"
    ),
    "null is taken for {}": Mutant(_body(lambda body: body.strip() == b"null"), "good cookies", "AcceptedNegativeData"),
    "unknown versions are the default": Mutant(_unknown_versions_are_the_default, "good cookies", "AcceptedNegativeData"),
    "the API key is ignored": Mutant(
        _attribute("security.authentication", "Authenticator", "api_key", lambda *_: None),
        "bad credentials", "answer_of_this_pass",
    ),
    "401 without WWW-Authenticate": Mutant(
        _headers(401, _without(b"www-authenticate")), "bad credentials", "MissingHeaders"
    ),
    "401 clears the cookie": Mutant(
        _headers(401, _with(b"set-cookie", b"vk_org_token=; Max-Age=0")), "bad credentials", "only_documented_headers"
    ),
    "401 tells why": Mutant(
        _attribute("security.errors", "Unauthorized", "detail", "The token has expired."),
        "bad credentials", "error_says_its_status",
    ),
    "403 for 401": Mutant(
        _attribute("security.errors", "Unauthorized", "status", 403), "bad credentials", "answer_of_this_pass"
    ),
    "422 with the code of 400": Mutant(
        _attribute("security.errors", "UnprocessableContent", "code", "bad_request"),
        "good cookies", "error_says_its_status",
    ),
    "429 without Retry-After": Mutant(
        _headers(429, _without(b"retry-after")), "session limit reached", "MissingHeaders"
    ),
    "503 without Retry-After": Mutant(_headers(503, _without(b"retry-after")), "store away", "MissingHeaders"),
    "401 while the store is away": Mutant(
        _attribute("security.errors", "Unavailable", "status", 401), "store away", "answer_of_this_pass"
    ),
    "/verify does not say who": Mutant(
        _success(lambda response: response._replace(headers=response.headers[1:]), "verifySession"),
        "internal, good cookies", "MissingHeaders",
    ),
    "401 for bad statements": Mutant(
        _attribute("security.statement_errors", "StatementRefused", "status", 401), "doors, nobody's statements", "Undefined"
    ),
    "statements are not kept": Mutant(
        _attribute("service.state.statement_desk", "StatementDesk", "take", _nothing), "doors, store away", "answer_of"
    ),
    "405 without Allow": Mutant(_headers(405, _without(b"allow")), "good cookies", "undeclared method"),
}  # fmt: skip


if __name__ == "__main__":
    from service.cli import program

    MUTANTS[sys.argv[1]].apply()
    sys.exit(program.run(sys.argv[2:]))
