"""Where a refresh's time goes inside the process, layer by layer: `python -m benchmarks.layers [EdDSA|HS256]`.

Whole refreshes and their parts are timed on their own, warm and without a socket; what a layer takes is the difference
between what holds it and what is in it. Best of several rounds, in microseconds.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvloop

from benchmarks.servers import ROOT
from benchmarks.sessions import ALGORITHMS, make_key, write_keys
from handlers.auth import refresh_session
from security import cookies, tokens
from security.authentication import Identity
from security.random_ids import RandomIds
from service.api.contract import Contract
from service.api.rate_limits import RateLimit
from service.demo.sign_in import new_session
from service.http.asgi import receive, scope_of
from service.http.listener import PUBLIC
from service.http.request_reader import RequestReader
from service.http.responses import serialize_head
from service.runtime import settings
from service.runtime.assembly import Service
from service.state.local_counter import LocalCounter

NEW_ID = RandomIds()

ROUNDS, TIMES = 9, 2000
BODY = b"{}"
HEAD = (
    b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: application/json\r\n"
    b"Sec-Fetch-Site: same-origin\r\nCookie: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


async def best(work: Callable[[], Awaitable[Any]]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(TIMES):
            await work()
        seconds.append(time.perf_counter() - began)
    return min(seconds) / TIMES * 1e6


async def best_of(work: Callable[[], Any]) -> float:
    async def waited() -> None:
        work()

    async def nothing() -> None:
        pass

    return max(0.0, await best(waited) - await best(nothing))


async def measure(state: Path) -> dict[str, float]:
    environment = {"RATE_LIMIT": "1000000000/minute", "METRICS": "true", "LOG_FORMAT": "json", "STATE_DIR": str(state)}
    read = settings.read({f"SESSION_REFRESH_{name}": value for name, value in environment.items()}, terminal=False)
    service: Any = Service(read, Contract((ROOT / "openapi.yaml").read_bytes()))
    await service._replica.catch_up()
    listener = service._listeners[PUBLIC]
    application: Any = listener.application
    now = time.time()
    keys = service._keys.current
    session = new_session(read.policy, "user-1", "org-1", now)
    token = tokens.issue(session, keys, now, NEW_ID())
    cookie = b"vk_org_token=" + token
    message = token.rpartition(b".")[0]
    signature = keys.sign(message)
    assert keys.signing.verify(message, signature)
    head = HEAD % (cookie, len(BODY))
    reader = RequestReader(listener.request_headers)
    sent: list[Any] = []

    def read_request() -> None:
        reader.reset()
        assert reader.feed(head + BODY) == len(head + BODY)

    def scope() -> Any:
        return scope_of(reader, b"1", ("127.0.0.1", 1), ("127.0.0.1", 8080), PUBLIC)

    async def send(message: Any) -> None:
        sent[:] = [message]

    async def whole() -> None:
        await application(scope(), receive, send)

    async def inside() -> None:
        inner = scope()
        inner["request_context"].now = now
        await application._api(inner, receive, send)

    read_request()
    await whole()  # the body is known from here on
    request = scope()["request_context"]
    request.now = now
    limit = RateLimit("session", "1000000000/minute", LocalCounter())
    set_cookie = cookies.SetCookie(b"vk_org_token", "")
    handed = SimpleNamespace(keys=service._keys, policy=read.policy, set_cookie=set_cookie, new_id=NEW_ID)
    identity = Identity(session)

    async def counted() -> None:
        await limit.count(request, session.session_id)

    made = await best_of(scope)
    total = await best(whole) - made
    connexion = await best(inside) - made
    sign = await best_of(lambda: keys.sign(message))
    verify = await best_of(lambda: keys.signing.verify(message, signature))
    read_token = await best_of(lambda: tokens.read(token, keys, read.policy, now)) - verify
    read_token += await best_of(lambda: cookies.read((cookie,), b"vk_org_token"))
    read_token += await best_of(lambda: service._replica.revoked(session))
    issue = await best_of(lambda: refresh_session(identity, now, handed)) - sign
    limits = await best(counted)
    logged = await best_of(lambda: application._recorder.record(request, 200, 0.0001))
    reading = await best_of(read_request)
    headers = [*sent, (b"date", b"Thu, 26 Nov 2026 00:00:00 GMT")][1:]
    writing = await best_of(lambda: serialize_head(200, headers * 15))
    return {
        "reading the request": reading,
        "scope and request context": made,
        "application": total - connexion - logged,
        "rate limit": limits,
        "routing, endpoint, validation": connexion - limits - read_token - verify - issue - sign,
        "reading the token": read_token,
        "signature": verify + sign,
        "issuing": issue,
        "log line and metrics": logged,
        "head of the response": writing,
        "all": reading + made + total + writing,
    }


@contextlib.contextmanager
def stderr_in(file: Path) -> Iterator[None]:
    """The service logs to stderr; as in production that is a file."""
    kept = os.dup(2)
    with file.open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def main() -> None:
    algorithms = sys.argv[1:] or ALGORITHMS
    columns = {}
    for algorithm in algorithms:
        with tempfile.TemporaryDirectory() as directory, stderr_in(Path(directory) / "log"):
            write_keys(Path(directory) / "keys.json", make_key(algorithm))
            columns[algorithm] = uvloop.run(measure(Path(directory)))
    print(f"{'µs':30}" + "".join(f"{name:>10}" for name in columns))
    for layer in next(iter(columns.values())):
        print(f"{layer:30}" + "".join(f"{column[layer]:10.1f}" for column in columns.values()))


if __name__ == "__main__":
    main()
