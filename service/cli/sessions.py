"""`login`: a sign-in for development."""

from __future__ import annotations

import shlex
import time

import click

from security import claims, tokens
from security.errors import Problem
from security.keys import KeySet
from security.random_ids import RandomIds
from security.tokens import LIFETIME
from service.api import contract
from service.api.contract import Contract
from service.cli import state
from service.demo.sign_in import new_session
from service.runtime.settings import Settings


def sign_in(settings: Settings, keys: KeySet, sub: str, org: str, sid: str | None = None) -> str:
    """A token for a new session. Raises UsageError if these make no valid one."""
    now = int(time.time())
    session = new_session(settings.policy, sub, org, now, sid)
    try:
        claims.check({**session.claims, "iat": now, "exp": now + LIFETIME}, settings.policy, now)
        return tokens.issue(session, keys, now, RandomIds()()).decode("ascii")
    except Problem as error:
        raise click.UsageError(f"these do not make a valid session: {error.reason}") from error


def call(document: Contract, url: str, token: str) -> str:
    """The documented call for a shell, to the service at `url`."""
    path = next(iter(document.methods))
    cookie = f"Cookie: {document.cookie_name}={token}"
    return shlex.join(["curl", "-i", "-X", "POST", url.rstrip("/") + path, "-H", cookie])


@click.command()
@click.option("--sub", required=True, help="The user.")
@click.option("--org", required=True, help="The user's organisation.")
@click.option("--sid", help="The session's id; a random one by default.")
@click.option("--format", "style", type=click.Choice(["token", "cookie", "curl"]), default="token", show_default=True)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The service, for --format curl.")
def login(sub: str, org: str, sid: str | None, style: str, url: str) -> None:
    """Print a session token: a sign-in for development, made with the signing key."""
    settings = state.settings()
    token = sign_in(settings, state.key_set(settings), sub, org, sid)
    document = contract.load()
    forms = {"token": token, "cookie": f"{document.cookie_name}={token}", "curl": call(document, url, token)}
    click.echo(forms[style])
