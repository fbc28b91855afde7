"""What all suites share: the installed program, run as an operator would."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import jwt
import pytest

if TYPE_CHECKING:
    from tests.servers import PostgreSQL, Valkey

PROGRAM = str(Path(sys.executable).with_name("session-refresh"))
START_SECONDS = 20.0


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 10.0) -> Any:
    """The first true value of `condition`; fails with `what` was waited for if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        time.sleep(0.02)
    return value


class Reply:
    """One HTTP answer, as it came over the socket."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if raw else 0
        self.headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines[1:])]

    def all(self, name: str) -> list[str]:
        """The values of every header called `name`."""
        return [value for known, value in self.headers if known == name.lower()]

    def header(self, name: str) -> str | None:
        """The value of the one header called `name`, or None."""
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Service:
    """A running `session-refresh serve`, its state directory, and ways to talk to it."""

    program: Sequence[str] = (PROGRAM,)

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        self.folder = folder
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("SESSION_REFRESH_")}
        self.environ["SESSION_REFRESH_STATE_DIR"] = str(folder / "state")
        self.environ |= {f"SESSION_REFRESH_{name}": value for name, value in settings.items()}
        self.options = options
        self.keys: dict[str, str] = {}  # what a test made with it, by names of its own
        self.log_file = folder / "log"
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.secrets: set[str] = set()  # every token and API key that was handed out

    @property
    def state(self) -> Path:
        """The state directory."""
        return Path(self.environ["SESSION_REFRESH_STATE_DIR"])

    @property
    def keys_file(self) -> Path:
        """The key file."""
        return Path(self.environ.get("SESSION_REFRESH_KEYS_FILE", self.state / "keys.json"))

    def worker_environs(self) -> list[list[str]]:
        """The environment of each process of the service, as the kernel shows it."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [Path(f"/proc/{pid}/environ").read_text().split("\0") for pid in children]

    def start(self) -> Service:
        """Starts the program; returns once it answers /healthz."""
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                [*self.program, "serve", "--port", str(self.port), *self.options],
                env=self.environ, cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, f"no address printed; log: {self.log_file.read_text()}"
        self.port = int(line.rsplit(":", 1)[1])
        wait_for(self.answers, "the service to answer", START_SECONDS)
        return self

    def answers(self) -> bool:
        """Whether /healthz answers 200."""
        assert self.process is None or self.process.poll() is None, self.log_file.read_text()
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal; the exit status. What is left of its workers is killed."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(40)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def cli(self, *arguments: str, check: bool = True, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs another command of the program with the same settings."""
        environ = self.environ | {f"SESSION_REFRESH_{name}": value for name, value in settings.items()}
        done = subprocess.run(
            [PROGRAM, *arguments], env=environ, capture_output=True, text=True, timeout=60, cwd=self.folder
        )
        if check:
            assert done.returncode == 0, done.stderr
        self._remember(arguments, done.stdout)
        return done

    def run(self, *arguments: str, check: bool = True, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as cli() does, but in this process: starting the program takes longer than most commands."""
        from service.cli import program

        environ = self.environ | {f"SESSION_REFRESH_{name}": value for name, value in settings.items()}
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, environ, clear=True), contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        ):  # fmt: skip
            status = program.run(arguments)
        if check:
            assert status == 0, err.getvalue()
        self._remember(arguments, out.getvalue())
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())

    def _remember(self, arguments: Sequence[str], printed: str) -> None:
        if arguments[0] == "login" or arguments[:2] == ("api-keys", "create"):
            self.secrets |= set(printed.split())

    def login(self, sub: str = "user-1", org: str = "org-1", sid: str | None = None) -> str:
        """A session token, by the program's own `login`."""
        extra = ("--sid", sid) if sid else ()
        return self.run("login", "--sub", sub, "--org", org, *extra).stdout.strip()

    def lose_store(self) -> None:
        """Takes the embedded database away for good; returns once the service misses it."""
        for file in self.state.glob("state.db*"):
            file.unlink()
        (self.state / "state.db").mkdir()
        wait_for(lambda: self.get("/readyz").status == 503, "the store to be missed")

    def memory(self) -> int:
        """The resident memory of the process, in bytes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def descriptors(self) -> int:
        """How many files and connections the process has open."""
        assert self.process is not None
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def connect(self, seconds: float = 10.0) -> socket.socket:
        """A TCP connection to the service."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def raw(self, request: bytes, seconds: float = 10.0) -> Reply:
        """Sends `request` as it is on a connection of its own, and reads until the answer is complete."""
        with self.connect(seconds) as connection:
            connection.sendall(request)
            return self.note(read_reply(connection))

    def note(self, reply: Reply) -> Reply:
        """Remembers the token of an answer, so that it can be looked for in the log."""
        self.secrets |= {cookie.partition(";")[0].partition("=")[2] for cookie in reply.all("set-cookie")}
        return reply

    def talk(self, *pieces: bytes, then_half_close: bool = False, seconds: float = 10.0) -> list[Reply]:
        """Sends `pieces` on one connection, reads until the service closes it, and gives all that it answered."""
        received = b""
        with self.connect(seconds) as connection:
            with suppress(ConnectionError):  # refused before the last piece
                for piece in pieces:
                    connection.sendall(piece)
                if then_half_close:
                    connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while more := connection.recv(65536):
                    received += more
        return [self.note(reply) for reply in split_replies(received)]

    def shown(
        self, *headers: str, method: str = "POST", path: str = "/api/v1/auth/refresh", body: bytes = b""
    ) -> Reply:
        """A request with these headers alone."""
        return self.raw(request(method, path, *headers, body=body))

    def sign(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token as the login service would make it with the signing key; a claim changed to None is left out."""
        jwk = json.loads(self.keys_file.read_text())["keys"][0]
        now = int(time.time())
        claims = {
            "iss": "https://devapi.withverifa.com", "aud": "verifa-dashboard", "sub": "user-1", "org": "org-1",
            "sid": "session-1", "iat": now, "exp": now + 28800, **changed,
        }  # fmt: skip
        token = jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            jwt.PyJWK.from_dict(jwk).key,
            algorithm=jwk["alg"],
            headers={"kid": jwk["kid"], "typ": "vk-session+jwt", **(header or {})},
        )
        self.secrets.add(token)
        return token

    def secrets_in(self, text: str) -> list[str]:
        """What is in `text` and should not be: parts of tokens, API keys, private members of keys."""
        found = re.findall(r"vk_(?:live|sandbox)_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{8,}", text)
        for secret in self.secrets:
            found += [part for part in secret.split(".") if len(part) >= 20 and part in text]
        for jwk in json.loads(self.keys_file.read_text())["keys"]:
            found += [jwk[name] for name in ("d", "k", "p", "q", "dp", "dq", "qi") if name in jwk and jwk[name] in text]
        return found

    def get(self, path: str, *headers: str) -> Reply:
        """GET."""
        return self.raw(request("GET", path, *headers))

    def refresh(self, token: str | None, *headers: str, body: bytes = b"") -> Reply:
        """The documented call, with the token in its cookie, and more headers, each as "Name: value"."""
        cookie = () if token is None else (f"Cookie: vk_org_token={token}",)
        return self.raw(request("POST", "/api/v1/auth/refresh", *cookie, *headers, body=body))

    def log_lines(self, start: int = 0) -> list[dict[str, Any]]:
        """The log so far, from byte `start` on."""
        with self.log_file.open("rb") as log:
            log.seek(start)
            text = log.read().decode()
        return [json.loads(line) for line in text.rpartition("\n")[0].splitlines() if line.startswith("{")]

    def events(self) -> list[str]:
        """What the log tells of so far, by name."""
        return [line["event"] for line in self.log_lines()]

    def log_line(self, request_id: str | None) -> dict[str, Any]:
        """The log line of the request with that id."""

        def find() -> list[dict[str, Any]]:
            return [line for line in self.log_lines() if line.get("id") == request_id and line["event"] == "request"]

        return wait_for(find, f"the log line of {request_id}")[-1]  # type: ignore[no-any-return]

    def log_mark(self) -> int:
        """The size of the log in bytes, once the line of every request that was answered before is in it."""
        self.log_line(self.get("/healthz").header("x-request-id"))
        return self.log_file.stat().st_size

    def requests_since(self, mark: int) -> list[dict[str, Any]]:
        """The log lines of the requests that were answered since log_mark()."""
        self.log_mark()
        return [line for line in self.log_lines(mark) if line["event"] == "request"][:-1]  # the last is the mark's own

    def reason_of(self, reply: Reply) -> str | None:
        """The reason that the log gives for an answer."""
        return self.log_line(reply.header("x-request-id"))["reason"]  # type: ignore[no-any-return]


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of a request that closes its connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def split_replies(received: bytes) -> list[Reply]:
    """The answers in what came on one connection, none of them to HEAD."""
    replies = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        found = re.search(rb"\r\ncontent-length: ([0-9]+)", head.lower())
        length = int(found[1]) if found else 0
        replies.append(Reply(head + b"\r\n\r\n" + rest[:length]))
        received = rest[length:]
    return replies


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the connection is closed."""
    received = b""
    while more := connection.recv(65536):
        received += more
    return received


def read_reply(connection: socket.socket) -> Reply:
    """Reads one answer: to the end of its body by Content-Length, or to the end of the connection."""
    received = b""
    while True:
        head, separator, body = received.partition(b"\r\n\r\n")
        if separator:
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if lengths and len(body) >= int(lengths[0].split(b":")[1]):
                return Reply(received)
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return Reply(received)
        received += more


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on its embedded defaults, for tests that leave it as it was. Limits are out of the way."""
    running = Service(
        tmp_path_factory.mktemp("service"), RATE_LIMIT="1000000/minute", FAILURE_RATE_LIMIT="1000000/minute",
        ALLOWED_ORIGINS="https://dashboard.example.com,http://localhost:3000", LOG_FORMAT="json", METRICS="true",
    ).start()  # fmt: skip
    yield running
    shown = running.get("/metrics").body.decode()
    assert running.stop() == 0
    log = running.log_file.read_text()
    assert not running.secrets_in(log + shown)
    assert "Traceback" not in log
    assert '"level":"error"' not in log


@contextlib.contextmanager
def starting(home: Path) -> Iterator[Callable[..., Service]]:
    """Starts services in folders in `home`: start(*serve_options, **settings). Each is stopped at the end."""
    started: list[Service] = []

    def start_one(
        *options: str, folder: Path | None = None, program: Sequence[str] = (PROGRAM,), **settings: str
    ) -> Service:
        where = folder or home / f"service-{len(started)}"
        where.mkdir(exist_ok=True)
        started.append(Service(where, *options, **{"LOG_FORMAT": "json", **settings}))
        started[-1].program = program
        return started[-1].start()

    yield start_one
    for running in started:
        if running.process is not None and running.process.poll() is None:
            running.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services of a test's own."""
    with starting(tmp_path) as start_one:
        yield start_one


@pytest.fixture(scope="module")
def start_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Starts services that the tests of a file share: each leaves them as it found them."""
    with starting(tmp_path_factory.mktemp("shared")) as start_one:
        yield start_one


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    from tests.servers import PostgreSQL  # which imports this module

    server = PostgreSQL()
    yield server
    server.remove()


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> PostgreSQL:
    """A PostgreSQL that runs and answers, whatever the test before did to it."""
    postgresql_server.resume()
    postgresql_server.start()
    return postgresql_server


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A Valkey server."""
    from tests.servers import Valkey

    server = Valkey()
    server.start()
    yield server
    server.remove()
