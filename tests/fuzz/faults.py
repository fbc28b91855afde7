"""Makes the faults of mutants.py: each gives what changes the installed program once it is called."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

HEADERS = list[tuple[bytes, bytes]]


def success(change: Callable[[Any], Any], name: str = "refreshAuthSession") -> Callable[[], None]:
    """Changes the response of the handler."""

    def apply() -> None:
        import handlers

        stock = handlers.OPERATIONS[name]
        handlers.OPERATIONS[name] = lambda *arguments, **options: change(stock(*arguments, **options))

    return apply


def cookie(change: Callable[[bytes], bytes]) -> Callable[[], None]:
    return success(
        lambda response: response._replace(
            headers=tuple((name, change(value) if name == b"set-cookie" else value) for name, value in response.headers)
        )
    )


def headers(status: int, change: Callable[[HEADERS], HEADERS]) -> Callable[[], None]:
    """Changes the headers of the responses with `status`."""

    def apply() -> None:
        from service.http.responses import ResponseBuilder

        stock = ResponseBuilder.headers

        def wrong(self: ResponseBuilder, request: Any, response: Any) -> HEADERS:
            headers = stock(self, request, response)
            return change(headers) if response.status == status else headers

        ResponseBuilder.headers = wrong  # type: ignore[method-assign]

    return apply


def without(name: bytes) -> Callable[[HEADERS], HEADERS]:
    return lambda headers: [header for header in headers if header[0] != name]


def with_(name: bytes, value: bytes) -> Callable[[HEADERS], HEADERS]:
    return lambda headers: [*without(name)(headers), (name, value)]


def also(name: bytes, value: bytes) -> Callable[[HEADERS], HEADERS]:
    """Adds the header where there is none with that name."""
    return lambda headers: headers if any(header[0] == name for header in headers) else [*headers, (name, value)]


def attribute(module: str, kind: str, name: str, value: object) -> Callable[[], None]:
    """Puts something else in the place of a class's attribute."""

    def apply() -> None:
        setattr(getattr(__import__(module, fromlist=[kind]), kind), name, value)

    return apply


def body(wrong: Callable[[bytes], bool]) -> Callable[[], None]:
    """Lets a body through, or whatever `wrong` does with it, before the stock checks."""

    def apply() -> None:
        from service.api.validation import RequestValidation

        stock = RequestValidation._check_body

        def check(self: RequestValidation, content_type: bytes, body: bytes) -> None:
            if not wrong(body):
                stock(self, content_type, body)

        RequestValidation._check_body = check  # type: ignore[method-assign]

    return apply


def unknown_versions_are_the_default() -> None:
    from service.api.validation import RequestValidation
    from service.api.versions import Catalogue

    stock = RequestValidation.__init__

    def without_parameters(self: RequestValidation, *arguments: Any, **options: Any) -> None:
        stock(self, *arguments, **options)
        self._parameters = []

    RequestValidation.__init__ = without_parameters  # type: ignore[method-assign]
    Catalogue.choose = lambda self, requested, pinned: self.offered[self.default]  # type: ignore[method-assign]


async def nothing(*_: Any) -> None:
    """Done in the place of something."""


def ignored(*_: Any) -> None:
    """Sets no attribute."""


EVERY_SIGNATURE = SimpleNamespace(verify=lambda *_: True)
