"""The reference: an ASGI function and PyJWT, nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any

import jwt

from benchmarks.peers import tokens

PREFIX = tokens.COOKIE.encode() + b"="


def token_in(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"cookie":
            for pair in value.split(b"; "):
                if pair.startswith(PREFIX):
                    return pair[len(PREFIX) :].decode("latin-1")
    return ""


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    headers = [(b"content-type", b"application/json")]
    try:
        token = tokens.renew(tokens.read(token_in(scope["headers"])))
    except jwt.InvalidTokenError:
        status, body = 401, b'{"error": "unauthorized"}'
    else:
        status, body = 200, b'{"refreshed": true}'
        headers.append((b"set-cookie", tokens.set_cookie(token).encode("latin-1")))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
