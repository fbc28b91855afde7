"""Runs commands of the program with the settings of one state directory, in a process of their own or in this one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import jwt

from tests.support import program


class CliRunner:
    """A folder, the settings that commands are run with there, and the secrets that they printed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        own = {f"SESSION_REFRESH_{name}": value for name, value in settings.items()}
        self.environ = program.environment(**{"SESSION_REFRESH_STATE_DIR": str(folder / "state")} | own)
        self.secrets: set[str] = set()  # every token and API key that was handed out

    @property
    def state(self) -> Path:
        """The state directory."""
        return Path(self.environ["SESSION_REFRESH_STATE_DIR"])

    @property
    def keys_file(self) -> Path:
        """The key file."""
        return Path(self.environ.get("SESSION_REFRESH_KEYS_FILE", self.state / "keys.json"))

    def cli(self, *arguments: str, check: bool = True, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of the installed program."""
        done = program.run(*arguments, environ=self._environ(settings), folder=self.folder)
        if check:
            assert done.returncode == 0, done.stderr
        self._remember(arguments, done.stdout)
        return done

    def run(self, *arguments: str, check: bool = True, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as cli() does, but in this process: starting the program takes longer than most commands."""
        from service.cli import program as entry

        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self._environ(settings), clear=True), contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        ):  # fmt: skip
            status = entry.run(arguments)
        if check:
            assert status == 0, err.getvalue()
        self._remember(arguments, out.getvalue())
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())

    def make_state(self) -> None:
        """Makes the state directory, a key and the tables, as `serve` does before it serves."""
        from service.cli import state

        with mock.patch.dict(os.environ, self.environ, clear=True), contextlib.chdir(self.folder):
            settings = state.settings()
            state.make(settings)
            state.with_store(settings, lambda store: store.prepare())

    def login(self, sub: str = "user-1", org: str = "org-1", sid: str | None = None) -> str:
        """A session token, by the program's own `login`."""
        extra = ("--sid", sid) if sid else ()
        return self.run("login", "--sub", sub, "--org", org, *extra).stdout.strip()

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

    def longest(self, limit: int, **changed: Any) -> str:
        """The longest token of at most `limit` bytes that sign() makes with these claims and a long foreign one."""
        size = (limit - len(self.sign(x="", **changed))) * 3 // 4 + 3
        while len(token := self.sign(x="x" * size, **changed)) > limit:
            size -= 1
        return token

    def secrets_in(self, text: str) -> list[str]:
        """What is in `text` and should not be: parts of tokens, API keys, private members of keys."""
        found = re.findall(r"vk_(?:live|sandbox)_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{8,}", text)
        for secret in self.secrets:
            found += [part for part in secret.split(".") if len(part) >= 20 and part in text]
        for jwk in json.loads(self.keys_file.read_text())["keys"]:
            found += [jwk[name] for name in ("d", "k", "p", "q", "dp", "dq", "qi") if name in jwk and jwk[name] in text]
        return found

    def _environ(self, settings: dict[str, str]) -> dict[str, str]:
        return self.environ | {f"SESSION_REFRESH_{name}": value for name, value in settings.items()}

    def _remember(self, arguments: Sequence[str], printed: str) -> None:
        if arguments[0] == "login" or arguments[:2] == ("api-keys", "create"):
            self.secrets |= set(printed.split())
