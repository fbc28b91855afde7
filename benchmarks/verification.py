"""What `/verify` of the internal listener costs beside a refresh, at the same running service."""

import re
import tempfile
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from http.client import parse_headers
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.client import WrongAnswer
from benchmarks.measure import Figures, Load, Slice, one_slice
from benchmarks.servers import Server, running, service
from benchmarks.sessions import EMPTY_OBJECT, NONE, Sessions, make_key, write_keys
from security.verified_tokens import MAX_TOKENS

REFRESH, AGAIN, FIRST = "refresh", "verify, seen before", "verify, at first sight"
MANY = MAX_TOKENS + 1000  # sessions in turn: each is forgotten before it comes again
_INTERNAL = re.compile(r"internal listener is http://127\.0\.0\.1:([0-9]+)")
_COOKIE = re.compile(rb"Cookie: [^\r]+")


@dataclass(frozen=True)
class Verifications(Sessions):
    """The same sessions, presented to /verify."""

    @classmethod
    def of(cls, sessions: Sessions) -> "Verifications":
        cookies = [_COOKIE.search(request)[0] for request in sessions.requests[NONE]]  # type: ignore[index]
        head = b"GET /verify HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n%b\r\n\r\n"
        return cls(sessions.jwk, sessions.claims, {NONE: [head % cookie for cookie in cookies]})

    def _check(self, before: dict[str, Any], answer: bytes) -> None:
        """Raises WrongAnswer unless the answer states that session."""
        head, _, body = answer.partition(b"\r\n\r\n")
        status, _, fields = head.partition(b"\r\n")
        headers = parse_headers(BytesIO(fields + b"\r\n\r\n"))
        stated = [headers[f"X-Auth-{name}"] for name in ("Subject", "Organisation", "Session", "Time", "Expires")]
        claims = [str(before[name]) for name in ("sub", "org", "sid", "auth_time", "exp")]
        if not status.startswith(b"HTTP/1.1 200 ") or body or stated != claims:
            raise WrongAnswer(f"{status!r} {stated} for {claims}")


@dataclass(frozen=True)
class Verification:
    """Refreshes, and verifications of tokens that the service has seen before, and of others: round by round."""

    figures: Mapping[str, Figures]

    def ratios(self, name: str) -> list[float]:
        """The throughput of one of them, against refreshes in the same round; smallest first."""
        return self.figures[name].ratios(self.figures[REFRESH], lambda each: each.rate)

    def cpu_ratio(self, name: str) -> float:
        """How much more CPU time a refresh takes."""
        return self.figures[REFRESH].cpu / self.figures[name].cpu


def verification(algorithm: str, load: Load, cores: Set[int]) -> Verification:
    """One worker on `cores`, both listeners in turn, in one run."""
    measured = replace(service(), command=[*service().command, "--internal", "127.0.0.1:0"])
    key = make_key(algorithm)
    few, many = Sessions.make(key), Sessions.make(key, MANY)
    loads = {
        REFRESH: (replace(load, sessions=few), EMPTY_OBJECT),
        AGAIN: (replace(load, sessions=Verifications.of(few)), NONE),
        FIRST: (replace(load, sessions=Verifications.of(many)), NONE),
    }
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        write_keys(state / "keys.json", key)
        with running(measured, state, cores) as server:
            internal = Server(measured.name, internal_port(state, measured.name), server.pid)
            slices: dict[str, list[Slice]] = {name: [] for name in loads}
            for turn in range(load.rounds + 1):  # the first one warms up
                for name in _rotated(list(loads), turn):
                    taken = one_slice(server if name == REFRESH else internal, *loads[name])
                    if turn:
                        slices[name].append(taken)
            memory = server.peak_memory()
    return Verification({name: Figures(name, its, memory) for name, its in slices.items()})


def _rotated(names: Sequence[str], by: int) -> Sequence[str]:
    return [*names[by % len(names) :], *names[: by % len(names)]]


def internal_port(state: Path, name: str) -> int:
    """The port of the internal listener of the program `name`, as it printed it."""
    output = state / f"{name}.log"
    deadline = time.monotonic() + 10
    while not (found := _INTERNAL.search(output.read_text(errors="replace"))):
        if time.monotonic() > deadline:
            raise WrongAnswer("the service printed no address of its internal listener")
        time.sleep(0.01)
    return int(found[1])
