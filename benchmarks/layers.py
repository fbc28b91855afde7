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
from typing import Any

import uvloop
from service.assembly import Service, Tools
from service.exchange import Exchange
from service.sign_in import new_session

from benchmarks.servers import ROOT
from benchmarks.sessions import ALGORITHMS, make_key, write_keys
from handlers.auth import refresh_session
from security import cookies, tokens
from service.api.contract import Contract
from service.runtime import settings

ROUNDS, TIMES = 9, 2000
PATH = "/api/v1/auth/refresh"


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
    service = Service(read, Contract((ROOT / "openapi.yaml").read_bytes()))
    await service.replica.catch_up()
    edge: Any = service._edge
    gateway: Any = edge.app
    now = time.time()
    keys = service.keys.current
    session = new_session(read.policy, "user-1", "org-1", now)
    token = tokens.issue(session, keys, now)
    message = token.rpartition(b".")[0]
    signature = keys.sign(message)
    assert keys.signing.verify(message, signature)
    headers = [(b"host", b"127.0.0.1:8080"), (b"cookie", b"vk_org_token=" + token), (b"content-length", b"0")]
    answers: list[Any] = []

    def scope() -> dict[str, Any]:
        return {
            "type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b"",
            "http_version": "1.1", "scheme": "http", "root_path": "", "headers": headers, "state": {},
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080),
        }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answers[:] = [message]

    async def whole() -> None:
        await service(scope(), receive, send)

    async def inside() -> None:
        request = scope()
        request["exchange"] = Exchange(request, now)
        await gateway(request, receive, send)

    exchange = Exchange(scope(), now)
    exchange.session, exchange.operation = session, "refreshAuthSession"
    telemetry = service._telemetry
    tools = Tools(service.keys, cookies.SetCookie(b"vk_org_token", ""))
    limit = edge._failures

    async def counted() -> None:
        await limit.read("127.0.0.1", now)
        await limit.hit(session.session_id, now)

    total = await best(whole)
    connexion = await best(inside) - await best_of(lambda: Exchange(scope(), now))
    sign = await best_of(lambda: keys.sign(message))
    verify = await best_of(lambda: keys.signing.verify(message, signature))
    read_token = await best_of(lambda: tokens.read(token, keys, read.policy, now)) - verify
    read_token += await best_of(lambda: cookies.read((headers[1][1],), b"vk_org_token"))
    read_token += await best_of(lambda: service.replica.revoked(session))
    issue = await best_of(lambda: refresh_session(session, now, tools)) - sign
    limits = await best(counted)
    told = await best_of(lambda: telemetry.finished(exchange, 200, 0.0001))
    return {
        "edge": total - connexion - told,
        "limits": limits,
        "connexion": connexion - limits - read_token - verify - issue - sign,
        "reading the token": read_token,
        "signature": verify + sign,
        "issuing": issue,
        "log line and metrics": told,
        "all": total,
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
    print(f"{'µs':24}" + "".join(f"{name:>10}" for name in columns))
    for layer in next(iter(columns.values())):
        print(f"{layer:24}" + "".join(f"{column[layer]:10.1f}" for column in columns.values()))


if __name__ == "__main__":
    main()
