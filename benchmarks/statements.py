"""What the endpoints for identity providers take, and what a flood of bad statements leaves of refreshes."""

import asyncio
import json
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from benchmarks.client import WrongAnswer, complete, percentile
from benchmarks.growth import IDP
from benchmarks.measure import Load, one_slice
from benchmarks.servers import running, service
from benchmarks.sessions import EMPTY_OBJECT, write_keys
from benchmarks.verification import internal_port

CLIENT, KID = "dashboard", "idp"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
STATEMENTS = 200  # of each kind in a round, each for another session or user
FLOOD = 64  # connections that send bad statements without end


@dataclass(frozen=True)
class Taken:
    """The statements of one kind in one round."""

    rate: float
    p50: float  # milliseconds
    p99: float


@dataclass(frozen=True)
class Statements:
    """By kind, round by round; and for each round the refreshes beside a flood as a share of those without."""

    taken: dict[str, list[Taken]]
    flooded: list[float]

    def median(self, kind: str, figure: Callable[[Taken], float]) -> float:
        return median(map(figure, self.taken[kind]))


class Provider:
    """Signs statements by RS256, as most providers do, and builds the requests that bring them."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def issuers(self) -> str:
        """The service's file of issuers."""
        jwk = {**RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True), "kid": KID, "alg": "RS256"}
        return json.dumps([{"issuer": IDP, "audience": CLIENT, "jwks": {"keys": [jwk]}, "organisation": "org_idp"}])

    def kinds(self) -> dict[str, list[bytes]]:
        """STATEMENTS requests of each kind, all new."""
        numbers = range(STATEMENTS)
        return {
            "logout token, a session": [self._logout(sid=secrets.token_hex(16)) for _ in numbers],
            "logout token, a user": [self._logout(sub=secrets.token_hex(16)) for _ in numbers],
            "security event, a user": [self._event() for _ in numbers],
        }

    def bad(self) -> bytes:
        """One whose signature does not verify, which takes longest to see."""
        return _form(self._sign("logout+jwt", {"sid": "s", "events": {LOGOUT: {}}}, self._stranger))

    def _logout(self, **named: str) -> bytes:
        return _form(self._sign("logout+jwt", {"events": {LOGOUT: {}}, **named}, self._key))

    def _event(self) -> bytes:
        subject = {"format": "iss_sub", "iss": IDP, "sub": secrets.token_hex(16)}
        token = self._sign("secevent+jwt", {"sub_id": subject, "events": {REVOKED: {}}}, self._key)
        return _request("/events", "application/secevent+jwt", token)

    def _sign(self, typ: str, claims: dict[str, Any], key: rsa.RSAPrivateKey) -> str:
        now = int(time.time())
        stated = {"iss": IDP, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(16), **claims}
        if typ == "secevent+jwt":
            del stated["exp"]  # RFC 8417 section 2.2: not recommended
        return jwt.encode(stated, key, "RS256", {"kid": KID, "typ": typ})


def statements(load: Load, cores: Set[int]) -> Statements:
    """One worker on `cores` with the embedded database; the provider has `load.connections` connections."""
    provider = Provider()
    measured = replace(service(), command=[*service().command, "--internal", "127.0.0.1:0"])
    result = Statements({}, [])
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        write_keys(state / "keys.json", load.sessions.jwk)
        (state / "issuers.json").write_text(provider.issuers())
        with running(measured, state, cores) as server:
            port = internal_port(state, measured.name)
            for turn in range(load.rounds + 1):  # the first one warms up
                figures = {
                    kind: asyncio.run(_send_once(port, requests, load.connections))
                    for kind, requests in provider.kinds().items()
                }
                alone = one_slice(server, load, EMPTY_OBJECT).rate
                with flood(port, provider.bad()):
                    beside = one_slice(server, load, EMPTY_OBJECT).rate
                if turn:
                    result.flooded.append(beside / alone)
                    for kind, taken in figures.items():
                        result.taken.setdefault(kind, []).append(taken)
    return result


async def _send_once(port: int, requests: Sequence[bytes], connections: int) -> Taken:
    """Sends each request once, over so many connections. Raises WrongAnswer unless each is taken."""
    waiting, times = list(requests), list[float]()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            request, began = waiting.pop(), time.perf_counter()
            answer = await _ask(reader, writer, request)
            times.append(time.perf_counter() - began)
            if answer[9:12] not in (b"200", b"202"):
                raise WrongAnswer(answer.decode("latin-1"))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    times.sort()
    return Taken(len(requests) / elapsed, percentile(times, 0.50) * 1e3, percentile(times, 0.99) * 1e3)


@contextmanager
def flood(port: int, request: bytes) -> Iterator[None]:
    """Sends a bad statement over and over, on FLOOD connections; the block begins once the first one is limited."""
    limited, ended = threading.Event(), threading.Event()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while not ended.is_set():
            if (await _ask(reader, writer, request))[9:12] == b"429":
                limited.set()
        writer.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(FLOOD)))

    thread = threading.Thread(target=asyncio.run, args=(all_of_them(),))
    thread.start()
    try:
        if not limited.wait(60):
            raise WrongAnswer("the flood is not limited")
        yield
    finally:
        ended.set()
        thread.join()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    answer = b""
    while not complete(answer):
        received = await reader.read(65_536)
        if not received:
            raise WrongAnswer(f"the service closed a connection: {answer!r}")
        answer += received
    return answer


def _form(token: str) -> bytes:
    return _request("/backchannel-logout", "application/x-www-form-urlencoded", urlencode({"logout_token": token}))


def _request(path: str, content_type: str, body: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()
